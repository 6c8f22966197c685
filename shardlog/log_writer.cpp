#include "shardlog/log_writer.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// A part's buffer above this is given back to the system after the group.
constexpr std::size_t kKeptBufferBytes = 4u << 20;
constexpr std::size_t kKeptParts = 2;

// Segments that one group may begin: what is appended and not synced is bounded by as many.
constexpr std::size_t kPartsMax = 16;

}  // namespace

LogWriter::LogWriter(base::FileSystem& files, base::Path folder, const base::Clock& clock,
                     LogMetrics& metrics, LogState& state, SpaceWatch& space, SegmentPool& pool,
                     const ShardMap& map, Parameters parameters, WriteHead head)
    : files_(files),
      folder_(std::move(folder)),
      clock_(clock),
      metrics_(metrics),
      state_(state),
      space_(space),
      pool_(pool),
      map_(map),
      parameters_(parameters),
      head_(std::move(head)),
      durable_head_(head_) {}

std::size_t LogWriter::first_unsynced() const {
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [](const auto& part) { return !part->is_synced; });
    return static_cast<std::size_t>(found - parts_.begin());
}

Status LogWriter::route(std::span<const RecordDraft> records) {
    shards_.assign(records.size(), ShardNumber{});
    for (std::size_t i = 0; i < records.size(); ++i) {
        const RecordDraft& record = records[i];
        MB_CHECK(record.row_key.size() >= kRowKeyBytesMin, "a row key has 9 to 4096 bytes");
        if (record.stream == kNoStream) {
            continue;
        }
        const auto shard = map_.route(record.stream, partition_hash(record.row_key));
        if (!shard) {
            return fail(Code::NotFound,
                        fmt::format("append: stream {} is not enabled", record.stream.value()));
        }
        shards_[i] = *shard;
    }
    return {};
}

Result<SequenceNumber> LogWriter::append(std::span<const RecordDraft> records) {
    MB_CHECK(!records.empty(), "a commit has at least one record");
    MB_TRY_STATUS(state_.check());
    const std::uint64_t bytes = frame_bytes(records);
    if (bytes > parameters_.commit_bytes_max) {
        return fail(Code::LimitExceeded,
                    fmt::format("a commit of {} bytes is larger than the log takes at once: {}",
                                bytes, parameters_.commit_bytes_max));
    }
    MB_TRY_STATUS(route(records));
    const bool is_full = head_.extent.used_bytes + bytes > head_.segment->file_bytes();
    if (is_full || (is_seal_wished_.load(std::memory_order_relaxed) && !head_.segment->empty())) {
        const Status rolled = roll();
        if (!rolled && is_full) {
            space_.note_refused(rolled.error());
            return base::with_context("append", rolled.error());
        }
    }
    Part& part = parts_.empty() || parts_.back()->is_synced ? begin_part(false) : *parts_.back();
    const base::WallTime now = clock_.wall();
    const std::uint64_t checksum = encode_frame(
        part.bytes, records, shards_,
        {.epoch = parameters_.epoch, .link = head_.link, .first = head_.next, .time = now},
        head_.extent.used_bytes, part.places);
    const SequenceNumber first = head_.next;
    SegmentExtent& extent = head_.extent;
    if (extent.last < head_.segment->first()) {
        extent.first_time_ms = base::to_millis(now);
        extent.newest_time_ms = base::to_millis(now);
    }
    extent.newest_time_ms = std::max(extent.newest_time_ms, base::to_millis(now));
    extent.used_bytes += bytes;
    extent.last = SequenceNumber{first.position() + records.size() - 1};
    head_.next = extent.last.next();
    head_.link = link_of(checksum);
    part.after = extent;
    return first;
}

LogWriter::Part& LogWriter::begin_part(bool is_new_segment) {
    std::unique_ptr<Part> part;
    if (free_parts_.empty()) {
        part = std::make_unique<Part>();
    } else {
        part = std::move(free_parts_.back());
        free_parts_.pop_back();
    }
    part->before = head_;
    part->after = head_.extent;
    part->is_new_segment = is_new_segment;
    part->is_written = false;
    part->is_synced = false;
    parts_.push_back(std::move(part));
    return *parts_.back();
}

// The rest of the group goes to a new segment. The old one is written and synced first by sync().
Status LogWriter::roll() {
    is_seal_wished_ = false;  // a wish that fails is made again by maintain
    if (parts_.size() >= kPartsMax) {
        return fail(Code::LimitExceeded,
                    fmt::format("a group spans at most {} segments: sync it", kPartsMax));
    }
    SegmentHeader header{.epoch = parameters_.epoch, .first = head_.next, .salt = salt_ + 1};
    MB_TRY(std::shared_ptr<base::File> file, pool_.take(header));
    space_.note_room();
    ++salt_;
    head_.segment = std::make_shared<Segment>(
        files_, folder_, header.first, parameters_.segment_bytes, std::make_shared<GrowingIndex>());
    head_.file = std::move(file);
    head_.extent = head_.segment->extent();
    head_.link = link_of(header.checksum);
    begin_part(true);
    return {};
}

Status LogWriter::write_part(Part& part) {
    if (part.bytes.empty()) {
        return {};
    }
    part.is_written = true;
    Status done = part.before.file->write_at(part.before.extent.used_bytes, part.bytes);
    if (!done && done.error().code == Code::NoSpace) {
        space_.note_refused(done.error());
        return base::with_context("sync", std::move(done).error());  // discard() makes it good
    }
    if (done) {
        done = part.before.file->sync_data();
    }
    if (!done) {
        state_.poison(done.error());
        return state_.check();
    }
    return {};
}

Status LogWriter::sync() {
    MB_TRY_STATUS(state_.check());
    const base::Instant start = clock_.instant();
    const std::size_t begin = first_unsynced();
    std::uint64_t bytes = 0;
    for (std::size_t i = begin; i < parts_.size(); ++i) {
        MB_TRY_STATUS(write_part(*parts_[i]));
        bytes += parts_[i]->bytes.size();
    }
    // Only now: a group is durable as a whole, or it can still be discarded as a whole.
    for (std::size_t i = begin; i < parts_.size(); ++i) {
        parts_[i]->is_synced = true;
    }
    if (bytes > 0) {
        const std::uint64_t records = head_.next.position() - durable_head_.next.position();
        metrics_.appended_bytes.add(static_cast<double>(bytes));
        metrics_.appended_records.add(static_cast<double>(records));
        metrics_.syncs.add();
        metrics_.sync_seconds.observe(
            std::chrono::duration<double>(clock_.instant() - start).count());
    }
    durable_head_ = head_;
    return {};
}

void LogWriter::discard() {
    const std::size_t begin = first_unsynced();
    if (begin == parts_.size()) {
        return;
    }
    if (state_.check()) {
        if (const Status undone = undo_on_disk(); !undone) {
            state_.poison(undone.error());
        }
    }
    head_ = durable_head_;
    recycle_parts(begin, parts_.size());
}

// Frames of the group may be whole on disk, and the next group may have frames of the same length
// and positions: the first one is made invalid, and with it all that follow in its segment.
// Segments begun by the group lose their names.
Status LogWriter::undo_on_disk() {
    for (std::size_t i = parts_.size(); i-- > first_unsynced();) {
        Part& part = *parts_[i];
        if (part.is_new_segment) {
            MB_TRY_STATUS(pool_.give_back(part.before.segment->first()));
            continue;
        }
        MB_TRY(const bool begins, begins_on_disk(part));
        if (begins) {
            const std::string zeros(sizeof(FrameHeader), '\0');
            MB_TRY_STATUS(part.before.file->write_at(part.before.extent.used_bytes, zeros));
            MB_TRY_STATUS(part.before.file->sync_data());
        }
    }
    return {};
}

// False: not even the first frame's header arrived, so nothing of the part counts. It is asked
// because a disk that refused the part may refuse the zeros as well.
Result<bool> LogWriter::begins_on_disk(const Part& part) {
    if (!part.is_written) {
        return false;
    }
    std::string header(sizeof(FrameHeader), '\0');
    MB_TRY(const std::size_t read,
           part.before.file->read_at(part.before.extent.used_bytes, header));
    return read == header.size() && part.bytes.starts_with(header);
}

std::span<const std::uint32_t> LogWriter::publish() {
    grown_.clear();
    const std::size_t end = first_unsynced();
    for (std::size_t i = 0; i < end; ++i) {
        const Part& part = *parts_[i];
        Segment& segment = *part.before.segment;
        if (part.is_new_segment) {
            state_.add(part.before.segment);
        }
        for (const RecordPlace& place : part.places) {
            segment.growing().add(ShardNumber{place.shard}, place.offset, place.position);
            grown_.push_back(place.shard);
        }
        segment.publish(part.after);
        state_.publish(part.after.last);
        metrics_.published_sequence.set(static_cast<double>(part.after.last.position()));
    }
    recycle_parts(0, end);
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    return grown_;
}

void LogWriter::recycle_parts(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
        std::unique_ptr<Part> part = std::move(parts_[i]);
        part->before = {};
        part->bytes.clear();
        part->places.clear();
        if (free_parts_.size() < kKeptParts && part->bytes.capacity() <= kKeptBufferBytes) {
            free_parts_.push_back(std::move(part));
        }
    }
    parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                 parts_.begin() + static_cast<std::ptrdiff_t>(end));
}

Status LogWriter::seal() {
    MB_CHECK(idle(), "a segment is sealed between groups");
    MB_TRY_STATUS(state_.check());
    if (head_.segment->empty()) {
        return {};
    }
    MB_TRY_STATUS(roll());
    MB_TRY_STATUS(sync());
    publish();
    return {};
}

Status LogWriter::seal_if_wished() {
    return is_seal_wished_ ? seal() : Status{};
}

}  // namespace millbeck::shardlog
