// Writes a parsed map of attributes as canonical text while checking every value rule. One walk, no
// tree of its own. Includes simdjson: for .cpp files only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.hpp"
#include "shardlog/item.hpp"
#include "shardlog/json_text.hpp"
#include "shardlog/number.hpp"
#include "shardlog/wire_types.hpp"
#include "shardlog/wording.hpp"

namespace millbeck::shardlog {

// `S`, `NULL`, ...; absent for a name that is no type.
std::optional<AttributeType> parse_attribute_type(std::string_view tag);

// Memory a writer works in; kept by its owner from item to item.
struct ItemScratch {
    struct Member {
        std::string_view name;
        simdjson::dom::element value;
    };

    TextBuffer text;                     // the canonical text so far
    TextBuffer numbers;                  // canonical members of a number set
    std::vector<Member> members;         // a stack: the members of every open map
    std::vector<std::string_view> sets;  // members of one set

    // Gives back what an unusually large item needed.
    void release_above(std::size_t bytes);
};

// Errors are kept inside and functions answer true or false: the hot path returns no strings.
// Threads: one.
class ItemWriter {
  public:
    ItemWriter(ItemScratch& scratch, Wording wording) : scratch_(scratch), wording_(wording) {}

    // False: see error(). The text is scratch.text afterwards.
    bool write_item(simdjson::dom::element attributes);

    [[nodiscard]] std::vector<Item::Attribute>& attributes() { return attributes_; }
    [[nodiscard]] std::uint32_t size_bytes() const { return size_bytes_; }
    [[nodiscard]] base::Error& error() { return error_; }

  private:
    using Element = simdjson::dom::element;

    struct Written {
        AttributeType type = AttributeType::S;
        std::uint32_t size_bytes = 0;
    };

    bool write_value(Element value, int level, Written& written);
    bool write_typed(AttributeType type, Element value, int level, std::uint32_t& size_bytes);
    bool refuse_datatypes(simdjson::dom::object value, int level);
    bool write_string(Element value, std::uint32_t& size_bytes);
    bool write_number(Element value, std::uint32_t& size_bytes);
    bool write_binary(Element value, std::uint32_t& size_bytes);
    bool write_boolean(Element value, std::uint32_t& size_bytes);
    bool write_null(Element value, std::uint32_t& size_bytes);
    bool write_map(Element value, int level, std::uint32_t& size_bytes);
    bool write_list(Element value, int level, std::uint32_t& size_bytes);
    bool write_members(std::size_t base, int level, std::uint32_t& size_bytes);
    bool write_member(const ItemScratch::Member& member, int level, Item::Attribute& attribute);

    bool write_string_set(Element value, std::uint32_t& size_bytes);
    bool write_number_set(Element value, std::uint32_t& size_bytes);
    bool write_binary_set(Element value, std::uint32_t& size_bytes);
    bool collect_numbers(Element value);
    bool sort_set(int (*compare)(std::string_view, std::string_view));
    void write_quoted_set();

    // Pushes the members of a map in byte order of their names; the last of equal names stays.
    // Returns where they begin on the stack.
    std::size_t push_members(simdjson::dom::object map);

    bool fail(base::Code code, std::string message);
    bool fail_number(NumberFault fault, std::string_view content);
    bool mismatch(Element found, WireType wanted);

    ItemScratch& scratch_;
    Wording wording_;
    std::vector<Item::Attribute> attributes_;
    std::uint32_t size_bytes_ = 0;
    base::Error error_;
};

}  // namespace millbeck::shardlog
