// The faults that are armed for a trigger, for people.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace millbeck::runtime::cli {

// "; injected: delay, fail-handler", or "": what follows the state of a trigger or a sink, from
// what the server says of it.
std::string injected_text(const nlohmann::json& trigger);

}  // namespace millbeck::runtime::cli
