// The constraints of one value of a request: bounds, choices, patterns, the names of a map; and how
// the texts of their faults show it. The walk over a request is constraints.hpp's.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/api/faults.hpp"
#include "runtime/api/place.hpp"
#include "runtime/api/shape.hpp"

namespace simdjson::dom {
class element;
class object;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// Requires of all: the value has the shape's JSON type.

// `measure`: what the shape bounds, a "value" or a "length".
void check_bounds(Faults& faults, const Shape& shape, simdjson::dom::element value,
                  const Place& place, std::int64_t measure, std::string_view what);

void check_string(Faults& faults, const Shape& shape, simdjson::dom::element value,
                  const Place& place);

// The first that is wrong with the name of a table, which may be an ARN: its length, or the
// pattern.
void check_table_name_once(Faults& faults, simdjson::dom::element value, const Place& place);

// The names of a map, and the lengths of its lists, are reported at the map. `map` is `value`.
void check_map_rules(Faults& faults, const Shape& shape, simdjson::dom::object map,
                     simdjson::dom::element value, const Place& place);

}  // namespace millbeck::runtime
