// The batch that is delivered or waits to be tried again, and the parts of it that come after it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "triggers/batch_builder.hpp"
#include "triggers/parking_lot.hpp"
#include "triggers/retry_policy.hpp"

namespace millbeck::triggers {

// A batch that is split becomes several in a row, each with an id and attempts of its own. One
// without records is the last call of a window.
// Invariants: the parts follow each other without a gap; at most one a halving, so about 14.
// Threads:    the worker's strand.
class InHand {
  public:
    // `random`, for request ids, outlives it.
    explicit InHand(base::Random& random) : random_(random) {}

    [[nodiscard]] bool empty() const { return parts_.empty(); }
    // Requires (all below but take): not empty.
    [[nodiscard]] const BatchInHand& current() const { return parts_.back(); }
    [[nodiscard]] const RetryState& retry() const { return retry_; }
    [[nodiscard]] std::size_t size() const { return current().records.size(); }

    // Requires: empty.
    void take(BatchInHand batch);

    void note(sinks::Outcome::Kind kind) { retry_ = after_outcome(retry_, kind); }

    // Takes records at the front out; returns the position after them. What remains of the batch is
    // another one, and so is the part that follows.
    shardlog::SequenceNumber drop_front(std::size_t count);

    // Halves the batch; the first half is the larger one. Requires: at least two records.
    void bisect();

    // Gives the batch these members, unless it has some: a retry is the same batch.
    void give_members(std::string members);

    // Gives the batch the position that the target is to keep.
    void give_position(std::string position);

    // Takes every record of this key out, also of the parts that come after; what is left of a part
    // is another batch. Returns them in order, and the position before which nothing is left.
    struct Removed {
        std::vector<ParkedRecord> records;
        shardlog::SequenceNumber to;
    };
    Removed remove_key(const std::string& key);

    // The first `count` records, under the present id: for what is given up.
    [[nodiscard]] BatchInHand front(std::size_t count) const;

  private:
    BatchInHand without(const BatchInHand& part, const std::string& key,
                        std::vector<ParkedRecord>& removed);

    base::Random& random_;
    std::vector<BatchInHand> parts_;  // the next one last
    RetryState retry_;                // of the current one
};

}  // namespace millbeck::triggers
