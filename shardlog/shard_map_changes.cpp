// The writer's half of the shard map: streams begin and end, shards close and open.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "shardlog/shard_map.hpp"

namespace millbeck::shardlog {

using base::Code;
using base::fail;
using base::MutexLock;
using base::Result;
using base::Status;

std::vector<HashRange> even_ranges(std::uint32_t count) {
    MB_CHECK(count > 0, "a stream has at least one shard");
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    // 2^64 = count * step + extra, computed without 2^64.
    std::uint64_t step = kMax / count;
    std::uint64_t extra = kMax % count + 1;
    if (extra == count) {
        ++step;
        extra = 0;
    }
    std::vector<HashRange> ranges;
    std::uint64_t first = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint64_t width = step + (i < extra ? 1 : 0);  // 0 stands for 2^64
        ranges.push_back({first, i + 1 == count ? kMax : first + width - 1});
        first += width;
    }
    return ranges;
}

Result<std::uint32_t> ShardMap::begin_epoch(SequenceNumber reached) {
    LogNumbers numbers = numbers_;
    ++numbers.epoch;
    numbers.durable_through = std::max(numbers.durable_through, reached);
    MB_TRY_STATUS(store_.save(
        {.numbers = {{kNumberEpoch, numbers.epoch},
                     {kNumberDurableThrough,
                      static_cast<std::int64_t>(numbers.durable_through.position())}}}));
    numbers_ = numbers;
    noted_ = numbers.durable_through;
    return static_cast<std::uint32_t>(numbers.epoch);
}

std::string ShardMap::unique_label(const TableName& table, base::WallTime& created) const {
    for (;; created += base::Milliseconds{1}) {
        std::string label = base::to_iso8601(created);
        if (!find_stream(table, label)) {
            return label;
        }
    }
}

ShardState ShardMap::make_shard(LogNumbers& numbers, StreamId stream, base::WallTime now,
                                SequenceNumber next) const {
    // Never older than any shard before it, whatever the wall clock does: ids sort by creation.
    numbers.newest_shard_ms = std::max(numbers.newest_shard_ms, base::to_millis(now));
    ShardState state;
    state.shard.id = ShardId(base::WallTime{base::Milliseconds{numbers.newest_shard_ms}},
                             ShardNumber{static_cast<std::uint32_t>(numbers.next_shard++)});
    state.shard.stream = stream;
    state.shard.starting = next;
    return state;
}

std::vector<ShardState> ShardMap::closed_states(std::span<const ShardNumber> shards,
                                                base::WallTime now, SequenceNumber next) const {
    std::vector<ShardState> closed;
    const MutexLock lock(mutex_);
    for (const ShardNumber shard : shards) {
        const auto found = shards_.find(shard);
        MB_CHECK(found != shards_.end() && !found->second.shard.ending, "closes open shards only");
        ShardState state = found->second;
        const SequenceNumber last_given{next.position() - 1};
        state.shard.ending = std::max(last_given, state.shard.starting);
        state.closed = now;
        closed.push_back(std::move(state));
    }
    return closed;
}

// Saves, then shows. Everything below `next` is durable: changes happen between groups.
Status ShardMap::commit(ShardChange& change, const LogNumbers& numbers, SequenceNumber next) {
    const SequenceNumber reached{next.position() - 1};
    change.numbers = {
        {kNumberNextStream, numbers.next_stream},
        {kNumberNextShard, numbers.next_shard},
        {kNumberNewestShardMs, numbers.newest_shard_ms},
        {kNumberDurableThrough, static_cast<std::int64_t>(reached.position())},
    };
    MB_TRY_STATUS(store_.save(change));
    numbers_ = numbers;
    numbers_.durable_through = reached;
    {
        const MutexLock lock(mutex_);
        for (const StreamState& state : change.opened_streams) {
            streams_[state.stream.id] = state;
        }
        for (const auto& [stream, when] : change.disabled_streams) {
            streams_[stream].disabled = when;
            streams_[stream].stream.status = StreamStatus::Disabled;
        }
        for (const ShardState& state : change.closed_shards) {
            ShardState& known = shards_[state.shard.id.number()];
            known.shard.ending = state.shard.ending;  // `trimmed` is maintain's
            known.closed = state.closed;
        }
        for (const ShardState& state : change.opened_shards) {
            shards_[state.shard.id.number()] = state;
        }
    }
    rebuild_routes();
    return {};
}

Result<Stream> ShardMap::enable(const NewStream& spec, base::WallTime now, SequenceNumber next) {
    if (spec.shard_count < 1 || spec.shard_count > kShardsPerStreamMax) {
        return fail(Code::Invalid, fmt::format("a stream has 1 to {} shards, {} were asked for",
                                               kShardsPerStreamMax, spec.shard_count));
    }
    for (const Stream& other : streams()) {
        if (other.table == spec.table && other.status == StreamStatus::Enabled) {
            return fail(Code::InUse, fmt::format("table {} already has an enabled stream: {}",
                                                 spec.table_name.value(), other.label));
        }
    }
    LogNumbers numbers = numbers_;
    StreamState state;
    state.stream = {.id = StreamId{static_cast<std::uint32_t>(numbers.next_stream++)},
                    .table = spec.table,
                    .table_name = spec.table_name,
                    .label = {},
                    .view_type = spec.view_type,
                    .status = StreamStatus::Enabled,
                    .created = now,
                    .key_schema = spec.key_schema};
    state.stream.label = unique_label(spec.table_name, state.stream.created);
    ShardChange change;
    for (const HashRange& range : even_ranges(spec.shard_count)) {
        change.opened_shards.push_back(make_shard(numbers, state.stream.id, now, next));
        change.opened_shards.back().shard.hashes = range;
    }
    change.opened_streams.push_back(state);
    MB_TRY_STATUS(commit(change, numbers, next));
    return state.stream;
}

Result<std::vector<ShardNumber>> ShardMap::disable(StreamId stream, base::WallTime now,
                                                   SequenceNumber next) {
    const std::optional<Stream> known = find_stream(stream);
    if (!known) {
        return fail(Code::NotFound, fmt::format("there is no stream {}", stream.value()));
    }
    std::vector<ShardNumber> open;
    if (known->status == StreamStatus::Disabled) {
        return open;
    }
    for (const Shard& shard : shards(stream)) {
        if (!shard.ending) {
            open.push_back(shard.id.number());
        }
    }
    ShardChange change;
    change.disabled_streams.emplace_back(stream, now);
    change.closed_shards = closed_states(open, now, next);
    MB_TRY_STATUS(commit(change, numbers_, next));
    return open;
}

Result<std::vector<Shard>> ShardMap::replace(std::span<const Replacement> replacements,
                                             base::WallTime now, SequenceNumber next) {
    LogNumbers numbers = numbers_;
    ShardChange change;
    std::vector<Shard> children;
    for (const Replacement& replacement : replacements) {
        const std::vector<ShardState> parents = closed_states(replacement.parents, now, next);
        for (const HashRange& range : replacement.children) {
            ShardState child = make_shard(numbers, parents.front().shard.stream, now, next);
            child.shard.hashes = range;
            for (const ShardState& parent : parents) {
                child.shard.parents.push_back(parent.shard.id);
            }
            children.push_back(child.shard);
            change.opened_shards.push_back(std::move(child));
        }
        change.closed_shards.insert(change.closed_shards.end(), parents.begin(), parents.end());
    }
    MB_TRY_STATUS(commit(change, numbers, next));
    return children;
}

Result<Shard> ShardMap::open_shard(ShardNumber shard) const {
    std::optional<Shard> found = find_shard(shard);
    if (!found) {
        return fail(Code::NotFound, fmt::format("there is no shard {}", shard.value()));
    }
    if (found->ending) {
        return fail(Code::InUse, fmt::format("shard {} is closed already", found->id.to_string()));
    }
    return *std::move(found);
}

Result<Replacement> ShardMap::plan_roll(ShardNumber shard) const {
    MB_TRY(const Shard parent, open_shard(shard));
    return Replacement{.parents = {shard}, .children = {parent.hashes}};
}

Result<Replacement> ShardMap::plan_split(ShardNumber shard, std::optional<std::uint64_t> at) const {
    MB_TRY(const Shard parent, open_shard(shard));
    const auto [first, last] = parent.hashes;
    const std::uint64_t second = at.value_or(first + (last - first) / 2 + 1);
    if (first == last || second <= first || second > last) {
        return fail(Code::Invalid,
                    fmt::format("shard {} holds hashes {} to {} and cannot be split at {}",
                                parent.id.to_string(), first, last, second));
    }
    const auto routes = routes_.find(parent.stream.value());
    if (routes != routes_.end() && routes->second.size() >= kShardsPerStreamMax) {
        return fail(Code::LimitExceeded,
                    fmt::format("a stream has at most {} open shards", kShardsPerStreamMax));
    }
    return Replacement{.parents = {shard}, .children = {{first, second - 1}, {second, last}}};
}

Result<Replacement> ShardMap::plan_merge(ShardNumber left, ShardNumber right) const {
    MB_TRY(Shard low, open_shard(left));
    MB_TRY(Shard high, open_shard(right));
    if (high.hashes.first < low.hashes.first) {
        std::swap(low, high);
    }
    if (low.stream != high.stream || low.hashes.last + 1 != high.hashes.first) {
        return fail(Code::Invalid, fmt::format("shards {} and {} are not neighbours",
                                               low.id.to_string(), high.id.to_string()));
    }
    return Replacement{.parents = {low.id.number(), high.id.number()},
                       .children = {{low.hashes.first, high.hashes.last}}};
}

std::vector<Replacement> ShardMap::plan_due_rolls(base::WallTime created) const {
    std::vector<Replacement> due;
    const MutexLock lock(mutex_);
    for (const auto& [number, state] : shards_) {
        if (!state.shard.ending && state.shard.id.created() <= created) {
            due.push_back({.parents = {number}, .children = {state.shard.hashes}});
        }
    }
    return due;
}

}  // namespace millbeck::shardlog
