// Index files of sealed segments. See retention.hpp.
#include "shardlog/log_files.hpp"
#include "shardlog/retention.hpp"

namespace millbeck::shardlog {

using base::Status;

Status Retention::settle() {
    const auto segments = state_.segments();
    for (const auto& segment : *segments) {
        if (segment->sealed() && !segment->settled()) {
            MB_TRY_STATUS(settle(*segment));
        }
    }
    return settle_past(*segments);
}

// One a call at most: the whole segment is read for it.
Status Retention::settle_past(const SegmentList& segments) {
    for (const auto& segment : segments) {
        if (segment->settled()) {
            MB_TRY(const bool is_written, segment->settle_past());
            if (is_written) {
                break;
            }
        }
    }
    return {};
}

Status Retention::settle(Segment& segment) {
    const SegmentExtent extent = segment.extent();
    MB_TRY(const auto index, segment.index());
    const std::string bytes = encode_index({.first = segment.first(),
                                            .last = extent.last,
                                            .first_time_ms = extent.first_time_ms,
                                            .newest_time_ms = extent.newest_time_ms,
                                            .used_bytes = extent.used_bytes},
                                           *index);
    MB_TRY_STATUS(base::write_atomically(files_, index_path(folder_, segment.first()), bytes));
    segment.settle();
    if (extent.used_bytes < segment.file_bytes() / 2) {
        MB_TRY(const auto file, files_.open(segment.path(), base::OpenMode::ReadWrite));
        segment.shorten(extent.used_bytes);
        MB_TRY_STATUS(file->truncate(extent.used_bytes));
    }
    return {};
}

}  // namespace millbeck::shardlog
