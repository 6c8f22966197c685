// Which streams and shards there are, which hashes each open shard takes, and where each begins,
// ends and was trimmed. In memory; every change is on disk before it is seen.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/shard_store.hpp"

namespace millbeck::shardlog {

inline constexpr std::uint32_t kShardsPerStreamMax = 256;

// `count` ranges that cover all hashes and differ by one hash at most. Requires: count > 0.
std::vector<HashRange> even_ranges(std::uint32_t count);

// Shards to close, and the ranges of the children that take their place.
struct Replacement {
    std::vector<ShardNumber> parents;
    std::vector<HashRange> children;
};

// What a reader must know of a shard.
struct ShardBounds {
    SequenceNumber starting;
    std::optional<SequenceNumber> ending;
    SequenceNumber trimmed;  // records up to here are gone; 0: none
};

// Invariants: the open shards of an enabled stream cover every hash exactly once; shard ids only
//             grow; a parent closes in the transaction that opens its children.
// Threads:    "writer" by one thread, "maintain" by one thread, the rest by any.
// Errors:     of SQLite: NoSpace, Io, Corrupt. The map is as it was after any error.
class ShardMap {
  public:
    static base::Result<std::unique_ptr<ShardMap>> open(const base::Path& folder);

    // ---- at open, before any other thread
    [[nodiscard]] const LogNumbers& numbers() const { return numbers_; }
    // One more than ever before, durable. `reached`: the last position recovery found.
    base::Result<std::uint32_t> begin_epoch(SequenceNumber reached);

    // ---- writer; `next` is the position of the next record, `now` the time
    base::Result<Stream> enable(const NewStream& spec, base::WallTime now, SequenceNumber next);
    // The shards that it closed; none when it was disabled already.
    base::Result<std::vector<ShardNumber>> disable(StreamId stream, base::WallTime now,
                                                   SequenceNumber next);
    // The children, in the order asked for.
    base::Result<std::vector<Shard>> replace(std::span<const Replacement> replacements,
                                             base::WallTime now, SequenceNumber next);
    // What each change of lineage asks for. NotFound; InUse: closed already; Invalid.
    [[nodiscard]] base::Result<Replacement> plan_roll(ShardNumber shard) const;
    [[nodiscard]] base::Result<Replacement> plan_split(ShardNumber shard,
                                                       std::optional<std::uint64_t> at) const;
    [[nodiscard]] base::Result<Replacement> plan_merge(ShardNumber left, ShardNumber right) const;
    // The open shards created at or before `created`.
    [[nodiscard]] std::vector<Replacement> plan_due_rolls(base::WallTime created) const;
    // The open shard of the stream that takes the hash. Absent: the stream is not enabled.
    [[nodiscard]] std::optional<ShardNumber> route(StreamId stream, std::uint64_t hash) const;

    // ---- any
    [[nodiscard]] std::optional<ShardBounds> bounds(ShardNumber shard) const;
    [[nodiscard]] std::vector<Stream> streams() const;
    [[nodiscard]] std::optional<Stream> find_stream(StreamId stream) const;
    [[nodiscard]] std::optional<Stream> find_stream(const TableName& table,
                                                    std::string_view label) const;
    [[nodiscard]] std::vector<Shard> shards(StreamId stream) const;
    [[nodiscard]] std::optional<Shard> find_shard(ShardNumber shard) const;
    [[nodiscard]] std::uint64_t open_shards() const;

    // ---- maintain
    // Shards whose records may lie in [first, last].
    [[nodiscard]] std::vector<ShardNumber> shards_between(SequenceNumber first,
                                                          SequenceNumber last) const;
    // The log is durable up to here: a later open that finds less refuses to start, and one that
    // finds more makes only the rest durable again.
    base::Status note_durable(SequenceNumber reached);
    // Records of these shards up to these positions are about to go, all others below
    // `first_retained` have none.
    base::Status trim(const std::vector<std::pair<ShardNumber, SequenceNumber>>& trimmed,
                      SequenceNumber first_retained);
    // Forgets shards closed at or before `closed` whose records are all gone, then streams
    // disabled by then that have no shard left. Streams of tables in `longer` are remembered for so
    // much longer. Returns how many of both.
    base::Result<std::size_t> forget(base::WallTime closed, SequenceNumber first_retained,
                                     SequenceNumber next,
                                     const std::map<TableName, base::Milliseconds>& longer = {});

  private:
    struct Route {
        std::uint64_t last_hash;
        ShardNumber shard;
    };

    ShardMap(ShardStore store, base::Path path)
        : store_(std::move(store)), path_(std::move(path)) {}

    [[nodiscard]] base::Result<Shard> open_shard(ShardNumber shard) const;
    ShardState make_shard(LogNumbers& numbers, StreamId stream, base::WallTime now,
                          SequenceNumber next) const;
    base::Status commit(ShardChange& change, const LogNumbers& numbers, SequenceNumber next);
    void rebuild_routes();
    base::Status open_maintain_store();
    std::string unique_label(const TableName& table, base::WallTime& created) const;
    std::vector<ShardState> closed_states(std::span<const ShardNumber> shards, base::WallTime now,
                                          SequenceNumber next) const;

    ShardStore store_;  // the writer's connection
    const base::Path path_;
    LogNumbers numbers_;                                            // the writer's, after open
    std::unordered_map<std::uint32_t, std::vector<Route>> routes_;  // the writer's
    std::optional<ShardStore> maintain_store_;                      // maintain's connection
    SequenceNumber noted_;                                          // maintain's

    mutable base::Mutex mutex_;
    std::map<StreamId, StreamState> streams_ MB_GUARDED_BY(mutex_);
    std::map<ShardNumber, ShardState> shards_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::shardlog
