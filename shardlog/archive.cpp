#include "shardlog/archive.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {

using base::Result;
using base::Status;

Result<std::unique_ptr<Archive>> Archive::open(base::FileSystem& files, base::Path folder,
                                               const LogOptions& options) {
    std::unique_ptr<Archive> archive(new Archive(files, std::move(folder), options));
    MB_TRY_STATUS(archive->load());
    return archive;
}

// A file that cannot be read is told and left where it is: what is behind it can be read, and
// somebody may have a copy.
Status Archive::load() {
    MB_TRY(const bool exists, files_.exists(folder_));
    if (!exists) {
        return takes() ? files_.create_folders(folder_) : Status{};
    }
    MB_TRY(const std::vector<std::string> names, files_.list(folder_));
    ArchiveList found;
    for (const std::string& name : names) {
        if (parse_numbered_name(name, kUnfinishedArchiveSuffix)) {
            MB_TRY_STATUS(files_.remove(folder_ / name));
        }
        if (!parse_numbered_name(name, kArchiveSuffix)) {
            continue;
        }
        auto segment = ArchivedSegment::open(files_, folder_ / name);
        if (segment) {
            found.push_back(std::move(*segment));
        } else {
            base::log(base::LogLevel::Error, "shardlog", "cannot use a file of the archive",
                      {{"error", segment.error().message}});
        }
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a->first() < b->first(); });
    replace(std::move(found));
    return {};
}

Archive::List Archive::list() const {
    const base::MutexLock lock(mutex_);
    return list_;
}

void Archive::replace(ArchiveList list) {
    auto next = std::make_shared<const ArchiveList>(std::move(list));
    const base::MutexLock lock(mutex_);
    list_.swap(next);
}

base::Path Archive::path(SequenceNumber first) const {
    return folder_ / numbered_name(first.position(), kArchiveSuffix);
}

ArchiveList Archive::before(SequenceNumber log_first) const {
    const List all = list();
    ArchiveList joined;
    SequenceNumber next = log_first;
    for (auto at = all->rbegin(); at != all->rend(); ++at) {
        if ((*at)->first() >= log_first) {
            continue;  // still in the log as well
        }
        if ((*at)->last().next() != next) {
            break;
        }
        next = (*at)->first();
        joined.push_back(*at);
    }
    std::reverse(joined.begin(), joined.end());
    return joined;
}

Status Archive::add(Segment& segment) {
    const List before = list();
    if (segment.empty() || std::any_of(before->begin(), before->end(), [&](const auto& known) {
            return known->first() == segment.first();
        })) {
        return {};
    }
    const SegmentExtent extent = segment.extent();
    const PastExtent past{
        .first = segment.first(), .last = extent.last, .used_bytes = extent.used_bytes};
    MB_TRY(const std::string index, segment.encoded_past());
    MB_TRY(const FrameSpan frames, segment.frames_at(kSegmentHeaderBytes));
    MB_TRY(const std::string bytes,
           encode_archive({.extent = past, .newest_time_ms = extent.newest_time_ms}, frames.bytes,
                          frames.begin, index, segment.name()));
    MB_TRY_STATUS(base::write_atomically(files_, path(segment.first()), bytes));
    MB_TRY(auto archived, ArchivedSegment::open(files_, path(segment.first())));
    ArchiveList next = *before;
    next.push_back(std::move(archived));
    replace(std::move(next));
    return {};
}

Status Archive::expire(base::WallTime now, SequenceNumber pinned) {
    if (!takes()) {
        return {};
    }
    const std::int64_t oldest_kept_ms = base::to_millis(now) - options_.archive_retention.count();
    ArchiveList left = *list();
    std::uint64_t bytes = 0;
    for (const auto& segment : left) {
        bytes += segment->file_bytes();
    }
    while (!left.empty() && left.front()->last() < pinned &&
           (left.front()->newest_time_ms() <= oldest_kept_ms ||
            (options_.archive_bytes > 0 && bytes > options_.archive_bytes))) {
        const auto gone = left.front();
        bytes -= gone->file_bytes();
        left.erase(left.begin());
        replace(left);
        MB_TRY_STATUS(files_.remove(path(gone->first())));
    }
    return {};
}

void Archive::compact() {
    is_compacting_.store(true);
}

// What is written anew takes the place of the old file in one step; readers that have the old one
// mapped keep it.
Status Archive::compact_one() {
    if (!is_compacting()) {
        return {};
    }
    ArchiveList next = *list();
    const auto found = std::find_if(next.begin(), next.end(), [](const auto& segment) {
        return segment->compression() != Compression::Small;
    });
    if (found == next.end()) {
        is_compacting_.store(false);
        return {};
    }
    MB_TRY(const std::string bytes, (*found)->encoded(Compression::Small));
    MB_TRY_STATUS(base::write_atomically(files_, path((*found)->first()), bytes));
    MB_TRY(*found, ArchivedSegment::open(files_, path((*found)->first())));
    replace(std::move(next));
    return {};
}

void Archive::rest() {
    const List all = list();
    for (const auto& segment : *all) {
        segment->rest();
    }
}

void Archive::tell(LogStats& stats) const {
    const List all = list();
    stats.archived_segments = all->size();
    for (const auto& segment : *all) {
        stats.archived_bytes += segment->file_bytes();
        stats.archived_raw_bytes += segment->used_bytes();
        const bool is_due = is_compacting() && segment->compression() != Compression::Small;
        stats.to_compact += is_due ? 1U : 0U;
    }
}

}  // namespace millbeck::shardlog
