// A shard's progress: decided, then stored, then believed. Nothing moves ahead of the disk.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "triggers/ack_frontier.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/failed_batch.hpp"
#include "triggers/parking_lot.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// What was decided about the positions from the frontier on.
struct Settlement {
    std::optional<FailedBatch> failed{};  // given up: its destination has it before anything else
    std::optional<Gap>
        gap{};  // stored first: a crash in between states the gap, and repeats records
    shardlog::SequenceNumber to;  // everything below is acknowledged, or given up as `gap` says
    bool finished = false;        // the shard ended there
    std::optional<WindowState> window = {};  // that is open there
    std::optional<CopyState> copy = {};      // what matters there
    std::string told = {};                   // to a target that keeps a copy
    std::optional<ParkedKey> poisoned = {};  // set aside now, with those of `parked` that are its
    std::vector<ParkedRecord> parked = {};   // of keys that are set aside: stored before `to` is
};

// Invariants: next() and finished() tell only what is stored, or what holds nothing to deliver.
// Threads:    the worker's strand.
class Progress {
  public:
    // `store` and `destination` outlive it; without a destination a gap tells all there is.
    // Without a parking lot nothing is parked.
    Progress(CheckpointStore& store, FailureDestination* destination, ParkingLot* parking,
             TriggerId trigger, shardlog::ShardId shard, shardlog::SequenceNumber from)
        : store_(store),
          destination_(destination),
          parking_(parking),
          trigger_(std::move(trigger)),
          shard_(shard),
          frontier_(from) {}

    // Requires: nothing decided that is not stored.
    void decide(Settlement settlement);

    // Stores what is decided, if anything is. An error changes nothing: call it again.
    base::Status store_decided();

    // The shard holds nothing below `to` that is to be delivered and was not: true without being
    // stored, because reading from the stored position finds the same. Requires: nothing decided.
    void skip_empty(shardlog::SequenceNumber to);

    [[nodiscard]] bool decided() const { return decided_.has_value(); }
    [[nodiscard]] shardlog::SequenceNumber next() const { return frontier_.next(); }
    [[nodiscard]] bool finished() const { return finished_; }

  private:
    CheckpointStore& store_;
    base::Status store_parked();

    FailureDestination* destination_;
    ParkingLot* parking_;
    TriggerId trigger_;
    shardlog::ShardId shard_;
    AckFrontier frontier_;
    std::optional<Settlement> decided_;
    bool finished_ = false;
};

}  // namespace millbeck::triggers
