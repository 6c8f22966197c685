// How the service reads numbers in the parameters of a statement, which is not how it reads those
// of items: as Java's BigDecimal does.
#pragma once

#include "base/result.hpp"

namespace simdjson::dom {
class element;
}  // namespace simdjson::dom

namespace millbeck::runtime {

// Of one attribute value and all within, the first thing wrong: nested too deeply, or a number that
// cannot be converted. What is right here may break the rules of values yet.
// Errors: Invalid, with the service's text.
base::Status check_parameter_numbers(simdjson::dom::element value);

}  // namespace millbeck::runtime
