// Checkpoints and what people did to them, as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// All triggers without a name. Reads the log. NotFound.
base::Result<std::string> checkpoints_json(const ApiContext& context, const std::string& trigger);

base::Result<std::string> changes_json(const ApiContext& context, const std::string& trigger,
                                       std::uint64_t limit);

// How many records a change lets be delivered again, or passes over; counted up to kCountedMax of
// both together, filters not asked.
std::string moved_json(const shardlog::ShardLog& log, const std::string& trigger,
                       const triggers::CheckpointChange& change);

}  // namespace millbeck::runtime
