// What the files say the log is: which segments there are, where the last whole frame ends, and
// what of the rest can be trusted.
#pragma once

#include <cstdint>
#include <optional>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/log_writer.hpp"
#include "shardlog/segment_pool.hpp"
#include "shardlog/shard_store.hpp"

namespace millbeck::shardlog {

struct RecoveredLog {
    SegmentList segments;          // the last one grows; empty: the log is new
    WriteHead head;                // in the last segment
    std::uint64_t torn_bytes = 0;  // behind the last whole frame, from writes never synced
};

// Sealed segments are believed by the header of their index file, read in full only where that is
// missing, damaged or does not fit; the last segment is read in full. What was read that way and is
// not known to be durable is written once more and synced, so that nothing is shown that a power
// cut could still take. Segments begun by a group that never became durable are taken back.
// Finishes a trim that was cut short. Errors: Corrupt (a segment is missing, short, foreign or
// damaged below the tail; or the log ends
//         before a position that was durable), Io.
base::Result<RecoveredLog> recover_log(base::FileSystem& files, const base::Path& folder,
                                       const LogNumbers& numbers, SegmentPool& pool);

}  // namespace millbeck::shardlog
