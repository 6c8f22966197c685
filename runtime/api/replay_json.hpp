// A replay as the API tells of it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/replay/replay_registry.hpp"

namespace millbeck::runtime {

nlohmann::ordered_json replay_json(const ReplayStatus& status);

}  // namespace millbeck::runtime
