#include "runtime/replay/replay_source.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::CommitView;
using shardlog::LogRange;
using shardlog::ReadLimits;
using shardlog::ReadPage;
using shardlog::RecordView;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardNumber;

namespace {

// Positions without a chosen one that are read over rather than sought past.
constexpr std::uint64_t kReadOver = 4'096;

std::size_t bytes_of(const RecordView& record) {
    return record.row_key.size() + record.keys.text.size() + record.new_image.text.size() +
           record.old_image.text.size();
}

// What a page's limit counts.
std::size_t item_bytes(const RecordView& record) {
    return record.keys.text.size() + record.new_image.text.size() + record.old_image.text.size();
}

}  // namespace

ReplaySource::ReplaySource(const shardlog::LogHistory& history, ReplayChoice choice,
                           ReplaySourceOptions options)
    : history_(history),
      choice_(std::move(choice)),
      options_(options),
      cache_([this](SequenceNumber from) { return load(from); }),
      read_to_(options.lanes) {
    MB_CHECK(options_.lanes >= 1 && options_.lanes <= 64, "a replay has 1 to 64 lanes");
}

Result<ReadPage> ReplaySource::read(ShardNumber shard, SequenceNumber from,
                                    const ReadLimits& limits) const {
    MB_CHECK(shard.value() >= 1 && shard.value() <= options_.lanes, "no such lane");
    ReadPage page{.records = {}, .next = std::max(from, choice_.range.from), .memory = nullptr};
    for (std::uint32_t tried = 0; tried < options_.stretches_a_read; ++tried) {
        if (page.next > choice_.range.to) {
            page.end_of_shard = true;
            return page;
        }
        MB_TRY(const auto stretch, cache_.at(page.next));
        const auto& lane = stretch->lane(shard.value() - 1);
        auto record = std::lower_bound(
            lane.begin(), lane.end(), page.next,
            [](const RecordView& each, SequenceNumber at) { return each.sequence < at; });
        std::size_t bytes = 0;
        for (; record != lane.end() && page.records.size() < limits.records_max; ++record) {
            bytes += item_bytes(*record);
            if (bytes > limits.bytes_max && !page.records.empty()) {
                break;
            }
            page.records.push_back(*record);
        }
        page.next = record == lane.end() ? stretch->next() : record->sequence;
        read_to_[shard.value() - 1].store(page.next.position(), std::memory_order_relaxed);
        page.end_of_shard = page.next > choice_.range.to;
        if (!page.records.empty()) {
            page.memory = stretch;
            return page;
        }
    }
    return page;
}

double ReplaySource::part_read() const {
    const LogRange& range = choice_.range;
    if (range.to < range.from) {
        return 1;
    }
    const double all = static_cast<double>(range.to.position() - range.from.position()) + 1;
    double read = 0;
    for (const auto& lane : read_to_) {
        const std::uint64_t at =
            std::max(lane.load(std::memory_order_relaxed), range.from.position());
        read += static_cast<double>(at - range.from.position()) / all;
    }
    return std::min(1.0, read / options_.lanes);
}

Result<SequenceNumber> ReplaySource::trim_horizon(ShardNumber /*shard*/) const {
    return std::max(choice_.range.from, history_.oldest());
}

SequenceNumber ReplaySource::latest() const {
    return choice_.range.to.next();
}

std::optional<Shard> ReplaySource::find_shard(ShardNumber shard) const {
    if (shard.value() < 1 || shard.value() > options_.lanes) {
        return std::nullopt;
    }
    const std::uint32_t lane = shard.value() - 1;
    const bool is_last = shard.value() == options_.lanes;
    Shard found;
    found.id = lane_id(lane);
    found.hashes = {
        .first = first_hash_of_lane(lane, options_.lanes),
        .last = is_last ? ~std::uint64_t{0} : first_hash_of_lane(lane + 1, options_.lanes) - 1};
    found.starting = choice_.range.from;
    found.ending = choice_.range.to;
    return found;
}

SequenceNumber ReplaySource::first_chosen(SequenceNumber from) const {
    if (choice_.only.empty()) {
        return from;
    }
    const auto found = std::lower_bound(choice_.only.begin(), choice_.only.end(), from);
    return found == choice_.only.end() ? choice_.range.to.next() : *found;
}

StretchCache::Stretches ReplaySource::load(SequenceNumber from) const {
    auto stretch = std::make_shared<Stretch>(from, options_.lanes);
    MB_TRY_STATUS(choice_.match == KeyMatch::Item ? follow_item(*stretch) : scan(*stretch));
    return std::shared_ptr<const Stretch>(std::move(stretch));
}

// The log's index of items leads from one version to the next.
Status ReplaySource::follow_item(Stretch& stretch) const {
    stretch.end_at(choice_.range.to.next());
    return history_.versions({.table = choice_.table, .row_key = choice_.row_key},
                             {.from = stretch.begin(), .to = choice_.range.to},
                             shardlog::ReadOrder::OldestFirst,
                             [&](const RecordView& record) -> Result<shardlog::NextRecord> {
                                 if (stretch.bytes() >= options_.stretch_bytes) {
                                     stretch.end_at(record.sequence);
                                     return shardlog::NextRecord::Unwanted;
                                 }
                                 if (record.sequence == first_chosen(record.sequence)) {
                                     stretch.add(record);
                                 }
                                 return shardlog::NextRecord::Wanted;
                             });
}

Status ReplaySource::scan(Stretch& stretch) const {
    SequenceNumber wanted = first_chosen(stretch.begin());
    stretch.end_at(choice_.range.to.next());
    if (wanted > choice_.range.to) {
        return {};
    }
    bool is_full = false;
    std::size_t scanned = 0;
    const auto stop_at = [&](SequenceNumber next) -> Status {
        stretch.end_at(next);
        is_full = true;
        return base::fail(Code::Cancelled, "the stretch is full");
    };
    const auto visit = [&](const CommitView& commit) -> Status {
        const SequenceNumber first = std::max(commit.first, stretch.begin());
        if (stretch.bytes() >= options_.stretch_bytes || scanned >= options_.scanned_bytes) {
            return stop_at(first);
        }
        if (wanted.position() > commit.first.position() + commit.records.size() + kReadOver) {
            return stop_at(wanted);
        }
        for (const RecordView& record : commit.records) {
            scanned += bytes_of(record);
            if (record.sequence < stretch.begin() || !choice_.takes(record)) {
                continue;
            }
            if (choice_.only.empty()) {
                stretch.add(record);
            } else if (wanted = first_chosen(record.sequence); wanted == record.sequence) {
                stretch.add(record);
                wanted = first_chosen(record.sequence.next());
            }
        }
        return {};
    };
    const Status scanned_all =
        history_.scan({.from = std::max(wanted, stretch.begin()), .to = choice_.range.to}, visit);
    return is_full ? Status{} : scanned_all;
}

}  // namespace millbeck::runtime
