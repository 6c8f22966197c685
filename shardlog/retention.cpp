#include "shardlog/retention.hpp"

#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {
namespace {

using base::Code;
using base::Milliseconds;
using base::Status;

constexpr Milliseconds kGrowingAgeMax{3'600'000};
constexpr int kGrowingAgePart = 8;  // of the retention: what it may be exceeded by
// A call: compressing one takes half a second.
constexpr std::size_t kArchivedAtOnceMax = 2;
constexpr Milliseconds kEarlyToldEvery{3'600'000};

using Longer = std::map<TableName, Milliseconds>;

Longer longer_than_others(const LogOptions& options) {
    Longer longer;
    for (const auto& [table, retention] : options.table_retention) {
        if (retention > options.retention) {
            longer[table] = retention - options.retention;
        }
    }
    return longer;
}

// How much longer than others the segment is kept for shards in it.
Milliseconds extra_time(Segment& segment, const std::map<ShardNumber, Milliseconds>& shards) {
    Milliseconds most{0};
    if (shards.empty()) {
        return most;
    }
    const auto index = segment.index();
    for (const auto& [shard, extra] : shards) {
        // Of a damaged index nothing is known: what may be in the segment is kept.
        if (!index || (*index)->find(shard).count > 0) {
            most = std::max(most, extra);
        }
    }
    return most;
}

}  // namespace

Retention::Retention(base::FileSystem& files, base::Path folder, const base::Clock& clock,
                     LogMetrics& metrics, LogState& state, SegmentPool& pool, ShardMap& map,
                     const PinBoard& pins, Archive& archive, const LogOptions& options)
    : files_(files),
      folder_(std::move(folder)),
      clock_(clock),
      metrics_(metrics),
      state_(state),
      pool_(pool),
      map_(map),
      pins_(pins),
      archive_(archive),
      options_(options),
      longer_(longer_than_others(options)) {}

void Retention::release(SequenceNumber applied) {
    std::uint64_t known = released_.load();
    while (known < applied.position() &&
           !released_.compare_exchange_weak(known, applied.position())) {
    }
}

std::map<ShardNumber, Milliseconds> Retention::long_shards() const {
    std::map<ShardNumber, Milliseconds> found;
    if (longer_.empty()) {
        return found;
    }
    for (const Stream& stream : map_.streams()) {
        const auto longer = longer_.find(stream.table_name);
        if (longer == longer_.end()) {
            continue;
        }
        for (const Shard& shard : map_.shards(stream.id)) {
            found[shard.id.number()] = longer->second;
        }
    }
    return found;
}

Retention::Expired Retention::expired() const {
    const auto segments = state_.segments();
    const std::int64_t oldest_kept_ms = base::to_millis(clock_.wall()) - options_.retention.count();
    const SequenceNumber released{released_.load()};
    const SequenceNumber pinned = archive_.takes() ? pins_.oldest_for_shards() : pins_.oldest();
    std::uint64_t bytes = 0;
    for (const auto& segment : *segments) {
        bytes += segment->sealed() ? segment->file_bytes() : 0;
    }
    const auto shards = long_shards();
    Expired found;
    const std::size_t most =
        archive_.takes() && !archive_.is_compacting() ? kArchivedAtOnceMax : segments->size();
    for (const auto& segment : *segments) {
        const SegmentExtent extent = segment->extent();
        const bool may_go = segment->sealed() && segment != segments->back() &&
                            extent.last <= released && extent.last < pinned;
        const bool is_old =
            extent.newest_time_ms <= oldest_kept_ms && may_go &&
            extent.newest_time_ms <= oldest_kept_ms - extra_time(*segment, shards).count();
        const bool is_too_much = options_.retention_bytes > 0 && bytes > options_.retention_bytes;
        if (!may_go || (!is_old && !is_too_much) || found.segments.size() == most) {
            break;
        }
        bytes -= segment->file_bytes();
        found.segments.push_back(segment);
        found.early_records +=
            is_old ? 0 : extent.last.position() - segment->first().position() + 1;
    }
    return found;
}

// Says, durably and before anything goes, up to where each shard's records are gone.
Status Retention::mark_trimmed(const SegmentList& expired) {
    std::map<ShardNumber, SequenceNumber> trimmed;
    for (const auto& segment : expired) {
        const auto index = segment->index();
        if (index) {
            for (const ShardOffsets& shard : (*index)->all()) {
                trimmed[shard.shard] = SequenceNumber{shard.last_position};
            }
            continue;
        }
        if (index.error().code != Code::Corrupt) {
            return tl::unexpected<base::Error>(index.error());
        }
        // Nobody knows which shards had records in it: none of them may pretend it had not.
        base::log(base::LogLevel::Error, "shardlog", "trims a damaged segment",
                  {{"error", index.error().message}});
        for (const ShardNumber shard : map_.shards_between(segment->first(), segment->last())) {
            trimmed[shard] = segment->last();
        }
    }
    return map_.trim({trimmed.begin(), trimmed.end()}, expired.back()->last().next());
}

// A promise that is not kept is said, but not with every segment of a busy day.
void Retention::tell_early(std::uint64_t records) {
    metrics_.early_records.add(static_cast<double>(records));
    if (clock_.instant() < early_told_again_) {
        return;
    }
    early_told_again_ = clock_.instant() + kEarlyToldEvery;
    base::log(base::LogLevel::Warn, "shardlog",
              "records go before their retention is over, because the log is larger than "
              "retention_bytes; allow it more, or keep records for less time",
              {{"records", records}, {"retention_bytes", options_.retention_bytes}});
}

// What is damaged cannot be kept, and must not keep the rest from going.
Status Retention::archive(const SegmentList& segments) {
    for (const auto& segment : segments) {
        Status added = archive_.add(*segment);
        if (!added && added.error().code != Code::Corrupt) {
            return added;
        }
        if (!added) {
            base::log(base::LogLevel::Error, "shardlog",
                      "a damaged segment cannot be archived: history ends behind it",
                      {{"error", added.error().message}});
        }
    }
    return {};
}

Status Retention::trim() {
    Expired gone = expired();
    if (archive_.takes()) {
        MB_TRY_STATUS(archive(gone.segments));
    }
    MB_TRY_STATUS(archive_.expire(clock_.wall(), pins_.oldest()));
    MB_TRY_STATUS(archive_.compact_one());
    if (!gone.segments.empty()) {
        MB_TRY_STATUS(mark_trimmed(gone.segments));
    }
    if (gone.early_records > 0) {
        tell_early(gone.early_records);
    }
    for (auto& segment : gone.segments) {
        state_.remove_oldest();
        MB_TRY_STATUS(dispose(std::move(segment)));
    }
    const auto segments = state_.segments();
    const base::WallTime closed{clock_.wall() - options_.retention};
    MB_TRY([[maybe_unused]] const std::size_t forgotten,
           map_.forget(closed, segments->front()->first(), state_.published().next(), longer_));
    return {};
}

// A reader that still holds the segment keeps its bytes: then the file only loses its name.
Status Retention::dispose(std::shared_ptr<Segment> segment) {
    metrics_.trimmed_records.add(
        static_cast<double>(segment->last().position() - segment->first().position() + 1));
    const SequenceNumber first = segment->first();
    const base::Path path = segment->path();
    const std::uint64_t bytes = segment->file_bytes();
    // Out of the list, a segment finds no new holder. Letting go of the last one, and not looking
    // at the count, is what orders everything its readers did before what follows.
    const bool is_held = segment.use_count() > 1;
    segment.reset();
    MB_TRY_STATUS(files_.remove(index_path(folder_, first)));
    MB_TRY_STATUS(files_.remove(past_path(folder_, first)));
    return is_held ? files_.remove(path) : pool_.recycle(first, bytes);
}

void Retention::rest() const {
    const auto segments = state_.segments();
    for (const auto& segment : *segments) {
        segment->rest();
    }
    archive_.rest();
}

bool Retention::wants_seal() const {
    const auto segments = state_.segments();
    const Segment& growing = *segments->back();
    const Milliseconds age_max = std::min(options_.retention / kGrowingAgePart, kGrowingAgeMax);
    return !growing.empty() &&
           base::to_millis(clock_.wall()) - growing.extent().first_time_ms >= age_max.count();
}

}  // namespace millbeck::shardlog
