#include "shardlog/log_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "shardlog/frame.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

constexpr std::size_t kRecordsPerReadMax = 10'000;

// Keeps the files mapped and the segments from being recycled while a page's views live.
struct PageMemory {
    std::vector<std::shared_ptr<Segment>> segments;
    std::vector<std::shared_ptr<const base::Mapping>> mappings;
};

// The records of one shard in one segment. A record is found by its offset; its frame, through the
// distance it carries, is checked before anything of it is believed.
class ShardCursor {
  public:
    ShardCursor(const Segment& segment, std::string_view bytes, const ShardOffsets& offsets)
        : segment_(segment), bytes_(bytes), offsets_(offsets) {}

    Result<RecordView> at(std::uint32_t index) {
        const std::uint32_t offset = offsets_.at(index);
        if (index + 4 < offsets_.count) {
            __builtin_prefetch(bytes_.data() + offsets_.at(index + 4));
        }
        const std::optional<RecordHeader> header = peek_record(bytes_, offset);
        if (!header || header->frame_distance > offset) {
            return damaged(segment_.name(), offset, "a record is not where its index says");
        }
        const std::uint64_t frame_offset = offset - header->frame_distance;
        if (!frame_ || frame_offset_ != frame_offset) {
            frame_ = FrameView::parse(bytes_, frame_offset);
            frame_offset_ = frame_offset;
        }
        if (!frame_) {
            return damaged(segment_.name(), frame_offset, "a frame's checksum does not match");
        }
        const std::optional<RecordView> record = frame_->record_at(header->frame_distance);
        if (!record || record->shard != offsets_.shard) {
            return damaged(segment_.name(), offset, "a record is not what its index says");
        }
        return *record;
    }

    // Index of the first record at or after `from`; count() when there is none.
    Result<std::uint32_t> lower_bound(SequenceNumber from) {
        if (offsets_.count == 0 || offsets_.last_position < from.position()) {
            return offsets_.count;
        }
        if (offsets_.first_position >= from.position()) {
            return 0;
        }
        std::uint32_t low = 0;
        std::uint32_t high = offsets_.count;
        while (low < high) {
            const std::uint32_t middle = low + (high - low) / 2;
            if (seen_position(middle) < from.position()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        MB_TRY_STATUS(check_bound(low, from));
        return low;
    }

    [[nodiscard]] std::uint32_t count() const { return offsets_.count; }

  private:
    // What the headers say of a record's position: unchecked, as a checksum at each step of a
    // search would read as many whole frames. 0: they make no sense.
    [[nodiscard]] std::uint64_t seen_position(std::uint32_t index) const {
        const std::uint32_t offset = offsets_.at(index);
        const std::optional<RecordHeader> header = peek_record(bytes_, offset);
        if (!header || header->frame_distance > offset) {
            return 0;
        }
        const auto frame = peek_frame(bytes_, offset - header->frame_distance);
        return frame ? frame->first + header->ordinal : 0;
    }

    // A header that led the search astray is beside what was found, and does not pass this.
    Status check_bound(std::uint32_t index, SequenceNumber from) {
        bool is_bound = true;
        if (index > 0) {
            MB_TRY(const RecordView before, at(index - 1));
            is_bound = before.sequence < from;
        }
        if (index < offsets_.count) {
            MB_TRY(const RecordView found, at(index));
            is_bound = is_bound && found.sequence >= from;
        }
        return is_bound ? Status{}
                        : Status(damaged(segment_.name(),
                                         offsets_.at(std::min(index, offsets_.count - 1)),
                                         "records are not in order"));
    }

    const Segment& segment_;
    std::string_view bytes_;
    ShardOffsets offsets_;
    std::optional<FrameView> frame_;
    std::uint64_t frame_offset_ = 0;
};

// Fills one page, segment by segment.
class PageReader {
  public:
    PageReader(ShardNumber shard, SequenceNumber from, SequenceNumber published,
               const ReadLimits& limits)
        : shard_(shard),
          published_(published),
          records_max_(limits.records_max),
          bytes_max_(limits.bytes_max),
          memory_(std::make_shared<PageMemory>()) {
        page_.next = from;
        page_.records.reserve(std::min<std::size_t>(records_max_, 256));
    }

    // False: the page is full, or what follows is not published yet.
    Result<bool> add(const std::shared_ptr<Segment>& segment) {
        MB_TRY(const auto index, segment->index());
        const ShardOffsets offsets = index->find(shard_);
        if (offsets.count == 0) {
            return true;
        }
        MB_TRY(auto mapping, segment->map());
        ShardCursor cursor(*segment, mapping->bytes(), offsets);
        MB_TRY(const std::uint32_t begin, cursor.lower_bound(page_.next));
        const std::size_t before = page_.records.size();
        bool has_room = true;
        for (std::uint32_t i = begin; i < offsets.count && has_room; ++i) {
            MB_TRY(const RecordView record, cursor.at(i));
            has_room = record.sequence <= published_ && take(record);
        }
        if (page_.records.size() > before) {
            memory_->segments.push_back(segment);
            memory_->mappings.push_back(std::move(mapping));
        }
        return has_room;
    }

    [[nodiscard]] ReadPage finish() {
        page_.memory = std::move(memory_);
        return std::move(page_);
    }

    ReadPage& page() { return page_; }

  private:
    bool take(const RecordView& record) {
        const std::size_t bytes =
            record.keys.text.size() + record.new_image.text.size() + record.old_image.text.size();
        if (!page_.records.empty() &&
            (page_.records.size() >= records_max_ || bytes > bytes_max_ - bytes_)) {
            return false;
        }
        bytes_ += std::min(bytes, bytes_max_ - bytes_);
        page_.records.push_back(record);
        page_.next = record.sequence.next();
        return true;
    }

    ShardNumber shard_;
    SequenceNumber published_;
    std::size_t records_max_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::shared_ptr<PageMemory> memory_;
    ReadPage page_;
};

// The first segment that may hold positions at or after `from`.
SegmentList::const_iterator find_segment(const SegmentList& segments, SequenceNumber from) {
    const auto behind = std::upper_bound(
        segments.begin(), segments.end(), from,
        [](SequenceNumber f, const std::shared_ptr<Segment>& s) { return f < s->first(); });
    return behind == segments.begin() ? behind : behind - 1;
}

Status unknown_shard(ShardNumber shard) {
    return fail(Code::NotFound, fmt::format("there is no shard {}", shard.value()));
}

Status trimmed_error(ShardNumber shard, SequenceNumber from, SequenceNumber trimmed) {
    return fail(Code::Trimmed, fmt::format("records of shard {} from {} to {} are past retention",
                                           shard.value(), from.to_string(), trimmed.to_string()));
}

}  // namespace

Result<ReadPage> LogReader::read(ShardNumber shard, SequenceNumber from,
                                 const ReadLimits& limits) const {
    MB_TRY_STATUS(state_.check());
    if (limits.records_max < 1 || limits.records_max > kRecordsPerReadMax) {
        return fail(Code::Invalid, fmt::format("a read takes 1 to {} records, not {}",
                                               kRecordsPerReadMax, limits.records_max));
    }
    // In this order: a shard seen closed has all its records published, every published record is
    // in the list taken after, and what is gone from that list was marked as trimmed before.
    const std::optional<ShardBounds> seen = map_.bounds(shard);
    const SequenceNumber published = state_.published();
    const auto segments = state_.segments();
    const std::optional<ShardBounds> bounds = map_.bounds(shard);
    if (!seen || !bounds) {
        MB_TRY_STATUS(unknown_shard(shard));
    }
    if (bounds->trimmed > SequenceNumber{} && from <= bounds->trimmed) {
        MB_TRY_STATUS(trimmed_error(shard, from, bounds->trimmed));
    }
    PageReader reader(shard, std::max(from, bounds->starting), published, limits);
    // By the later bounds: a shard closed in between must not be left past its ending, where its
    // children's records are.
    const SequenceNumber end = bounds->ending ? std::min(*bounds->ending, published) : published;
    bool has_room = true;
    for (auto at = find_segment(*segments, reader.page().next);
         has_room && at != segments->end() && (*at)->first() <= end; ++at) {
        auto added = reader.add(*at);
        if (!added && added.error().code == Code::NotFound) {
            // Trimmed while we read: what was found before it is still whole.
            if (!reader.page().records.empty()) {
                return reader.finish();
            }
            MB_TRY_STATUS(trimmed_error(shard, from, (*at)->last()));
        }
        MB_TRY(has_room, std::move(added));
    }
    ReadPage page = reader.finish();
    if (has_room) {
        // Everything published was looked at; an idle shard's reader moves on with the log.
        page.next = std::max(page.next, end.next());
        page.end_of_shard = seen->ending.has_value();
    }
    return page;
}

Result<SequenceNumber> LogReader::trim_horizon(ShardNumber shard) const {
    const std::optional<ShardBounds> bounds = map_.bounds(shard);
    if (!bounds) {
        MB_TRY_STATUS(unknown_shard(shard));
    }
    return std::max(bounds->starting, bounds->trimmed.next());
}

Status LogReader::scan(SequenceNumber from,
                       const std::function<Status(const CommitView&)>& visit) const {
    MB_TRY_STATUS(state_.check());
    const SequenceNumber published = state_.published();
    const auto segments = state_.segments();
    const SequenceNumber start = std::max(from, SequenceNumber{1});
    const SequenceNumber oldest = segments->front()->first();
    if (start < oldest) {
        return fail(Code::Trimmed, fmt::format("the log reaches back to {}, not to {}",
                                               oldest.to_string(), start.to_string()));
    }
    std::vector<RecordView> records;
    for (auto at = find_segment(*segments, start); at != segments->end(); ++at) {
        const Segment& segment = **at;
        if (segment.empty() || segment.last() < start || segment.first() > published) {
            continue;
        }
        auto mapping = segment.map_once();
        if (!mapping && mapping.error().code == Code::NotFound) {
            return fail(Code::Trimmed,
                        fmt::format("segment {} was trimmed while it was read", segment.name()));
        }
        if (!mapping) {
            return tl::unexpected<base::Error>(mapping.error());
        }
        const std::string_view bytes = (*mapping)->bytes();
        MB_TRY_STATUS(segment.visit(bytes, [&](const FrameView& frame, std::uint64_t offset) {
            if (frame.last() < start || frame.first() > published) {
                return Status{};
            }
            if (!frame.decode(records)) {
                return Status(damaged(segment.name(), offset, "a record does not fit its frame"));
            }
            return visit(
                {.first = frame.first(), .time = records.front().time, .records = records});
        }));
    }
    return {};
}

}  // namespace millbeck::shardlog
