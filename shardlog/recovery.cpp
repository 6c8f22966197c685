#include "shardlog/recovery.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/log_files.hpp"
#include "shardlog/segment_reader.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::OpenMode;
using base::Result;
using base::Status;

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
        MB_TRY_STATUS(remove_stray_indexes());
        return log;
    }

  private:
    [[nodiscard]] std::string name(std::size_t i) const {
        return numbered_name(firsts_[i].position(), kSegmentSuffix);
    }

    // Finds the segments; removes those that a trim left behind.
    Status list() {
        MB_TRY(const std::vector<std::string> names, files_.list(folder_));
        MB_TRY_STATUS(pool_.adopt(names));
        names_ = names;
        for (const std::string& name : names) {
            const auto first = parse_numbered_name(name, kSegmentSuffix);
            if (first && *first >= numbers_.first_retained.position()) {
                firsts_.emplace_back(*first);
            } else if (first) {
                MB_TRY_STATUS(files_.remove(folder_ / name));
            }
        }
        return check_list();
    }

    // Removes index files without a segment, once it is known that no segment is missing.
    Status remove_stray_indexes() {
        for (const std::string& name : names_) {
            const auto index = parse_numbered_name(name, kIndexSuffix);
            const auto first = index ? index : parse_numbered_name(name, kPastSuffix);
            const bool has_segment =
                first && std::binary_search(firsts_.begin(), firsts_.end(), SequenceNumber{*first});
            if ((first && !has_segment) || parse_numbered_name(name, kUnfinishedIndexSuffix) ||
                parse_numbered_name(name, kUnfinishedPastSuffix)) {
                MB_TRY_STATUS(files_.remove(folder_ / name));
            }
        }
        return {};
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
        MB_TRY(const auto file, files_.open(folder_ / name(i), OpenMode::ReadWrite));
        MB_TRY(const std::uint64_t bytes, file->size());
        const auto summary = load_summary(files_, index_path(folder_, firsts_[i]));
        const bool is_ours = summary && summary->first == firsts_[i];
        if (is_ours && bytes < summary->used_bytes) {
            return damaged(name(i), bytes, "the file is shorter than what it held");
        }
        if (is_ours && summary->last.next() == next) {
            MB_TRY([[maybe_unused]] const SegmentHeader header,
                   read_segment_header(*file, firsts_[i]));
            auto segment = std::make_shared<Segment>(files_, folder_, firsts_[i], bytes, nullptr);
            segment->publish({.used_bytes = summary->used_bytes,
                              .last = summary->last,
                              .first_time_ms = summary->first_time_ms,
                              .newest_time_ms = summary->newest_time_ms});
            segment->seal();
            return segment;
        }
        MB_TRY(ReadSegment read,
               read_segment(files_, folder_, *file, firsts_[i], numbers_.durable_through));
        if (read.end.next == next) {
            MB_TRY_STATUS(make_durable(*file, read));
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

    // True: no segment after the i-th holds a whole frame.
    [[nodiscard]] Result<bool> all_empty_behind(std::size_t i) const {
        for (std::size_t later = i + 1; later < firsts_.size(); ++later) {
            MB_TRY(const auto file, files_.open(folder_ / name(later), OpenMode::Read));
            MB_TRY(const SegmentHeader header, read_segment_header(*file, firsts_[later]));
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
        MB_TRY(ReadSegment read,
               read_segment(files_, folder_, *file, firsts_[i], numbers_.durable_through));
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
        MB_TRY_STATUS(make_durable(*file, read));
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
    std::vector<std::string> names_;  // what the folder holds
    std::vector<SequenceNumber> firsts_;
};

}  // namespace

Result<RecoveredLog> recover_log(base::FileSystem& files, const base::Path& folder,
                                 const LogNumbers& numbers, SegmentPool& pool) {
    return Recovery(files, folder, numbers, pool).run();
}

}  // namespace millbeck::shardlog
