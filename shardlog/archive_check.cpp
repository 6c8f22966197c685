#include "shardlog/archive_check.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "shardlog/archive_file.hpp"
#include "shardlog/frame.hpp"
#include "shardlog/log_files.hpp"
#include "shardlog/segment.hpp"

namespace millbeck::shardlog {

using base::Result;

namespace {

// One archived segment.
class FileCheck {
  public:
    FileCheck(ArchivedSegment& segment, const ArchiveCheckDoors& doors)
        : segment_(segment), doors_(doors) {}

    // False: the check was ended.
    bool run() {
        auto index = segment_.past();
        if (!index) {
            doors_.damaged(segment_.name(), 0, index.error().message);
            return true;
        }
        const PastCheck past(std::move(*index));
        SequenceNumber next = segment_.first();
        std::uint64_t offset = kSegmentHeaderBytes;
        while (offset < segment_.used_bytes()) {
            const auto span = segment_.frames_at(offset);
            if (!span) {
                return told(offset, span.error().message);
            }
            std::uint64_t records = 0;
            const std::uint64_t begin = offset;
            const std::uint64_t end = span->begin + span->bytes.size();
            while (offset < end) {
                const auto frame = FrameView::parse(span->bytes, offset - span->begin);
                if (!frame || frame->first() != next) {
                    return told(offset, "a frame's checksum or position does not match");
                }
                if (!look_at(*frame, offset, past)) {
                    return true;
                }
                next = frame->last().next();
                records += frame->header().records;
                offset += frame->bytes();
            }
            if (!doors_.go_on(records, offset - begin)) {
                return false;
            }
        }
        if (next != segment_.last().next()) {
            doors_.damaged(segment_.name(), offset, "it ends before the position it says");
        }
        return true;
    }

  private:
    // The rest of it means nothing.
    bool told(std::uint64_t offset, std::string what) {
        doors_.damaged(segment_.name(), offset, std::move(what));
        return true;
    }

    // False: the frame, or the index, is damaged.
    bool look_at(const FrameView& frame, std::uint64_t offset, const PastCheck& past) {
        std::uint64_t at = sizeof(FrameHeader);
        for (std::uint32_t i = 0; i < frame.header().records; ++i) {
            const auto record = frame.record_at(at);
            const std::string wrong =
                record ? past.see(*record, offset + at) : "a record does not fit its frame";
            if (!wrong.empty()) {
                doors_.damaged(segment_.name(), offset + at, wrong);
                return false;
            }
            at = frame.after(at);
        }
        return true;
    }

    ArchivedSegment& segment_;
    const ArchiveCheckDoors& doors_;
};

}  // namespace

std::string PastCheck::see(const RecordView& record, std::uint64_t offset) const {
    if (index_ == nullptr) {
        return "";
    }
    const auto offsets = index_->offsets_of(hash_of({record.table, record.row_key}));
    return std::binary_search(offsets.begin(), offsets.end(), offset)
               ? ""
               : fmt::format("its index of the past lacks the record at position {}",
                             record.sequence.to_string());
}

Result<std::uint64_t> check_archive(base::FileSystem& files, const base::Path& folder,
                                    const ArchiveCheckDoors& doors) {
    MB_TRY(const bool exists, files.exists(folder));
    if (!exists) {
        return 0;
    }
    MB_TRY(const auto firsts, list_numbered(files, folder, kArchiveSuffix));
    std::optional<SequenceNumber> expected;
    std::uint64_t checked = 0;
    for (const SequenceNumber first : firsts) {
        const std::string name = numbered_name(first.position(), kArchiveSuffix);
        auto segment = ArchivedSegment::open(files, folder / name);
        if (!segment && first < doors.oldest()) {
            continue;  // expired meanwhile
        }
        ++checked;
        if (!segment) {
            doors.damaged(name, 0, segment.error().message);
            expected.reset();
            continue;
        }
        if (expected && *expected != first) {
            doors.damaged(name, 0,
                          fmt::format("what was written from {} on is missing before it",
                                      expected->to_string()));
        }
        if (!FileCheck(**segment, doors).run()) {
            return checked;
        }
        expected = (*segment)->last().next();
    }
    return checked;
}

}  // namespace millbeck::shardlog
