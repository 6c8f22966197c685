// Which shards of a stream a trigger works on now: parents before children, where to start in each.
// Pure: a function of what exists and what was acknowledged.
#pragma once

#include <optional>
#include <vector>

#include "shardlog/shard_log.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

struct ShardStart {
    shardlog::ShardId shard;
    shardlog::SequenceNumber from;
    std::optional<WindowState> window = {};  // that is open there
    std::optional<CopyState> copy = {};      // what matters of it there
    std::string told = {};
};

// The shards that may run: not finished, every listed parent finished (a parent that is gone counts
// as finished). Start: the checkpoint, else by starting position: TRIM_HORIZON the shard's start,
// LATEST `latest` for shards that were open when the trigger was made (they have a checkpoint from
// then on) and the shard's start for shards that opened later.
std::vector<ShardStart> plan_shards(const std::vector<shardlog::Shard>& shards,
                                    const std::vector<Checkpoint>& checkpoints);

// The checkpoints a new trigger begins with: one per shard that exists, `finished` for the shards
// that LATEST leaves out: closed below `latest`. TRIM_HORIZON begins at each shard's `starting`: a
// caller whose log was trimmed already asks the overload below.
std::vector<Checkpoint> first_checkpoints(const std::vector<shardlog::Shard>& shards,
                                          StartingPosition position,
                                          shardlog::SequenceNumber latest);

// The same from a log: TRIM_HORIZON means what is still there, so a shard begins at its trim
// horizon and what went before the trigger existed is no gap. Errors: those of trim_horizon().
base::Result<std::vector<Checkpoint>> first_checkpoints(const shardlog::ShardLog& log,
                                                        shardlog::StreamId stream,
                                                        StartingPosition position);

// Unfinished checkpoints whose shard is gone from the stream: retention took the rest of it unread.
// Whoever finds one records a gap and forgets the shard.
std::vector<Checkpoint> vanished_shards(const std::vector<shardlog::Shard>& shards,
                                        const std::vector<Checkpoint>& checkpoints);

}  // namespace millbeck::triggers
