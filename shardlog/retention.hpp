// What maintain() does: index files of sealed segments, trimming, the next segment's file.
#pragma once

#include <atomic>
#include <map>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/archive.hpp"
#include "shardlog/log_metrics.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/pin_board.hpp"
#include "shardlog/segment_pool.hpp"
#include "shardlog/shard_map.hpp"

namespace millbeck::shardlog {

// A segment goes when it is sealed, wholly at or below what was released, below every pin, and
// either older than the longest retention of the streams in it or more than the bytes allow. The
// oldest goes first; the first that must stay keeps all after it. What the bytes take before its
// time is counted, and told once an hour at most. Where there is an archive, it is there first.
// Threads: maintain's; release() by any.
class Retention {
  public:
    // All references outlive it.
    Retention(base::FileSystem& files, base::Path folder, const base::Clock& clock,
              LogMetrics& metrics, LogState& state, SegmentPool& pool, ShardMap& map,
              const PinBoard& pins, Archive& archive, const LogOptions& options);

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
    static base::Status settle_past(const SegmentList& segments);
    struct Expired {
        SegmentList segments;
        std::uint64_t early_records = 0;  // of them, not yet past their retention
    };
    [[nodiscard]] Expired expired() const;
    [[nodiscard]] std::map<ShardNumber, base::Milliseconds> long_shards() const;
    base::Status archive(const SegmentList& segments);
    void tell_early(std::uint64_t records);
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
    Archive& archive_;
    const LogOptions options_;
    // By how much the streams of these tables keep their records longer than others.
    const std::map<TableName, base::Milliseconds> longer_;
    std::atomic<std::uint64_t> released_{0};
    base::Instant early_told_again_{};  // no line about early trimming before then
};

}  // namespace millbeck::shardlog
