// Which shards of a stream a trigger works on now: parents before children, where to start in each.
// Pure: a function of what exists and what was acknowledged.
#pragma once

#include <map>
#include <vector>

#include "shardlog/shard_log.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

struct ShardStart {
    shardlog::ShardId shard;
    shardlog::SequenceNumber from;
};

// The shards that may run: not finished, every listed parent finished (a parent that is gone counts
// as finished). Start: the checkpoint, else by starting position: TRIM_HORIZON the shard's start,
// LATEST `latest` for shards that were open when the trigger was made (they have a checkpoint from
// then on) and the shard's start for shards that opened later.
std::vector<ShardStart> plan_shards(const std::vector<shardlog::Shard>& shards,
                                    const std::vector<Checkpoint>& checkpoints);

// The checkpoints a new trigger begins with: one per shard it will read, `finished` for the closed
// shards that LATEST leaves out.
std::vector<Checkpoint> first_checkpoints(const std::vector<shardlog::Shard>& shards,
                                          StartingPosition position,
                                          shardlog::SequenceNumber latest);

}  // namespace millbeck::triggers
