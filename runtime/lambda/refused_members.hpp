// Members of requests about functions that would change what Millbeck does, and cannot.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/lambda_error.hpp"

namespace millbeck::runtime::lambda {

// Of CreateFunction and both Update calls. Values that mean "none", as infrastructure tools send
// them, are fine. Errors: InvalidParameterValueException that names the member and Millbeck.
LambdaResult<void> refuse_members(const nlohmann::json& body);

// Of Code, and of UpdateFunctionCode: code that lies elsewhere.
LambdaResult<void> refuse_code_members(const nlohmann::json& code);

}  // namespace millbeck::runtime::lambda
