// Reading canonical item text in place: nothing is parsed but what is asked for, nothing is copied.
// All functions require text that shardlog::parse_item made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "shardlog/item.hpp"

namespace millbeck::capture::expression {

// A value as it stands in canonical text, `{"S":"x"}`. Empty text: there is none.
struct ValueView {
    shardlog::AttributeType type = shardlog::AttributeType::NULL_;
    std::string_view text;

    ValueView() = default;
    explicit ValueView(std::string_view value_text);

    [[nodiscard]] bool present() const { return !text.empty(); }
    // Equal values have equal texts.
    friend bool operator==(const ValueView& a, const ValueView& b) { return a.text == b.text; }
};

// Between the quotes of a scalar S, N or B; `{...}` of a map; `[...]` of a list or set.
std::string_view content_of(const ValueView& value);

// A name as UTF-8, and as canonical text spells it; the same bytes but for the rarest names.
struct AttributeName {
    std::string_view plain;
    std::string_view escaped;
};

// `"name":value` in a map. Positions are in the map's text.
struct Member {
    std::size_t begin = 0;  // of the opening quote
    std::string_view name;  // escaped
    std::size_t value_begin = 0;
    std::size_t end = 0;  // behind the value
};

// The members of a map's text `{...}` in order.
class MemberScan {
  public:
    explicit MemberScan(std::string_view map) : map_(map) {}

    // False at the end; at() is then the closing brace.
    bool next(Member& member);
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    std::string_view map_;
    std::size_t at_ = 1;
};

// The entries of a list's or set's text `[...]` in order: values, or quoted strings.
class ElementScan {
  public:
    explicit ElementScan(std::string_view list) : list_(list) {}

    bool next(std::string_view& element);

  private:
    std::string_view list_;
    std::size_t at_ = 1;
};

// <0, 0, >0 in the order in which members stand.
int compare_names(std::string_view escaped, const AttributeName& wanted);

// The value of a name in a map's text `{...}`, or of an index in a list's text `[...]`; "" when
// there is none.
std::string_view find_member(std::string_view map, const AttributeName& name);
std::string_view find_element(std::string_view list, std::uint32_t index);

// Entries of a map, list or set.
std::size_t count_members(const ValueView& value);

// What the service counts for a value. Source: see shardlog/README.md, "Size of a number".
std::uint32_t value_size_bytes(const ValueView& value);

// Levels of nesting: 1 for all but lists and maps.
int nesting_levels(const ValueView& value);

// Length of a string or of binary data in bytes; decoded.
std::size_t content_bytes(const ValueView& value);

// Where the value that begins at `begin` ends.
std::size_t value_end(std::string_view text, std::size_t begin);

// Where the string ends whose content begins at `begin`: at its closing quote.
std::size_t string_end(std::string_view text, std::size_t begin);

}  // namespace millbeck::capture::expression
