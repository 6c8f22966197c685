// The runtimes of the service, and which of them run here.
#pragma once

#include <string_view>

#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// Refuses what is no runtime and what the service no longer takes, in its words; and what only
// runs with a client of the Runtime API of its own, unless there is one (`has_command`).
LambdaResult<void> check_runtime(std::string_view runtime, bool has_command);

}  // namespace millbeck::runtime::lambda
