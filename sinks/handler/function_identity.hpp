// What a Lambda function is told of itself: its environment, and the head of each event. Pure, but
// for the ids that are drawn.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sinks/handler/call.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::sinks {

// "arn:aws:lambda:us-east-1:000000000000:function:totals"
std::string function_arn(const HandlerOptions& options);

// All variables that Lambda sets, and the function's own. `runtime_api`: "127.0.0.1:41234".
// `now` and `random` make the log stream's name.
// Source: AWS Lambda developer guide, "Defined runtime environment variables".
std::map<std::string, std::string> function_environment(const HandlerOptions& options,
                                                        std::string_view runtime_api,
                                                        base::WallTime now, base::Random& random);

// Invalid for a variable that Lambda sets itself, in its words.
base::Status check_function_environment(const std::map<std::string, std::string>& environment);

// Status line and header lines of an event, all but its length.
std::string event_head(const HandlerOptions& options, const Call& call, base::WallTime now,
                       base::WallTime deadline, base::Random& random);

}  // namespace millbeck::sinks
