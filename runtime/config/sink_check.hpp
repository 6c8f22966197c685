// What has to hold between the sinks of a configuration and the rest of it.
#pragma once

#include "base/result.hpp"
#include "runtime/config/config.hpp"

namespace millbeck::runtime {

// Gives sinks without a name theirs. Errors: Invalid, with the place.
base::Status check_sinks(Config& config);

}  // namespace millbeck::runtime
