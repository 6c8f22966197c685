// How far a shard is acknowledged without a hole, while stretches of it are acknowledged in any
// order. Pure.
#pragma once

#include <cstddef>
#include <map>

#include "shardlog/ids.hpp"

namespace millbeck::triggers {

// Invariants: next() never moves backwards and never passes a position that was not acknowledged.
// Limits:     holds one entry for each acknowledged stretch above a hole, so at most as many as
//             there are deliveries out at once.
class AckFrontier {
  public:
    // Everything below `start` counts as acknowledged.
    explicit AckFrontier(shardlog::SequenceNumber start) : next_(start) {}

    // Positions [from, to) are done; `to` may pass the last record, when the shard holds nothing in
    // between. Stretches may touch or repeat what was acknowledged. Returns next().
    shardlog::SequenceNumber acknowledge(shardlog::SequenceNumber from,
                                         shardlog::SequenceNumber to);

    // The checkpoint: first position that is not acknowledged.
    [[nodiscard]] shardlog::SequenceNumber next() const { return next_; }

    // Stretches acknowledged above a hole.
    [[nodiscard]] std::size_t waiting() const { return above_.size(); }

  private:
    shardlog::SequenceNumber next_;
    std::map<shardlog::SequenceNumber, shardlog::SequenceNumber> above_;  // from -> to
};

}  // namespace millbeck::triggers
