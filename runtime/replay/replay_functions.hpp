// How a node's replays find their functions.
#pragma once

#include "runtime/config/config.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/replay/replay_registry.hpp"

namespace millbeck::runtime {

// All are borrowed for the registry's life.
ReplayContext replays_into_functions(const ReplayRunContext& run, const TriggerManager& triggers,
                                     lambda::FunctionRegistry& functions, const Config& config);

}  // namespace millbeck::runtime
