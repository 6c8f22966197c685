// Parts of a request as Java prints them: the service's older layer shows lists and maps so in the
// texts of their faults.
// Includes no simdjson: the parsers' source files have it.
#pragma once

#include <cstddef>
#include <string>

#include "runtime/api/shape.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// `[KeySchemaElement(attributeName=pk, keyType=HASH)]`. Ends early once it has `bytes_max` bytes.
// Requires: JSON types are checked.
std::string java_text(const Shape& shape, simdjson::dom::element value, std::size_t bytes_max);

}  // namespace millbeck::runtime
