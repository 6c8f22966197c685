// What is armed on a node, as JSON.
#pragma once

#include <string>
#include <string_view>

#include "runtime/api/api.hpp"

namespace millbeck::runtime {

inline constexpr std::string_view kInjectIsOff =
    "fault injection is off; start the server with --allow-inject (or allow_inject: true in its "
    "file) to use it in your tests";

// {"allowed":B,"armed":N,"faults":[..],"streams":[..]} and a newline. A fault: "trigger", "fault",
// "is_armed", "used", "left" (null with a time), "left_ms" (null without), "by_ms", "error",
// "partial" (null where it has none), "armed_at". A stream: "table", "stream_arn", "trimmed_to"
// and "iterators_expired_through" (each may be null); those that are gone are left out.
std::string inject_json(const ApiContext& context);

}  // namespace millbeck::runtime
