// What no single key can tell: names that are there twice, references that lead nowhere, settings
// that contradict each other.
#pragma once

#include "base/result.hpp"
#include "runtime/config/config.hpp"

namespace millbeck::runtime {

// Also gives unnamed triggers their name, table-function. Invalid, with the place in front.
base::Status check_config(Config& config);

}  // namespace millbeck::runtime
