// The members of one JSON object by the names of its shape.
// Shows simdjson's types, so only the parsers' source files include it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "runtime/api/shape.hpp"

namespace millbeck::runtime {

// Null counts as absent; of members given twice the last one counts.
// Requires: check_types passed on `value`. Borrows the shape and the parsed document.
class Fields {
  public:
    Fields(const Shape& shape, simdjson::dom::element value);

    // Requires: `name` is a member of the shape.
    [[nodiscard]] std::optional<simdjson::dom::element> find(std::string_view name) const;
    // Whether `name` is a member of the shape.
    [[nodiscard]] bool knows(std::string_view name) const;
    // By position in the shape.
    [[nodiscard]] std::optional<simdjson::dom::element> at(std::size_t member) const {
        return values_[member];
    }

    // The value, or `otherwise` when absent.
    [[nodiscard]] std::string_view text(std::string_view name,
                                        std::string_view otherwise = {}) const;
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;

  private:
    const Shape* shape_;
    std::array<std::optional<simdjson::dom::element>, kMembersMax> values_;
};

// nullptr when the shape has no such member.
const Member* find_member(const Shape& shape, std::string_view name);

// By value: a range-for over the library's own accessors would outlive what they return.
// Requires: the element is an array, an object.
simdjson::dom::array list_of(simdjson::dom::element element);
simdjson::dom::object object_of(simdjson::dom::element element);

// The entries of a JSON object; of a name given twice the last counts.
// Requires: the element is an object.
std::vector<simdjson::dom::key_value_pair> entries_of(simdjson::dom::element object);

bool is_number(simdjson::dom::element value);

// In characters, as Java counts all but the rare ones.
std::int64_t text_length(std::string_view text);

// A JSON number as a whole one, cut towards zero and to the range of an int64.
// Requires: is_number(number).
std::int64_t whole_number(simdjson::dom::element number);

// Seconds since 1970, with a fraction. Times that no calendar has become the nearest that ours has.
// Requires: is_number(seconds).
base::WallTime wall_time(simdjson::dom::element seconds);

}  // namespace millbeck::runtime
