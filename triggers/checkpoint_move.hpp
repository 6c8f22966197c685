// Where a trigger's checkpoints are when somebody moves it to another position. Pure, but for
// reach_of().
//
// Of all shards, to a position S: what ends below S is finished; what holds S begins there; what
// begins later begins at its beginning, and its workers wait for its parents as ever.
// Of one shard: its checkpoint as above. If it is not finished then, all its descendants go back to
// their beginnings: they hold later changes of its items, and whoever gets an old change again gets
// all that followed it again, in order. Parents stay where they are, and so do other shards.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::triggers {

// What of a stream can be read.
struct StreamReach {
    struct Part {
        shardlog::Shard shard;
        shardlog::SequenceNumber horizon;  // the oldest position that can be read
    };
    std::vector<Part> parts;         // in ShardId order
    shardlog::SequenceNumber first;  // of the log: what is at or above it is there
};

// Errors: those of trim_horizon().
base::Result<StreamReach> reach_of(const shardlog::ShardLog& log, shardlog::StreamId stream);

// Each shard at the oldest position that is there.
struct ToStart {};
// The next record to be delivered is the first one at or above it.
using MovePlace = std::variant<ToStart, shardlog::SequenceNumber>;

// The position below which records of the stream are gone; 0: none are.
shardlog::SequenceNumber oldest_of(const StreamReach& reach);

// The checkpoints of the trigger afterwards. `present`: those it has. Errors: Trimmed (records that
// would have to be delivered are gone; names the oldest position there is), NotFound (the stream
// has no such shard).
base::Result<std::vector<Checkpoint>> moved_checkpoints(
    const StreamReach& reach, const MovePlace& place, const std::optional<shardlog::ShardId>& only,
    const std::vector<Checkpoint>& present);

// Whether workers that begin at these checkpoints miss nothing: how an earlier state may come
// back. Errors: Trimmed, as above.
base::Status check_reachable(const StreamReach& reach, const std::vector<Checkpoint>& checkpoints);

}  // namespace millbeck::triggers
