// First look at a parsed request: does every member have the JSON type its shape asks for.
#pragma once

#include "base/result.hpp"
#include "runtime/api/shape.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// How far an Item (a map of attribute values) is looked at. shardlog::parse_item checks the inside
// as it goes, so Outside is enough until something else is wrong with the request.
enum class ItemDepth : std::uint8_t { Outside, Inside };

// Every member of the tree that the shape knows has its JSON type, or is null. Stops at the first
// that has not, in the order of the text. Errors: Malformed, with the service's text.
base::Status check_types(const Shape& shape, simdjson::dom::element value, ItemDepth depth);

}  // namespace millbeck::runtime
