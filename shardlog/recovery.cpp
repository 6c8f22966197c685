#include "shardlog/recovery.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::OpenMode;
using base::Result;
using base::Status;

// A segment read from its first frame to its last whole one.
struct ReadSegment {
    std::shared_ptr<Segment> segment;  // published, its index filled
    SegmentEnd end;
    std::uint64_t torn_bytes = 0;
};

// Bytes behind the last whole frame that look like a write cut short: up to the first 4 KB that
// hold only zeros. Old frames of a recycled file carry smaller positions and are no such bytes.
std::uint64_t count_torn(std::string_view bytes, const SegmentEnd& end) {
    const std::optional<FrameHeader> next = peek_frame(bytes, end.offset);
    if (next && next->first < end.next.position() && next->first != 0) {
        return 0;
    }
    constexpr std::size_t kBlockBytes = 4096;
    std::uint64_t torn = 0;
    for (std::uint64_t at = end.offset; at < bytes.size(); at += kBlockBytes) {
        const std::size_t last = bytes.substr(at, kBlockBytes).find_last_not_of('\0');
        if (last == std::string_view::npos) {
            break;
        }
        torn = at + last + 1 - end.offset;
    }
    return torn;
}

class Recovery {
  public:
    Recovery(base::FileSystem& files, const base::Path& folder, const LogNumbers& numbers,
             SegmentPool& pool)
        : files_(files), folder_(folder), numbers_(numbers), pool_(pool) {}

    Result<RecoveredLog> run() {
        MB_TRY_STATUS(list());
        if (firsts_.empty()) {
            return RecoveredLog{};
        }
        RecoveredLog log;
        for (std::size_t i = 0; i + 1 < firsts_.size(); ++i) {
            MB_TRY(auto sealed, open_sealed(i));
            if (sealed == nullptr) {
                MB_TRY_STATUS(drop_behind(i));
                break;
            }
            log.segments.push_back(std::move(sealed));
        }
        MB_TRY_STATUS(open_tail(log));
        return log;
    }

  private:
    [[nodiscard]] std::string name(std::size_t i) const {
        return numbered_name(firsts_[i].position(), kSegmentSuffix);
    }

    // Finds the segments; removes what a trim or a rewrite of an index left behind.
    Status list() {
        MB_TRY(const std::vector<std::string> names, files_.list(folder_));
        MB_TRY_STATUS(pool_.adopt(names));
        for (const std::string& name : names) {
            const auto first = parse_numbered_name(name, kSegmentSuffix);
            if (first && *first >= numbers_.first_retained.position()) {
                firsts_.emplace_back(*first);
            } else if (first) {
                MB_TRY_STATUS(files_.remove(folder_ / name));
            }
        }
        for (const std::string& name : names) {
            const auto first = parse_numbered_name(name, kIndexSuffix);
            const bool has_segment =
                first && std::binary_search(firsts_.begin(), firsts_.end(), SequenceNumber{*first});
            if ((first && !has_segment) || parse_numbered_name(name, ".idx.tmp")) {
                MB_TRY_STATUS(files_.remove(folder_ / name));
            }
        }
        return check_list();
    }

    [[nodiscard]] Status check_list() const {
        const bool is_new = numbers_.durable_through == SequenceNumber{};
        if (firsts_.empty() && !is_new) {
            return fail(
                Code::Corrupt,
                fmt::format("log {}: all segments are missing, the log reached position {}; "
                            "restore the folder from a copy",
                            folder_.native(), numbers_.durable_through.to_string()));
        }
        if (!firsts_.empty() && numbers_.epoch == 0) {
            return fail(Code::Corrupt,
                        fmt::format("log {}: there are segments, but {} is missing or empty; "
                                    "restore it from a copy",
                                    folder_.native(), kShardsDatabase));
        }
        if (!firsts_.empty() && firsts_.front() != numbers_.first_retained) {
            return missing(numbers_.first_retained, firsts_.front());
        }
        return {};
    }

    [[nodiscard]] Status missing(SequenceNumber from, SequenceNumber to) const {
        return fail(Code::Corrupt,
                    fmt::format("log {}: positions {} to just before {} are missing: a segment "
                                "file is gone; restore it from a copy",
                                folder_.native(), from.to_string(), to.to_string()));
    }

    // Null: the segment is the true tail, nothing durable lies behind it.
    Result<std::shared_ptr<Segment>> open_sealed(std::size_t i) {
        const SequenceNumber next = firsts_[i + 1];
        MB_TRY(const auto file, files_.open(folder_ / name(i), OpenMode::Read));
        MB_TRY(const std::uint64_t bytes, file->size());
        const auto summary = load_summary(files_, index_path(folder_, firsts_[i]));
        const bool is_ours = summary && summary->first == firsts_[i];
        if (is_ours && bytes < summary->used_bytes) {
            return damaged(name(i), bytes, "the file is shorter than what it held");
        }
        if (is_ours && summary->last.next() == next) {
            MB_TRY_STATUS(read_header(*file, i));
            auto segment = std::make_shared<Segment>(files_, folder_, firsts_[i], bytes, nullptr);
            segment->publish({.used_bytes = summary->used_bytes,
                              .last = summary->last,
                              .first_time_ms = summary->first_time_ms,
                              .newest_time_ms = summary->newest_time_ms});
            segment->seal();
            return segment;
        }
        MB_TRY(ReadSegment read, read_all(*file, i));
        if (read.end.next == next) {
            read.segment->seal();
            return read.segment;
        }
        MB_TRY(const bool is_tail, all_empty_behind(i));
        if (is_tail && read.end.next < next && !is_ours) {
            return std::shared_ptr<Segment>();
        }
        if (is_ours && summary->last.next() == read.end.next) {
            MB_TRY_STATUS(missing(read.end.next, next));
        }
        return damaged(name(i), read.end.offset,
                       "a frame's checksum or position does not match, or the next segment's file "
                       "is gone");
    }

    Result<SegmentHeader> read_header(base::File& file, std::size_t i) const {
        std::string bytes(kSegmentHeaderBytes, '\0');
        MB_TRY(const std::size_t count, file.read_at(0, bytes));
        MB_TRY(const SegmentHeader header,
               parse_segment_header(std::string_view(bytes).substr(0, count), name(i)));
        if (header.first != firsts_[i]) {
            return fail(Code::Corrupt,
                        fmt::format("segment {} carries the header of another: it starts at {}",
                                    name(i), header.first.to_string()));
        }
        return header;
    }

    Result<ReadSegment> read_all(base::File& file, std::size_t i) const {
        MB_TRY(const SegmentHeader header, read_header(file, i));
        MB_TRY(const std::uint64_t size, file.size());
        MB_TRY(const auto mapping, file.map(size));
        const std::string_view bytes = mapping->bytes();
        auto index = std::make_shared<GrowingIndex>();
        ReadSegment read{
            .segment = std::make_shared<Segment>(files_, folder_, firsts_[i], size, index),
            .end = segment_start(header)};
        SegmentExtent extent = read.segment->extent();
        for (;;) {
            const std::uint64_t offset = read.end.offset;
            const std::optional<FrameView> frame = next_frame(bytes, read.end);
            if (!frame) {
                break;
            }
            MB_TRY_STATUS(index_frame(*frame, offset, name(i), *index));
            const std::int64_t time_ms = frame->header().time_ms;
            if (extent.last < firsts_[i]) {
                extent.first_time_ms = time_ms;
                extent.newest_time_ms = time_ms;
            }
            extent.newest_time_ms = std::max(extent.newest_time_ms, time_ms);
            extent.last = frame->last();
            extent.used_bytes = read.end.offset;
        }
        read.segment->publish(extent);
        read.torn_bytes = count_torn(bytes, read.end);
        return read;
    }

    // True: no segment after the i-th holds a whole frame.
    [[nodiscard]] Result<bool> all_empty_behind(std::size_t i) const {
        for (std::size_t later = i + 1; later < firsts_.size(); ++later) {
            MB_TRY(const auto file, files_.open(folder_ / name(later), OpenMode::Read));
            MB_TRY(const SegmentHeader header, read_header(*file, later));
            MB_TRY(const std::uint64_t size, file->size());
            MB_TRY(const auto mapping, file->map(size));
            SegmentEnd end = segment_start(header);
            if (next_frame(mapping->bytes(), end)) {
                return false;
            }
        }
        return true;
    }

    Status drop_behind(std::size_t i) {
        while (firsts_.size() > i + 1) {
            MB_TRY_STATUS(pool_.give_back(firsts_.back()));
            firsts_.pop_back();
        }
        return {};
    }

    Status open_tail(RecoveredLog& log) {
        const std::size_t i = firsts_.size() - 1;
        const auto summary = load_summary(files_, index_path(folder_, firsts_[i]));
        if (summary && summary->first == firsts_[i]) {
            // Only a sealed segment has an index file, and only a newer segment seals one.
            return fail(Code::Corrupt,
                        fmt::format("log {}: the segment that starts at {} is missing; restore it "
                                    "from a copy",
                                    folder_.native(), summary->last.next().to_string()));
        }
        MB_TRY(std::shared_ptr<base::File> file,
               files_.open(folder_ / name(i), OpenMode::ReadWrite));
        MB_TRY(ReadSegment read, read_all(*file, i));
        const std::uint64_t reached = read.end.next.position() - 1;
        if (reached < numbers_.durable_through.position()) {
            return damaged(name(i), read.end.offset,
                           fmt::format("the log ends at position {}, it was durable through {}",
                                       SequenceNumber{reached}.to_string(),
                                       numbers_.durable_through.to_string()));
        }
        if (read.end.epoch > numbers_.epoch) {
            return fail(Code::Corrupt, fmt::format("log {}: {} is older than the segments; restore "
                                                   "it from a copy",
                                                   folder_.native(), kShardsDatabase));
        }
        MB_TRY_STATUS(file->sync_data());
        log.torn_bytes = read.torn_bytes;
        log.head = {.segment = read.segment,
                    .file = std::move(file),
                    .extent = read.segment->extent(),
                    .next = read.end.next,
                    .link = read.end.link};
        log.segments.push_back(std::move(read.segment));
        return {};
    }

    base::FileSystem& files_;
    const base::Path& folder_;
    const LogNumbers& numbers_;
    SegmentPool& pool_;
    std::vector<SequenceNumber> firsts_;
};

}  // namespace

Result<RecoveredLog> recover_log(base::FileSystem& files, const base::Path& folder,
                                 const LogNumbers& numbers, SegmentPool& pool) {
    return Recovery(files, folder, numbers, pool).run();
}

}  // namespace millbeck::shardlog
