// What an update can be refused for before any item is seen, once its placeholders are known.
#pragma once

#include "base/result.hpp"
#include "capture/expression/bindings.hpp"

namespace millbeck::capture::expression {

// Paths that meet, then the types of operands, from the last action to the first as the service
// does. Invalid, without the name of the expression in front.
base::Status check_update(const Bindings& bindings);

}  // namespace millbeck::capture::expression
