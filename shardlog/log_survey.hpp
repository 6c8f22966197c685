// What the log's files hold, segment by segment, read beside a running log: for people and for
// checks, not for readers of records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

// Damaged places that are named; more are only counted.
inline constexpr std::size_t kDamageNamedMax = 100;

struct LogDamage {
    std::string file;  // its name in the log's folder
    std::uint64_t offset = 0;
    std::string what;
};

struct LogCheck {
    SequenceNumber first;  // the oldest and the newest position that were looked at
    SequenceNumber last;
    std::uint64_t segments = 0;
    std::uint64_t frames = 0;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // of segments, read
    std::uint64_t archived_segments = 0;
    std::uint64_t archived_records = 0;
    std::uint64_t archived_bytes = 0;  // uncompressed
    std::uint64_t indexes = 0;         // of shards, and of the past
    std::uint64_t indexes_absent = 0;  // of the growing segment, and of those sealed just now
    std::uint64_t damaged = 0;
    std::vector<LogDamage> damage;  // the first of them
    bool is_cancelled = false;
};

struct LogCheckDoors {
    SequenceNumber published;  // of the log, before the check; what is newer is not looked at
    // The log's oldest position now: what retention takes meanwhile is passed over.
    std::function<SequenceNumber()> oldest;
    // The same of the past, with the archive.
    std::function<SequenceNumber()> oldest_past;
    // How much of the segments' bytes is read; false ends the check. About every 4 MB.
    std::function<bool(std::uint64_t read, std::uint64_t all)> go_on;
};

// Reads every segment from end to end: header, then each frame's place, checksum and link to the
// one before; each record's place in its frame; that one segment begins where the one before ends.
// Then each index file: its checksums, and that it names exactly the segment's records, in order
// and where they are. Then the archive: see check_archive(). Behind a damaged frame the rest of its
// segment cannot be read. Memory: 4 MB or one frame. Reads with pread(2), so that a failing disk is
// told and does not end the process. Errors: Io when the folder cannot be listed; all else is
// damage.
base::Result<LogCheck> check_log(base::FileSystem& files, const base::Path& folder,
                                 const LogCheckDoors& doors);

// A segment as its index file, or, without one, its frames tell.
struct SegmentFacts {
    SequenceNumber first;
    SequenceNumber last;  // first - 1: it is empty
    base::WallTime first_time{};
    base::WallTime newest_time{};
    std::uint64_t used_bytes = 0;
    std::uint64_t file_bytes = 0;
    bool is_sealed = false;
};

// Oldest first; not beyond `published`. The growing one is read whole (64 MB in some 20 ms).
// Errors: Io, Corrupt.
base::Result<std::vector<SegmentFacts>> survey_log(base::FileSystem& files,
                                                   const base::Path& folder,
                                                   SequenceNumber published);

}  // namespace millbeck::shardlog
