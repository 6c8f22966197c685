// Reads a shard until there is a batch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/batch_builder.hpp"
#include "triggers/batcher.hpp"
#include "triggers/copy_state.hpp"
#include "triggers/filter/event_filter.hpp"
#include "triggers/lanes.hpp"
#include "triggers/parking_lot.hpp"

namespace millbeck::triggers {

// Records that a filter drops, or other lanes take, between two batches are read and let go at most
// this many at a time: a shard without a match must not keep its thread, and what a restart reads
// again stays bounded.
inline constexpr std::uint64_t kDroppedAtOnceMax = 10'000;

// Records of parked keys are held in memory until so many bytes of them wait.
inline constexpr std::size_t kToParkBytesMax = 1u << 20;

// Invariants: between what is gathered and position() lies no record of this lane that the filter
// lets
//             through.
// Threads:    the worker's strand.
class ShardGatherer {
  public:
    // `log` and `windows` outlive it; without windows all records belong together.
    ShardGatherer(const shardlog::ShardReader& log, shardlog::ShardNumber shard,
                  shardlog::SequenceNumber from, BatchOrigin origin, const BatchLimits& limits,
                  std::shared_ptr<const filter::FilterCriteria> criteria = nullptr, Lane lane = {},
                  TumblingWindow* windows = nullptr,
                  std::shared_ptr<const ParkedKeys> parked = nullptr);

    // Reads page after page until the batch takes no more, nothing is there, or kDroppedAtOnceMax
    // records were passed. An error of the log leaves what was gathered before it.
    base::Status gather(base::Instant now);

    // The last gather() stopped for what it had passed: there may be more to read now.
    [[nodiscard]] bool more() const { return more_; }
    // Records that the filter dropped so far.
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    // Records that were read and left so far: dropped, of another lane, or held by copied rows.
    [[nodiscard]] std::uint64_t passed() const { return dropped_ + others_ + held_; }

    // Records of parked keys that were read: they are to be stored before a checkpoint behind them.
    [[nodiscard]] bool has_parked() const { return !to_park_.empty(); }
    [[nodiscard]] std::vector<ParkedRecord> take_parked();

    // The last gather() found no reason to read on at once.
    [[nodiscard]] bool caught_up() const { return !batcher_.full() && !more_ && !window_over_; }

    [[nodiscard]] bool empty() const { return batcher_.records() == 0; }
    // Gathered, not yet given out.
    [[nodiscard]] const std::vector<RecordMark>& records() const { return builder_.records(); }

    // The batch should go now. A closed shard or a window that is over brings no more: nothing is
    // waited for.
    [[nodiscard]] bool ready(base::Instant now) const {
        return !empty() && (ended_ || window_over_ || batcher_.ready(now));
    }
    // The record at position() belongs to a later window than the one that is open.
    [[nodiscard]] bool window_over() const { return window_over_; }
    // So many bytes of each event are not records.
    void set_aside(std::size_t bytes) { batcher_.set_aside(bytes); }
    [[nodiscard]] std::optional<base::Instant> due() const { return batcher_.due(); }

    // The shard is closed and all of it was given out.
    [[nodiscard]] bool exhausted() const { return ended_ && empty(); }

    // Where to read next.
    [[nodiscard]] shardlog::SequenceNumber position() const { return position_; }
    // Goes on behind a gap. Requires: empty.
    void resume_at(shardlog::SequenceNumber position);

    // Leaves out the changes that the copied rows hold.
    void leave_out(CopyState copied) { copied_ = std::move(copied); }

    // What was gathered. `from` is the first position that the batch acknowledges. Requires: not
    // empty.
    BatchInHand take(std::string request_id, shardlog::SequenceNumber from, base::Instant now);

    // The batch that was taken is done with: the next window starts.
    void completed(base::Instant now) { batcher_.completed(now); }

  private:
    [[nodiscard]] shardlog::ReadLimits limits() const;
    bool add_page(const shardlog::ReadPage& page, base::Instant now);

    const shardlog::ShardReader& log_;
    shardlog::ShardNumber shard_;
    shardlog::SequenceNumber position_;
    bool ended_ = false;  // closed, and position_ is behind its last record
    BatchBuilder builder_;
    Batcher batcher_;
    std::optional<filter::RecordFilter> filter_;
    Lane lane_;
    TumblingWindow* windows_;
    bool window_over_ = false;  // as the last gather() found
    std::shared_ptr<const ParkedKeys> parked_;
    std::vector<ParkedRecord> to_park_;
    std::size_t to_park_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t others_ = 0;  // of other lanes
    std::optional<CopyState> copied_;
    std::uint64_t held_ = 0;  // by the copied rows
    bool more_ = false;
    std::uint32_t page_records_ = 1;  // of the next page, where the batch wants fewer
};

}  // namespace millbeck::triggers
