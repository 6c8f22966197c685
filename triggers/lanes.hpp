// One shard's records dealt to several workers side by side (AWS: ParallelizationFactor).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "shardlog/record.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::triggers {

// Which records of a shard a worker takes. All of one partition key go to the same lane, so their
// order is kept.
struct Lane {
    std::uint32_t number = 0;  // below `count`
    std::uint32_t count = 1;   // 1..10

    // Requires: the record has a row key, unless there is one lane.
    [[nodiscard]] bool takes(const shardlog::RecordView& record) const {
        return count == 1 || shardlog::partition_hash(record.row_key) % count == number;
    }
};

// The checkpoint of a shard whose lanes acknowledge on their own: the position below which all of
// them have, and finished when all are. A restart begins every lane there, with as many lanes as
// there are then: what a faster one had acknowledged above is repeated.
// Threads: any. `store` outlives it.
class LaneFrontier {
  public:
    LaneFrontier(CheckpointStore& store, shardlog::SequenceNumber from, std::uint32_t lanes)
        : store_(store), stored_(from), lanes_(lanes, Position{from, false}) {}

    // Where lane `number` is. Stores when that moves the frontier.
    base::Status advance(std::uint32_t number, const TriggerId& trigger,
                         const Checkpoint& checkpoint);

    CheckpointStore& store() { return store_; }

  private:
    struct Position {
        shardlog::SequenceNumber next;
        bool finished;
    };

    CheckpointStore& store_;
    base::Mutex mutex_;
    shardlog::SequenceNumber stored_ MB_GUARDED_BY(mutex_);
    std::vector<Position> lanes_ MB_GUARDED_BY(mutex_);
};

// The store as one lane sees it: its checkpoint moves the frontier of all.
class LaneCheckpoints final : public CheckpointStore {
  public:
    LaneCheckpoints(std::shared_ptr<LaneFrontier> frontier, Lane lane)
        : frontier_(std::move(frontier)), lane_(lane) {}

    [[nodiscard]] base::Result<std::vector<Checkpoint>> load(const TriggerId& trigger) override {
        return store().load(trigger);
    }
    base::Status advance(const TriggerId& trigger, const Checkpoint& checkpoint) override {
        return frontier_->advance(lane_.number, trigger, checkpoint);
    }
    base::Status advance_all(const TriggerId& trigger,
                             const std::vector<Checkpoint>& checkpoints) override {
        return store().advance_all(trigger, checkpoints);
    }
    [[nodiscard]] base::Result<std::optional<std::string>> generation(
        const TriggerId& trigger) override {
        return store().generation(trigger);
    }
    base::Status restart(const TriggerId& trigger, const std::string& generation,
                         const std::vector<Checkpoint>& checkpoints,
                         const std::optional<ChangeNote>& note) override {
        return store().restart(trigger, generation, checkpoints, note);
    }
    base::Result<CheckpointChange> replace_all(const TriggerId& trigger,
                                               const std::vector<Checkpoint>& checkpoints,
                                               const ChangeNote& note) override {
        return store().replace_all(trigger, checkpoints, note);
    }
    [[nodiscard]] base::Result<std::vector<CheckpointChange>> changes(const TriggerId& trigger,
                                                                      std::size_t limit) override {
        return store().changes(trigger, limit);
    }
    base::Status record_gap(const Gap& gap) override { return store().record_gap(gap); }
    [[nodiscard]] base::Result<std::vector<Gap>> gaps(const TriggerId& trigger) override {
        return store().gaps(trigger);
    }
    base::Status forget(const TriggerId& trigger) override { return store().forget(trigger); }
    base::Status forget_shard(const TriggerId& trigger, const shardlog::ShardId& shard) override {
        return store().forget_shard(trigger, shard);
    }
    base::Result<TriggerId> id_for(const std::string& name,
                                   const std::string& stream_arn) override {
        return store().id_for(name, stream_arn);
    }
    base::Status adopt(const TriggerId& id, const std::string& name,
                       const std::string& stream_arn) override {
        return store().adopt(id, name, stream_arn);
    }

  private:
    CheckpointStore& store() { return frontier_->store(); }

    const std::shared_ptr<LaneFrontier> frontier_;
    const Lane lane_;
};

}  // namespace millbeck::triggers
