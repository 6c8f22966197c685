// From the bytes of a request to what they ask for; pure, needs no store.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/operation.hpp"
#include "runtime/api/parse_context.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Checks that belong between the syntax of the body and its meaning: who is asking.
using BetweenChecks = std::function<base::Status()>;

// Order of the checks, as on the service: JSON syntax, then `target`, then `between`, then the
// wire types of all members, then their constraints, then rules over several members.
// `target` is the X-Amz-Target header, `body` plain JSON.
// Errors: Malformed (SerializationException; without text when the body is no JSON), Unsupported,
// UnknownOperation, Invalid (all constraint failures in one text), and what `between` returns.
// Threads: any.
base::Result<Request> parse_request(std::string_view target, std::string_view body,
                                    const ParseContext& context,
                                    const BetweenChecks& between = nullptr);

}  // namespace millbeck::runtime
