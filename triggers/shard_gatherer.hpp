// Reads a shard until there is a batch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/batch_builder.hpp"
#include "triggers/batcher.hpp"

namespace millbeck::triggers {

// Invariants: what is gathered and position() have no record of the shard between them.
// Threads:    the worker's strand.
class ShardGatherer {
  public:
    // `log` outlives it.
    ShardGatherer(const shardlog::ShardLog& log, shardlog::ShardNumber shard,
                  shardlog::SequenceNumber from, BatchOrigin origin, const BatchLimits& limits)
        : log_(log),
          shard_(shard),
          position_(from),
          builder_(std::move(origin)),
          batcher_(limits) {}

    // Reads page after page until the batch takes no more or nothing is there. An error of the log
    // leaves what was gathered before it.
    base::Status gather(base::Instant now);

    [[nodiscard]] bool empty() const { return batcher_.records() == 0; }
    // Gathered, not yet given out.
    [[nodiscard]] const std::vector<RecordMark>& records() const { return builder_.records(); }

    // The batch should go now. A closed shard brings no more: nothing is waited for.
    [[nodiscard]] bool ready(base::Instant now) const {
        return !empty() && (ended_ || batcher_.ready(now));
    }
    [[nodiscard]] std::optional<base::Instant> due() const { return batcher_.due(); }

    // The shard is closed and all of it was given out.
    [[nodiscard]] bool exhausted() const { return ended_ && empty(); }

    // Where to read next.
    [[nodiscard]] shardlog::SequenceNumber position() const { return position_; }
    // Goes on behind a gap. Requires: empty.
    void resume_at(shardlog::SequenceNumber position);

    // What was gathered. `from` is the first position that the batch acknowledges. Requires: not
    // empty.
    BatchInHand take(std::string request_id, shardlog::SequenceNumber from, base::Instant now);

    // The batch that was taken is done with: the next window starts.
    void completed(base::Instant now) { batcher_.completed(now); }

  private:
    bool add_page(const shardlog::ReadPage& page, base::Instant now);

    const shardlog::ShardLog& log_;
    shardlog::ShardNumber shard_;
    shardlog::SequenceNumber position_;
    bool ended_ = false;  // closed, and position_ is behind its last record
    BatchBuilder builder_;
    Batcher batcher_;
};

}  // namespace millbeck::triggers
