#include "triggers/shard_gatherer.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::triggers {

namespace {
constexpr std::size_t kPageBytesMax = 1u << 20;  // a batch may take several pages
constexpr std::uint32_t kPageRecordsMax = 4'096;
}  // namespace

ShardGatherer::ShardGatherer(const shardlog::ShardReader& log, shardlog::ShardNumber shard,
                             shardlog::SequenceNumber from, BatchOrigin origin,
                             const BatchLimits& limits,
                             std::shared_ptr<const filter::FilterCriteria> criteria, Lane lane,
                             TumblingWindow* windows, std::shared_ptr<const ParkedKeys> parked)
    : log_(log),
      shard_(shard),
      position_(from),
      builder_(origin),
      batcher_(limits),
      lane_(lane),
      windows_(windows),
      parked_(std::move(parked)) {
    if (criteria) {
        filter_.emplace(std::move(criteria),
                        filter::RecordOrigin{.region = std::move(origin.region),
                                             .stream_arn = std::move(origin.stream_arn),
                                             .view_type = origin.view_type});
    }
}

base::Status ShardGatherer::gather(base::Instant now) {
    const std::uint64_t passed_before = passed();
    more_ = false;
    window_over_ = false;
    while (!batcher_.full() && !ended_ && !window_over_) {
        if (passed() - passed_before >= kDroppedAtOnceMax || to_park_bytes_ >= kToParkBytesMax) {
            more_ = true;
            break;
        }
        MB_TRY(const auto page, log_.read(shard_, position_, limits()));
        if (!add_page(page, now)) {
            break;
        }
    }
    return {};
}

// While nothing matches, each page is longer than the one before.
shardlog::ReadLimits ShardGatherer::limits() const {
    if (!filter_ && !copied_ && lane_.count == 1) {
        const std::size_t bytes = std::clamp<std::size_t>(batcher_.bytes_left(), 1, kPageBytesMax);
        return {.records_max = batcher_.records_left(), .bytes_max = bytes};
    }
    return {.records_max = std::max(batcher_.records_left(), page_records_),
            .bytes_max = kPageBytesMax};
}

// Adds the records as far as they fit. False when there is no more to read now.
bool ShardGatherer::add_page(const shardlog::ReadPage& page, base::Instant now) {
    const auto count = static_cast<std::uint32_t>(page.records.size());
    page_records_ = std::min(std::max(page_records_, count) * 2, kPageRecordsMax);
    for (const shardlog::RecordView& record : page.records) {
        if (!lane_.takes(record)) {
            ++others_;
            continue;
        }
        if (copied_ && copied_->holds(record.row_key, record.sequence)) {
            ++held_;
            continue;
        }
        if (filter_ && !filter_->matches(record)) {
            ++dropped_;
            continue;
        }
        if (parked_ && parked_->holds(record.keys.text)) {
            if (to_park_bytes_ >= kToParkBytesMax) {
                position_ = record.sequence;
                more_ = true;
                return false;
            }
            to_park_.push_back({.key = std::string(record.keys.text),
                                .sequence = record.sequence,
                                .time = record.time,
                                .record = builder_.text_of(record)});
            to_park_bytes_ += to_park_.back().record.size();
            continue;
        }
        page_records_ = 1;
        if (windows_ != nullptr && !batcher_.full() && !windows_->takes(record.time)) {
            window_over_ = true;
            position_ = record.sequence;
            return false;
        }
        if (batcher_.full()) {
            position_ = record.sequence;
            return false;
        }
        if (!batcher_.add(builder_.add(record), now)) {
            builder_.undo();
            position_ = record.sequence;
            return false;
        }
    }
    position_ = page.next;
    if (copied_ && position_ > copied_->newest()) {
        copied_.reset();
    }
    ended_ = page.end_of_shard;
    return !page.records.empty();
}

std::vector<ParkedRecord> ShardGatherer::take_parked() {
    to_park_bytes_ = 0;
    return std::exchange(to_park_, {});
}

void ShardGatherer::resume_at(shardlog::SequenceNumber position) {
    MB_CHECK(empty(), "what was read before a gap goes first");
    position_ = position;
}

BatchInHand ShardGatherer::take(std::string request_id, shardlog::SequenceNumber from,
                                base::Instant now) {
    batcher_.taken(now);
    return builder_.build(std::move(request_id), from, position_);
}

}  // namespace millbeck::triggers
