// What retention takes from the log and is kept all the same, compressed: for history.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/archive_file.hpp"
#include "shardlog/segment.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::shardlog {

using ArchiveList = std::vector<std::shared_ptr<ArchivedSegment>>;

// A folder of archive files. Without archive_retention nothing comes and nothing goes; what is
// there can be read.
// Invariants: a file is whole and durable before its segment leaves the log. Readers take the log's
//             list of segments first and this one's then: what is in neither was never there.
// Threads:    add(), expire() and rest() by maintain; the rest by any.
// Errors:     NoSpace, Io, Corrupt.
class Archive {
  public:
    static base::Result<std::unique_ptr<Archive>> open(base::FileSystem& files, base::Path folder,
                                                       const LogOptions& options);

    [[nodiscard]] bool takes() const { return options_.archive_retention.count() > 0; }

    // Those that join on to the log without a gap, whose oldest position is `log_first`; oldest
    // first.
    [[nodiscard]] ArchiveList before(SequenceNumber log_first) const;

    // Requires: sealed. Idempotent.
    base::Status add(Segment& segment);

    // Removes what is too old or too much, the oldest first, and nothing at or behind `pinned`.
    base::Status expire(base::WallTime now, SequenceNumber pinned);

    // Wishes that all files become as small as they can be; compact_one() does it, a file a call,
    // by maintain. By any thread.
    void compact();
    [[nodiscard]] bool is_compacting() const { return is_compacting_.load(); }
    base::Status compact_one();

    void rest();

    // segments, bytes, raw bytes
    void tell(LogStats& stats) const;

  private:
    using List = std::shared_ptr<const ArchiveList>;

    Archive(base::FileSystem& files, base::Path folder, const LogOptions& options)
        : files_(files), folder_(std::move(folder)), options_(options) {}
    base::Status load();
    [[nodiscard]] List list() const;
    void replace(ArchiveList list);
    [[nodiscard]] base::Path path(SequenceNumber first) const;

    base::FileSystem& files_;
    const base::Path folder_;
    const LogOptions options_;
    mutable base::Mutex mutex_;
    List list_ MB_GUARDED_BY(mutex_) = std::make_shared<const ArchiveList>();
    std::atomic<bool> is_compacting_{false};
};

}  // namespace millbeck::shardlog
