#include "shardlog/segment_pool.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {
namespace {

using base::OpenMode;
using base::Result;
using base::Status;

constexpr std::uint64_t kZeroChunkBytes = 1u << 20;
// Zeros are synced in steps, so that the disk is never asked for a whole segment at once while the
// writer waits for its own few kilobytes.
constexpr std::uint64_t kZeroSyncBytes = 8u << 20;

}  // namespace

SegmentPool::SegmentPool(base::FileSystem& files, base::Path folder, std::uint64_t segment_bytes)
    : files_(files), folder_(std::move(folder)), segment_bytes_(segment_bytes) {}

Status SegmentPool::adopt(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const bool is_unfinished = parse_numbered_name(name, kUnfinishedSuffix).has_value();
        const auto spare = parse_numbered_name(name, kSpareSuffix);
        if (!is_unfinished && !spare) {
            continue;
        }
        const base::Path path = folder_ / name;
        std::uint64_t bytes = 0;
        if (spare) {
            MB_TRY(const auto file, files_.open(path, OpenMode::Read));
            MB_TRY(bytes, file->size());
            const base::MutexLock lock(mutex_);
            next_number_ = std::max(next_number_, *spare + 1);
            if (!spare_ && bytes == segment_bytes_) {
                spare_ = Spare{.path = path};  // of unknown content
                continue;
            }
        }
        MB_TRY_STATUS(files_.remove(path));
    }
    return {};
}

base::Path SegmentPool::next_path(std::string_view suffix) {
    const base::MutexLock lock(mutex_);
    return folder_ / numbered_name(next_number_++, suffix);
}

bool SegmentPool::has_spare() const {
    const base::MutexLock lock(mutex_);
    return spare_.has_value();
}

// The header is durable before the name exists, so a segment that has a name has a header.
Status SegmentPool::finish(base::File& file, const base::Path& from, SegmentHeader& header) {
    MB_TRY_STATUS(file.write_at(0, encode_segment_header(header)));
    MB_TRY_STATUS(file.sync_data());
    MB_TRY_STATUS(files_.rename(from, segment_path(folder_, header.first)));
    Status synced = files_.sync_folder(folder_);
    if (!synced) {
        static_cast<void>(files_.remove(segment_path(folder_, header.first)));
    }
    return synced;
}

Result<std::unique_ptr<base::File>> SegmentPool::take(SegmentHeader& header) {
    std::optional<Spare> spare;
    {
        const base::MutexLock lock(mutex_);
        spare_.swap(spare);
    }
    const base::Path path = spare ? spare->path : next_path(kUnfinishedSuffix);
    header.is_recycled = spare && spare->held_frames;
    MB_TRY(auto file, files_.open(path, spare ? OpenMode::ReadWrite : OpenMode::Create));
    Status made = spare ? Status{} : file->reserve(segment_bytes_);
    if (made) {
        made = finish(*file, path, header);
    }
    if (!made) {
        static_cast<void>(files_.remove(path));
        return base::with_context("make a segment", std::move(made).error());
    }
    return file;
}

// One is enough: a second one is removed.
Status SegmentPool::keep(const Spare& spare) {
    {
        const base::MutexLock lock(mutex_);
        if (!spare_) {
            spare_ = spare;
            return {};
        }
    }
    return files_.remove(spare.path);
}

Status SegmentPool::give_back(SequenceNumber first) {
    const base::Path spare = next_path(kSpareSuffix);
    MB_TRY_STATUS(files_.rename(segment_path(folder_, first), spare));
    MB_TRY_STATUS(files_.sync_folder(folder_));
    return keep({.path = spare});
}

Status SegmentPool::write_zeros(base::File& file) const {
    const std::string zeros(std::min(kZeroChunkBytes, segment_bytes_), '\0');
    MB_TRY_STATUS(file.reserve(segment_bytes_));
    std::uint64_t unsynced = 0;
    for (std::uint64_t at = 0; at < segment_bytes_; at += zeros.size()) {
        const std::uint64_t bytes = std::min<std::uint64_t>(zeros.size(), segment_bytes_ - at);
        MB_TRY_STATUS(file.write_at(at, std::string_view(zeros).substr(0, bytes)));
        unsynced += bytes;
        if (unsynced >= kZeroSyncBytes || at + bytes == segment_bytes_) {
            MB_TRY_STATUS(file.sync_data());
            unsynced = 0;
        }
    }
    return {};
}

// Leaves nothing behind when it fails.
Status SegmentPool::make_zeroed(const base::Path& path) {
    MB_TRY(const auto file, files_.open(path, OpenMode::Create));
    Status made = write_zeros(*file);
    if (!made) {
        static_cast<void>(files_.remove(path));
    }
    if (!made && made.error().code == base::Code::NoSpace) {
        // The same words at every try, whatever the file is called: it is told once.
        return base::fail(base::Code::NoSpace,
                          fmt::format("there is no room for the next segment, {} bytes in {}",
                                      segment_bytes_, folder_.native()));
    }
    return made;
}

Status SegmentPool::prepare() {
    if (has_spare()) {
        return {};
    }
    const base::Path unfinished = next_path(kUnfinishedSuffix);
    const base::Path spare = next_path(kSpareSuffix);
    Status made = make_zeroed(unfinished);
    if (made) {
        made = files_.rename(unfinished, spare);
    }
    if (!made) {
        static_cast<void>(files_.remove(unfinished));
        return base::with_context("prepare the next segment", std::move(made).error());
    }
    return keep({.path = spare, .held_frames = false});
}

Status SegmentPool::prove_room() {
    if (!has_spare()) {
        return prepare();
    }
    const base::Path path = next_path(kUnfinishedSuffix);
    MB_TRY_STATUS(make_zeroed(path));
    return files_.remove(path);
}

Status SegmentPool::recycle(SequenceNumber first, std::uint64_t file_bytes) {
    if (has_spare() || file_bytes != segment_bytes_) {
        return files_.remove(segment_path(folder_, first));
    }
    const base::Path spare = next_path(kSpareSuffix);
    MB_TRY_STATUS(files_.rename(segment_path(folder_, first), spare));
    return keep({.path = spare});
}

}  // namespace millbeck::shardlog
