#include "shardlog/shard_map.hpp"

#include <algorithm>

#include "shardlog/log_files.hpp"

namespace millbeck::shardlog {

using base::MutexLock;
using base::Result;
using base::Status;

Result<std::unique_ptr<ShardMap>> ShardMap::open(const base::Path& folder) {
    const base::Path path = folder / kShardsDatabase;
    MB_TRY(ShardStore store, ShardStore::open(path));
    std::unique_ptr<ShardMap> map(new ShardMap(std::move(store), path));
    MB_TRY(map->numbers_, map->store_.load_numbers());
    MB_TRY(auto streams, map->store_.load_streams());
    MB_TRY(auto shards, map->store_.load_shards());
    {
        const MutexLock lock(map->mutex_);
        for (StreamState& state : streams) {
            map->streams_.emplace(state.stream.id, std::move(state));
        }
        for (ShardState& state : shards) {
            map->shards_.emplace(state.shard.id.number(), std::move(state));
        }
    }
    map->rebuild_routes();
    return map;
}

void ShardMap::rebuild_routes() {
    routes_.clear();
    const MutexLock lock(mutex_);
    for (const auto& [number, state] : shards_) {
        if (!state.shard.ending) {
            routes_[state.shard.stream.value()].push_back({state.shard.hashes.last, number});
        }
    }
    for (auto& [stream, routes] : routes_) {
        std::sort(routes.begin(), routes.end(),
                  [](const Route& a, const Route& b) { return a.last_hash < b.last_hash; });
    }
}

std::optional<ShardNumber> ShardMap::route(StreamId stream, std::uint64_t hash) const {
    const auto found = routes_.find(stream.value());
    if (found == routes_.end()) {
        return std::nullopt;
    }
    const auto taker =
        std::lower_bound(found->second.begin(), found->second.end(), hash,
                         [](const Route& r, std::uint64_t h) { return r.last_hash < h; });
    MB_CHECK(taker != found->second.end(), "the open shards of a stream cover every hash");
    return taker->shard;
}

std::optional<ShardBounds> ShardMap::bounds(ShardNumber shard) const {
    const MutexLock lock(mutex_);
    const auto found = shards_.find(shard);
    if (found == shards_.end()) {
        return std::nullopt;
    }
    const ShardState& state = found->second;
    return ShardBounds{state.shard.starting, state.shard.ending, state.trimmed};
}

std::vector<Stream> ShardMap::streams() const {
    std::vector<Stream> streams;
    {
        const MutexLock lock(mutex_);
        for (const auto& [id, state] : streams_) {
            streams.push_back(state.stream);
        }
    }
    std::sort(streams.begin(), streams.end(), [](const Stream& a, const Stream& b) {
        return a.table_name != b.table_name ? a.table_name < b.table_name : a.label < b.label;
    });
    return streams;
}

std::optional<Stream> ShardMap::find_stream(StreamId stream) const {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(stream);
    return found == streams_.end() ? std::nullopt : std::optional(found->second.stream);
}

std::optional<Stream> ShardMap::find_stream(const TableName& table, std::string_view label) const {
    const MutexLock lock(mutex_);
    for (const auto& [id, state] : streams_) {
        if (state.stream.table_name == table && state.stream.label == label) {
            return state.stream;
        }
    }
    return std::nullopt;
}

std::vector<Shard> ShardMap::shards(StreamId stream) const {
    std::vector<Shard> shards;  // numbers only grow with the ids, so this is ShardId order
    const MutexLock lock(mutex_);
    for (const auto& [number, state] : shards_) {
        if (state.shard.stream == stream) {
            shards.push_back(state.shard);
        }
    }
    return shards;
}

std::optional<Shard> ShardMap::find_shard(ShardNumber shard) const {
    const MutexLock lock(mutex_);
    const auto found = shards_.find(shard);
    return found == shards_.end() ? std::nullopt : std::optional(found->second.shard);
}

std::uint64_t ShardMap::open_shards() const {
    const MutexLock lock(mutex_);
    const auto open = std::count_if(shards_.begin(), shards_.end(), [](const auto& entry) {
        return !entry.second.shard.ending.has_value();
    });
    return static_cast<std::uint64_t>(open);
}

std::vector<ShardNumber> ShardMap::shards_between(SequenceNumber first, SequenceNumber last) const {
    std::vector<ShardNumber> found;
    const MutexLock lock(mutex_);
    for (const auto& [number, state] : shards_) {
        const bool ends_before = state.shard.ending && *state.shard.ending < first;
        if (state.shard.starting <= last && !ends_before) {
            found.push_back(number);
        }
    }
    return found;
}

Status ShardMap::open_maintain_store() {
    if (!maintain_store_) {
        MB_TRY(maintain_store_, ShardStore::open(path_));
    }
    return {};
}

Status ShardMap::note_durable(SequenceNumber reached) {
    if (reached <= noted_) {
        return {};
    }
    MB_TRY_STATUS(open_maintain_store());
    const auto position = static_cast<std::int64_t>(reached.position());
    MB_TRY_STATUS(maintain_store_->save({.numbers = {{kNumberDurableThrough, position}}}));
    noted_ = reached;
    return {};
}

Status ShardMap::trim(const std::vector<std::pair<ShardNumber, SequenceNumber>>& trimmed,
                      SequenceNumber first_retained) {
    MB_TRY_STATUS(open_maintain_store());
    const auto position = static_cast<std::int64_t>(first_retained.position());
    MB_TRY_STATUS(maintain_store_->save(
        {.trimmed_shards = trimmed, .numbers = {{kNumberFirstRetained, position}}}));
    const MutexLock lock(mutex_);
    for (const auto& [shard, through] : trimmed) {
        const auto found = shards_.find(shard);
        if (found != shards_.end()) {
            found->second.trimmed = std::max(found->second.trimmed, through);
        }
    }
    return {};
}

Result<std::size_t> ShardMap::forget(base::WallTime closed, SequenceNumber first_retained,
                                     SequenceNumber next,
                                     const std::map<TableName, base::Milliseconds>& longer) {
    ShardChange change;
    {
        const MutexLock lock(mutex_);
        std::map<StreamId, base::WallTime> closed_by;
        for (const auto& [id, state] : streams_) {
            const auto extra = longer.find(state.stream.table_name);
            closed_by[id] = extra == longer.end() ? closed : closed - extra->second;
        }
        std::map<StreamId, std::size_t> left;
        for (const auto& [number, state] : shards_) {
            const std::optional<SequenceNumber> ending = state.shard.ending;
            // Behind the whole log: trimmed. At its very end: nothing was ever given after it.
            const bool is_gone = ending && state.closed <= closed_by[state.shard.stream] &&
                                 (*ending < first_retained || *ending >= next);
            if (is_gone) {
                change.forgotten_shards.push_back(number);
            } else {
                ++left[state.shard.stream];
            }
        }
        for (const auto& [id, state] : streams_) {
            if (state.disabled && *state.disabled <= closed_by[id] && left[id] == 0) {
                change.forgotten_streams.push_back(id);
            }
        }
    }
    const std::size_t count = change.forgotten_shards.size() + change.forgotten_streams.size();
    if (count == 0) {
        return count;
    }
    MB_TRY_STATUS(open_maintain_store());
    MB_TRY_STATUS(maintain_store_->save(change));
    const MutexLock lock(mutex_);
    for (const ShardNumber shard : change.forgotten_shards) {
        shards_.erase(shard);
    }
    for (const StreamId stream : change.forgotten_streams) {
        streams_.erase(stream);
    }
    return count;
}

}  // namespace millbeck::shardlog
