// One attribute value on its own, outside of an item: the parameters from before expressions have
// such.
#pragma once

#include <string>

#include "base/result.hpp"
#include "shardlog/wording.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// Its canonical text `{"S":"x"}`. Errors: those of shardlog::parse_item.
base::Result<std::string> parse_attribute_value(
    simdjson::dom::element value, shardlog::Wording wording = shardlog::Wording::Older);

// As shardlog::check_attribute_kinds. Errors: Malformed.
base::Status check_value_kinds(simdjson::dom::element value);

}  // namespace millbeck::runtime
