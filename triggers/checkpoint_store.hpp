// How far each trigger is on each shard, durable: the one number that walks back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// A position on a shard: everything below `next` has been acknowledged.
struct Checkpoint {
    shardlog::ShardId shard;
    shardlog::SequenceNumber next;
    bool finished = false;  // the shard is closed and wholly acknowledged: children may start
};

// A stretch of records that retention took before the trigger read it.
struct Gap {
    TriggerId trigger;
    shardlog::ShardId shard;
    shardlog::SequenceNumber from;
    shardlog::SequenceNumber to;  // first position that could be read again
    base::WallTime noticed{};
};

// Invariants: a checkpoint never moves backwards through advance().
// Threads:    any (one lock; a call is one small transaction, not synced to disk: a power cut may
//             repeat the newest batches, it never skips one).
class CheckpointStore {
  public:
    static base::Result<std::unique_ptr<CheckpointStore>> open(const base::Path& file);
    virtual ~CheckpointStore() = default;

    [[nodiscard]] virtual base::Result<std::vector<Checkpoint>> load(const TriggerId& trigger) = 0;
    virtual base::Status advance(const TriggerId& trigger, const Checkpoint& checkpoint) = 0;
    virtual base::Status record_gap(const Gap& gap) = 0;
    [[nodiscard]] virtual base::Result<std::vector<Gap>> gaps(const TriggerId& trigger) = 0;
    virtual base::Status forget(const TriggerId& trigger) = 0;
    virtual base::Status forget_shard(const TriggerId& trigger, const shardlog::ShardId& shard) = 0;

    // ---- the triggers themselves (id by name is kept so that a restart finds its checkpoints)
    virtual base::Result<TriggerId> id_for(const std::string& name,
                                           const std::string& stream_arn) = 0;
};

}  // namespace millbeck::triggers
