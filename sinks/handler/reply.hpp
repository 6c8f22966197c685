// What a handler's reply line means. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"

namespace millbeck::sinks {

// Any JSON value is success, except an object with a string member "errorMessage": that is how a
// handler says that it failed, as Lambda's runtimes do; "errorType", if it is a string, goes in
// front of the message.
// Errors: Io (the handler reports an error), Malformed (not one JSON value).
base::Status judge_reply(std::string_view reply);

}  // namespace millbeck::sinks
