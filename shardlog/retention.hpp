// What maintain() does: index files of sealed segments, trimming, the next segment's file.
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/log_metrics.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/pin_board.hpp"
#include "shardlog/segment_pool.hpp"
#include "shardlog/shard_map.hpp"

namespace millbeck::shardlog {

// A segment goes when it is sealed, wholly at or below what was released, below every pin, and
// either older than the retention or more than the bytes allow. The oldest goes first; the first
// that must stay keeps all after it.
// Threads: maintain's; release() by any.
class Retention {
  public:
    // All references outlive it.
    Retention(base::FileSystem& files, base::Path folder, const base::Clock& clock,
              LogMetrics& metrics, LogState& state, SegmentPool& pool, ShardMap& map,
              const PinBoard& pins, const LogOptions& options);

    // Writes the index files of sealed segments, cuts off the unused end of those mostly empty.
    base::Status settle();

    // Trims, then forgets shards and streams with nothing left.
    base::Status trim();

    // Unmaps what nobody used since the last call.
    void rest() const;

    // True: the growing segment's oldest record is so old that its segment should be sealed, or a
    // quiet log would never be trimmed.
    [[nodiscard]] bool wants_seal() const;

    void release(SequenceNumber applied);

  private:
    base::Status settle(Segment& segment);
    [[nodiscard]] SegmentList expired() const;
    base::Status mark_trimmed(const SegmentList& expired);
    base::Status dispose(std::shared_ptr<Segment> segment);

    base::FileSystem& files_;
    const base::Path folder_;
    const base::Clock& clock_;
    LogMetrics& metrics_;
    LogState& state_;
    SegmentPool& pool_;
    ShardMap& map_;
    const PinBoard& pins_;
    const LogOptions options_;
    std::atomic<std::uint64_t> released_{0};
};

}  // namespace millbeck::shardlog
