#include "shardlog/log_past.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "shardlog/frame.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

enum class Walk { On, Stop };

// A segment that went while it was read was trimmed; what is left is told as it is.
template <typename T>
Result<T> or_trimmed(Result<T> read, const PastSegment& segment) {
    if (!read && read.error().code == Code::NotFound) {
        return fail(Code::Trimmed,
                    fmt::format("segment {} was trimmed while it was read", segment.name()));
    }
    return read;
}

// Visits frames from the one at `offset` on. `see` is given the frame and its offset.
template <typename See>
Status walk(PastSegment& segment, std::uint64_t offset, const See& see) {
    const std::uint64_t end = segment.used_bytes();
    std::optional<SequenceNumber> expected;
    while (offset < end) {
        MB_TRY(const FrameSpan span, or_trimmed(segment.frames_at(offset), segment));
        const std::uint64_t span_end = span.begin + span.bytes.size();
        while (offset < span_end) {
            const std::optional<FrameView> frame =
                FrameView::parse(span.bytes, offset - span.begin);
            if (!frame || (expected && frame->first() != *expected)) {
                return damaged(segment.name(), offset,
                               "a frame's checksum or position does not match");
            }
            expected = frame->last().next();
            MB_TRY(const Walk next, see(*frame, offset));
            if (next == Walk::Stop) {
                return {};
            }
            offset += frame->bytes();
        }
    }
    return {};
}

// The record whose index entry says that it stands there. Absent: another item's with this hash.
Result<std::optional<RecordView>> record_at(const FrameSpan& span, std::uint64_t offset,
                                            const ItemName& item, const PastSegment& segment) {
    const std::uint64_t at = offset - span.begin;
    const std::optional<RecordHeader> header = peek_record(span.bytes, at);
    std::optional<RecordView> record;
    if (header && header->frame_distance <= at) {
        const auto frame = FrameView::parse(span.bytes, at - header->frame_distance);
        record = frame ? frame->record_at(header->frame_distance) : std::nullopt;
    }
    if (!record) {
        return damaged(segment.name(), offset, "a record is not where its index says");
    }
    const bool is_it = record->table == item.table && record->row_key == item.row_key;
    return is_it ? record : std::nullopt;
}

}  // namespace

// The log first: see Archive.
LogPast::Segments LogPast::all() const {
    const auto segments = state_.segments();
    const ArchiveList archived = archive_.before(segments->front()->first());
    Segments all(archived.begin(), archived.end());
    all.insert(all.end(), segments->begin(), segments->end());
    return all;
}

SequenceNumber LogPast::oldest() const {
    return all().front()->first();
}

Result<LogPast::Segments> LogPast::segments_in(LogRange range) const {
    MB_TRY_STATUS(state_.check());
    const Segments segments = all();
    const SequenceNumber oldest = segments.front()->first();
    if (range.from < oldest && range.from <= range.to) {
        return fail(Code::Trimmed, fmt::format("the log reaches back to {}, not to {}",
                                               oldest.to_string(), range.from.to_string()));
    }
    Segments found;
    for (const auto& segment : segments) {
        const bool is_empty = segment->last() < segment->first();
        if (!is_empty && segment->first() <= range.to && segment->last() >= range.from) {
            found.push_back(segment);
        }
    }
    return found;
}

Result<SequenceNumber> LogPast::position_at(base::WallTime time) const {
    const std::int64_t time_ms = base::to_millis(time);
    const SequenceNumber newest_now = newest();
    MB_TRY(const Segments segments, segments_in({oldest(), newest_now}));
    for (const auto& segment : segments) {
        if (segment->newest_time_ms() <= time_ms) {
            continue;
        }
        MB_TRY(const auto index, or_trimmed(segment->past(), *segment));
        const std::optional<FrameMark> mark = index->mark_of_time(time_ms);
        std::optional<SequenceNumber> later;
        if (mark) {
            MB_TRY_STATUS(walk(*segment, mark->offset,
                               [&](const FrameView& frame, std::uint64_t) -> Result<Walk> {
                                   if (frame.header().time_ms <= time_ms) {
                                       return Walk::On;
                                   }
                                   later = frame.first();
                                   return Walk::Stop;
                               }));
        }
        if (later && *later > SequenceNumber{1} && *later == segments.front()->first()) {
            MB_TRY(const base::WallTime first, time_of(*later));
            return fail(Code::Trimmed,
                        fmt::format("the log reaches back to {}Z only", base::to_iso8601(first)));
        }
        if (later) {
            return SequenceNumber{std::min(later->position() - 1, newest_now.position())};
        }
    }
    return newest_now;
}

Result<base::WallTime> LogPast::time_of(SequenceNumber position) const {
    MB_TRY(const Segments segments, segments_in({position, position}));
    if (segments.empty() || position > newest()) {
        return fail(Code::NotFound,
                    fmt::format("nothing was written at position {}", position.to_string()));
    }
    MB_TRY(const auto index, or_trimmed(segments.front()->past(), *segments.front()));
    const std::optional<FrameMark> mark = index->mark_of_position(position.position());
    base::WallTime time{};
    MB_TRY_STATUS(walk(*segments.front(), mark ? mark->offset : kSegmentHeaderBytes,
                       [&](const FrameView& frame, std::uint64_t) -> Result<Walk> {
                           time = base::WallTime{base::Milliseconds{frame.header().time_ms}};
                           return frame.last() < position ? Walk::On : Walk::Stop;
                       }));
    return time;
}

Status LogPast::versions(const ItemName& item, LogRange range, ReadOrder order,
                         const std::function<Result<NextRecord>(const RecordView&)>& visit) const {
    range.to = std::min(range.to, newest());
    MB_TRY(Segments segments, segments_in(range));
    if (order == ReadOrder::NewestFirst) {
        std::reverse(segments.begin(), segments.end());
    }
    const std::uint64_t hash = hash_of(item);
    for (const auto& segment : segments) {
        MB_TRY(const auto index, or_trimmed(segment->past(), *segment));
        std::vector<std::uint32_t> offsets = index->offsets_of(hash);
        if (order == ReadOrder::NewestFirst) {
            std::reverse(offsets.begin(), offsets.end());
        }
        for (const std::uint32_t offset : offsets) {
            MB_TRY(const FrameSpan span, or_trimmed(segment->frames_at(offset), *segment));
            MB_TRY(const auto record, record_at(span, offset, item, *segment));
            if (!record || record->sequence < range.from || record->sequence > range.to) {
                continue;
            }
            MB_TRY(const NextRecord next, visit(*record));
            if (next == NextRecord::Unwanted) {
                return {};
            }
        }
    }
    return {};
}

Status LogPast::scan(LogRange range, const std::function<Status(const CommitView&)>& visit) const {
    range.to = std::min(range.to, newest());
    if (range.to < range.from) {
        return {};
    }
    MB_TRY(const Segments segments, segments_in(range));
    std::vector<RecordView> records;
    for (const auto& segment : segments) {
        std::uint64_t begin = kSegmentHeaderBytes;  // also of archived ones
        if (segment->first() < range.from) {
            MB_TRY(const auto index, or_trimmed(segment->past(), *segment));
            const auto mark = index->mark_of_position(range.from.position());
            begin = mark ? mark->offset : begin;
        }
        const auto see = [&](const FrameView& frame, std::uint64_t offset) -> Result<Walk> {
            if (frame.last() < range.from) {
                return Walk::On;
            }
            if (frame.first() > range.to) {
                return Walk::Stop;
            }
            if (!frame.decode(records)) {
                return damaged(segment->name(), offset, "a record does not fit its frame");
            }
            MB_TRY_STATUS(
                visit({.first = frame.first(), .time = records.front().time, .records = records}));
            return Walk::On;
        };
        MB_TRY_STATUS(walk(*segment, begin, see));
    }
    return {};
}

}  // namespace millbeck::shardlog
