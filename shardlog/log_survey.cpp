#include "shardlog/log_survey.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shardlog/archive_check.hpp"
#include "shardlog/frame_walk.hpp"
#include "shardlog/index_check.hpp"
#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {

using base::Code;
using base::Result;
using base::Status;

namespace {

constexpr std::uint64_t kTellEveryBytes = 4U << 20U;

class Check {
  public:
    Check(base::FileSystem& files, const base::Path& folder, const LogCheckDoors& doors)
        : files_(files), folder_(folder), doors_(doors) {}

    Result<LogCheck> run() {
        MB_TRY(const auto firsts, list_numbered(files_, folder_, kSegmentSuffix));
        for (const SequenceNumber first : firsts) {
            all_bytes_ += size_of(first);
        }
        if (!firsts.empty() && firsts.front() > doors_.oldest()) {
            note(numbered_name(doors_.oldest().position(), kSegmentSuffix), 0,
                 "the segment is missing");
        }
        for (std::size_t i = 0; i < firsts.size() && !check_.is_cancelled; ++i) {
            const bool is_newest = i + 1 == firsts.size();
            const SequenceNumber last = is_newest
                                            ? doors_.published
                                            : SequenceNumber{std::min(firsts[i + 1].position() - 1,
                                                                      doors_.published.position())};
            if (firsts[i] > doors_.published) {
                break;
            }
            // What grew or was sealed since the check began is not compared with its index.
            const bool is_whole = !is_newest && last.next() == firsts[i + 1];
            segment(firsts[i], last, is_whole);
        }
        if (!check_.is_cancelled) {
            MB_TRY(check_.archived_segments, archive());
        }
        return std::move(check_);
    }

  private:
    std::uint64_t size_of(SequenceNumber first) {
        const auto file = files_.open(segment_path(folder_, first), base::OpenMode::Read);
        return file ? (*file)->size().value_or(std::uint64_t{0}) : 0;
    }

    void note(std::string file, std::uint64_t offset, std::string what) {
        ++check_.damaged;
        if (check_.damage.size() < kDamageNamedMax) {
            check_.damage.push_back({std::move(file), offset, std::move(what)});
        }
    }

    Result<std::uint64_t> archive() {
        return check_archive(files_, folder_ / kArchiveFolder,
                             {.damaged =
                                  [this](std::string file, std::uint64_t offset, std::string what) {
                                      note(std::move(file), offset, std::move(what));
                                  },
                              .go_on =
                                  [this](std::uint64_t records, std::uint64_t bytes) {
                                      check_.archived_records += records;
                                      check_.archived_bytes += bytes;
                                      return tell();
                                  },
                              .oldest = doors_.oldest_past});
    }

    // Retention may take a file at any moment: then what was seen of it counts for nothing.
    void segment(SequenceNumber first, SequenceNumber last, bool is_whole) {
        const LogCheck before = check_;
        read_segment(first, last, is_whole);
        if (check_.damaged > before.damaged && last < doors_.oldest()) {
            check_ = before;
        }
    }

    void read_segment(SequenceNumber first, SequenceNumber last, bool is_whole) {
        const std::string name = numbered_name(first.position(), kSegmentSuffix);
        const auto file = files_.open(segment_path(folder_, first), base::OpenMode::Read);
        if (!file) {
            return note(name, 0, file.error().message);
        }
        auto walk = FrameWalk::begin(**file, first);
        if (!walk) {
            return note(name, 0, walk.error().message);
        }
        ++check_.segments;
        check_.indexes_absent += is_whole ? 0 : 1;
        IndexCheck index(is_whole ? load(first) : nullptr);
        PastCheck past(is_whole ? load_past_of(first) : nullptr);
        const std::uint64_t read_before = check_.bytes;
        while (walk->end().next <= last) {
            const std::uint64_t offset = walk->end().offset;
            const auto frame = walk->next();
            if (!frame) {
                return note(name, offset, frame.error().message);
            }
            if (!look_at(*frame, offset, name, index, past)) {
                return;
            }
            check_.bytes = read_before + walk->end().offset;
            check_.last = frame->last();
            if (!tell()) {
                return;
            }
        }
        check_.first = check_.frames > 0 && check_.first == SequenceNumber{} ? first : check_.first;
        if (is_whole) {
            look_at_rest(first, walk->end(), index);
        }
    }

    std::shared_ptr<const SegmentIndex> load(SequenceNumber first) {
        auto index = load_index(files_, index_path(folder_, first));
        if (index) {
            ++check_.indexes;
            return *index;
        }
        if (index.error().code == Code::NotFound) {
            ++check_.indexes_absent;
        } else {
            note(numbered_name(first.position(), kIndexSuffix), 0, index.error().message);
        }
        return nullptr;
    }

    // It is made when somebody asks, or with the next maintenance: that it is absent is no news.
    std::shared_ptr<const PastIndex> load_past_of(SequenceNumber first) {
        const auto summary = load_summary(files_, index_path(folder_, first));
        if (!summary) {
            return nullptr;
        }
        auto past = load_past(
            files_, past_path(folder_, first),
            {.first = summary->first, .last = summary->last, .used_bytes = summary->used_bytes});
        if (past) {
            ++check_.indexes;
            return *past;
        }
        if (past.error().code != Code::NotFound) {
            note(numbered_name(first.position(), kPastSuffix), 0, past.error().message);
        }
        return nullptr;
    }

    void look_at_rest(SequenceNumber first, const SegmentEnd& end, const IndexCheck& index) {
        std::string wrong = index.rest();
        const auto summary = load_summary(files_, index_path(folder_, first));
        if (wrong.empty() && summary &&
            (summary->first != first || summary->last.next() != end.next ||
             summary->used_bytes != end.offset)) {
            wrong = "it is the index of another segment";
        }
        if (!wrong.empty()) {
            note(numbered_name(first.position(), kIndexSuffix), 0, wrong);
        }
    }

    // False: the rest of the segment means nothing.
    bool look_at(const FrameView& frame, std::uint64_t offset, const std::string& name,
                 IndexCheck& index, PastCheck& past) {
        ++check_.frames;
        std::uint64_t at = sizeof(FrameHeader);
        for (std::uint32_t ordinal = 0; ordinal < frame.header().records; ++ordinal) {
            const std::optional<RecordView> record = frame.record_at(at);
            if (!record || record->sequence.position() != frame.first().position() + ordinal) {
                note(name, offset + at, "a record does not fit its frame");
                return false;
            }
            ++check_.records;
            const std::string wrong = index.see(*record, offset + at);
            if (!wrong.empty()) {
                // The first that is wrong shifts all after it: they would say the same again.
                note(std::string(name).replace(name.size() - kSegmentSuffix.size(),
                                               kSegmentSuffix.size(), kIndexSuffix),
                     offset + at, wrong);
                index = IndexCheck(nullptr);
            }
            if (const std::string lacks = past.see(*record, offset + at); !lacks.empty()) {
                note(std::string(name).replace(name.size() - kSegmentSuffix.size(),
                                               kSegmentSuffix.size(), kPastSuffix),
                     offset + at, lacks);
                past = PastCheck(nullptr);
            }
            at = frame.after(at);
        }
        return true;
    }

    bool tell() {
        const std::uint64_t read = check_.bytes + check_.archived_bytes;
        if (read - told_bytes_ >= kTellEveryBytes) {
            told_bytes_ = read;
            check_.is_cancelled = !doors_.go_on(read, std::max(read, all_bytes_));
        }
        return !check_.is_cancelled;
    }

    base::FileSystem& files_;
    const base::Path& folder_;
    const LogCheckDoors& doors_;
    LogCheck check_;
    std::uint64_t all_bytes_ = 0;
    std::uint64_t told_bytes_ = 0;
};

}  // namespace

Result<LogCheck> check_log(base::FileSystem& files, const base::Path& folder,
                           const LogCheckDoors& doors) {
    return Check(files, folder, doors).run();
}

}  // namespace millbeck::shardlog
