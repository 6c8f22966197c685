// A worker's part in what people wish of parked keys: it alone sees the records of its shard, so
// what it delivers of a key comes before what it reads of it later.
#pragma once

#include <memory>
#include <optional>

#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/sink.hpp"
#include "triggers/lanes.hpp"
#include "triggers/parking_lot.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// Threads: the worker's strand.
class ParkedDelivery {
  public:
    // `lot` may be null: nothing is parked then. Both borrowed pointers outlive it.
    ParkedDelivery(ParkingLot* lot, base::Random& random, const TriggerSpec& spec,
                   std::optional<shardlog::Shard> shard, Lane lane);

    [[nodiscard]] const std::shared_ptr<const ParkedKeys>& keys() const { return keys_; }
    [[nodiscard]] bool has_wishes() const { return keys_ && keys_->has_wishes(); }

    // Drops what is to be dropped; a batch of what is to be retried, null when nothing of this
    // shard and lane is. Requires: nothing is out.
    base::Result<std::shared_ptr<const sinks::Batch>> next();

    // The batch of next() is with the target.
    [[nodiscard]] bool is_out() const { return out_.has_value(); }

    // What became of it: delivered records wait no longer; a failure leaves them parked, until
    // somebody wishes again. A refusal leaves the wish. An error leaves all as it was.
    base::Status answered(const sinks::Outcome& outcome);

  private:
    [[nodiscard]] bool is_ours(std::uint64_t hash) const;

    ParkingLot* const lot_;
    base::Random& random_;
    const TriggerId trigger_id_;
    const std::string trigger_;
    const std::uint32_t records_max_;
    const std::size_t bytes_max_;
    const std::optional<shardlog::Shard> shard_;
    const Lane lane_;
    const std::shared_ptr<const ParkedKeys> keys_;
    struct Out {
        ParkedKey key;
        shardlog::SequenceNumber through;
        std::shared_ptr<const sinks::Batch> batch;
    };
    std::optional<Out> out_;
};

}  // namespace millbeck::triggers
