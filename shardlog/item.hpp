// Items and keys as canonical DynamoDB JSON text: attribute names in byte order, sets sorted by
// value, numbers normalised, no white space. Two items are equal exactly if their texts are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/record.hpp"

namespace millbeck::shardlog {

// Limits of the service, in bytes. Source: ServiceQuotas, "Item size", "Attributes".
inline constexpr std::uint32_t kItemBytesMax = 409'600;
inline constexpr std::uint32_t kAttributeNameBytesMax = 65'535;
inline constexpr int kNestingLevelsMax = 32;

// NOLINTNEXTLINE(readability-identifier-naming): the service's words, and NULL is a macro.
enum class AttributeType : std::uint8_t { S, N, B, BOOL, NULL_, M, L, SS, NS, BS };
std::string_view to_string(AttributeType type);  // "S", ..., "NULL"

// A parsed map of attributes: its canonical text and where its top-level attributes stand in it.
// Invariants: text is canonical; attributes are in byte order of their names, names unique.
class Item {
  public:
    struct Attribute {
        std::uint32_t name_begin, name_end;    // JSON-escaped, without quotes, in text()
        std::uint32_t value_begin, value_end;  // `{"S":"x"}`, in text()
        std::uint32_t size_bytes;              // of the value, by the service's rules
        AttributeType type;
    };

    Item() : text_("{}") {}
    Item(std::string text, std::vector<Attribute> attributes, std::uint32_t size_bytes)
        : text_(std::move(text)), attributes_(std::move(attributes)), size_bytes_(size_bytes) {}

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::uint32_t size_bytes() const { return size_bytes_; }  // names and values
    [[nodiscard]] const std::vector<Attribute>& attributes() const { return attributes_; }
    [[nodiscard]] bool empty() const { return attributes_.empty(); }
    [[nodiscard]] ItemView view() const { return {text_, size_bytes_}; }

    // By unescaped name; nullptr when absent.
    [[nodiscard]] const Attribute* find(std::string_view name) const;
    [[nodiscard]] std::string_view value_text(const Attribute& attribute) const {
        return std::string_view(text_).substr(attribute.value_begin,
                                              attribute.value_end - attribute.value_begin);
    }

  private:
    std::string text_;
    std::vector<Attribute> attributes_;
    std::uint32_t size_bytes_ = 0;
};

// Parses the DynamoDB JSON of a map of attributes, checks every value rule of the service (types,
// empty sets, duplicates, numbers, nesting, NULL true, names) and makes it canonical. Duplicate
// member names: the last wins. The 400 KB limit is the caller's (its message differs per call).
// Errors: Malformed (JSON syntax, wrong JSON type; message is the service's), Invalid (value
// rules).
base::Result<Item> parse_item(std::string_view json);

// The scalar content of a key attribute value `{"S":"x"}`: unescaped string, decoded bytes, or
// canonical number text. Requires: a canonical value of type S, N or B.
std::string scalar_content(std::string_view value_text, AttributeType type);

// Appends `text` as a JSON string with quotes, escaped the canonical way.
void append_json_string(std::string& out, std::string_view text);

}  // namespace millbeck::shardlog
