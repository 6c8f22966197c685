// Second look at a parsed request: lengths, ranges, patterns, choices, required members.
#pragma once

#include "base/result.hpp"
#include "runtime/api/shape.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// All broken constraints of the tree in the service's one text ("2 validation errors detected:
// ..."), at most 10 of them; if there are none, members that are Refused, the first by name.
// Requires: check_types passed. Errors: Invalid, Unsupported.
base::Status check_constraints(const Shape& shape, simdjson::dom::element value);

}  // namespace millbeck::runtime
