// What people have wished of streams for their own tests: trimmed up to a position, iterators that
// are handed out already expired. Kept in memory: a restart forgets it.
#pragma once

#include <map>
#include <optional>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

struct StreamMark {
    std::optional<shardlog::SequenceNumber> trimmed_to = {};  // the first position that can be read
    std::optional<base::WallTime> expired_through = {};  // iterators issued then or before: expired
};

// Invariants: marks only move forward. There is at most one for each stream.
// Threads:    any.
class StreamMarks {
  public:
    // Returns the mark that stands: never before the one there was.
    shardlog::SequenceNumber trim(shardlog::StreamId stream, shardlog::SequenceNumber to);
    [[nodiscard]] std::optional<shardlog::SequenceNumber> trimmed_to(
        shardlog::StreamId stream) const;

    // Every iterator that was issued before this call is expired, none that is issued after it,
    // also within the same millisecond.
    void expire_iterators(shardlog::StreamId stream, base::WallTime now);
    [[nodiscard]] bool is_expired(shardlog::StreamId stream, base::WallTime issued) const;

    // What an iterator that is handed out now says of its age.
    [[nodiscard]] base::WallTime issue_time(shardlog::StreamId stream, base::WallTime now) const;

    [[nodiscard]] std::map<shardlog::StreamId, StreamMark> all() const;

  private:
    [[nodiscard]] StreamMark mark(shardlog::StreamId stream) const;

    mutable base::Mutex mutex_;
    std::map<shardlog::StreamId, StreamMark> marks_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
