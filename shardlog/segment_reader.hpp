// One segment's file read from end to end, as recovery needs it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

struct ReadSegment {
    std::shared_ptr<Segment> segment;  // published up to the last whole frame, its index filled
    SegmentEnd end;
    std::uint64_t torn_bytes = 0;       // behind the end, of a write that was cut short
    std::uint64_t unproven_offset = 0;  // of the first frame not known to be durable, or the end
};

// The header, checked against the name. Corrupt: damaged, short, newer, or another segment's.
base::Result<SegmentHeader> read_segment_header(base::File& file, SequenceNumber first);

// Reads every frame. `durable`: positions up to here are known to be on disk.
base::Result<ReadSegment> read_segment(base::FileSystem& files, const base::Path& folder,
                                       base::File& file, SequenceNumber first,
                                       SequenceNumber durable);

// Writes the unproven frames once more and syncs. They may be in the page cache alone, and marked
// clean there by a sync that failed before: a second sync would not write them, a write does.
base::Status make_durable(base::File& file, const ReadSegment& read);

}  // namespace millbeck::shardlog
