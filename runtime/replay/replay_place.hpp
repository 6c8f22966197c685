// Where a replay begins and goes on: the names of its checkpoints, its lanes. A target that keeps
// its position with its data says so itself: a crash between the data and our checkpoint then
// repeats nothing.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/replay/replay_spec.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::runtime {

// Under which its checkpoints are kept, apart from those of every trigger.
base::Result<triggers::TriggerId> checkpoints_of_replay(triggers::CheckpointStore& checkpoints,
                                                        const std::string& name);

// The table's newest stream, for what events say of it. Of a table that never had one: its name,
// the label "replay", and both images.
shardlog::Stream stream_for_replay(const shardlog::ShardLog& log, shardlog::TableId table,
                                   const std::string& name);

// Where a replay reads on: its oldest checkpoint, or where it begins. Behind its range when all of
// it is delivered.
base::Result<shardlog::SequenceNumber> replay_position(triggers::CheckpointStore& checkpoints,
                                                       const ReplaySpec& spec);

// A lane each, where the replay begins.
std::vector<triggers::Checkpoint> first_checkpoints_of(const ReplaySpec& spec);

// How long the target has to answer.
inline constexpr base::Milliseconds kReplayPlaceDeadline{30'000};

struct ReplayPlace {
    std::string generation;  // of what the replay writes; see sinks/position_keeper.hpp
    std::vector<triggers::Checkpoint> lanes;
};

// The first time the target is emptied of what this sink wrote before, and a generation begins.
// Afterwards: where the target stands. Errors: those of the target and of the checkpoint store;
// NotFound (the target does not hold any more what this replay wrote).
base::Result<ReplayPlace> settle_replay_place(triggers::CheckpointStore& checkpoints,
                                              const triggers::TriggerId& id, sinks::Sink& sink,
                                              const std::vector<triggers::Checkpoint>& first,
                                              base::Random& random, base::Instant deadline);

}  // namespace millbeck::runtime
