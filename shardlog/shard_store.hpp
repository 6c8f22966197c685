// Streams, shards and the log's few numbers on disk: one SQLite file, changed rarely, always whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::shardlog {

struct StreamState {
    Stream stream;
    std::optional<base::WallTime> disabled;  // set exactly when the status is Disabled
};

struct ShardState {
    Shard shard;
    base::WallTime closed{};  // when `ending` was set
    SequenceNumber trimmed;   // records of the shard up to here are gone; 0: none are
};

struct LogNumbers {
    std::int64_t epoch = 0;  // 0: the log was never opened
    std::int64_t next_stream = 1;
    std::int64_t next_shard = 1;
    std::int64_t newest_shard_ms = 0;  // creation time of the newest shard ever
    SequenceNumber durable_through;    // the log reached at least this position
    SequenceNumber first_retained{1};  // positions below were trimmed
};

// One transaction. Absent and empty parts change nothing.
struct ShardChange {
    std::vector<StreamState> opened_streams{};
    std::vector<std::pair<StreamId, base::WallTime>> disabled_streams{};
    std::vector<ShardState> closed_shards{};  // ending and closing time
    std::vector<ShardState> opened_shards{};
    std::vector<std::pair<ShardNumber, SequenceNumber>> trimmed_shards{};
    std::vector<ShardNumber> forgotten_shards{};
    std::vector<StreamId> forgotten_streams{};
    std::vector<std::pair<std::string_view, std::int64_t>>
        numbers{};  // never back: the larger stays
};

inline constexpr std::string_view kNumberEpoch = "epoch";
inline constexpr std::string_view kNumberNextStream = "next_stream";
inline constexpr std::string_view kNumberNextShard = "next_shard";
inline constexpr std::string_view kNumberNewestShardMs = "newest_shard_ms";
inline constexpr std::string_view kNumberDurableThrough = "durable_through";
inline constexpr std::string_view kNumberFirstRetained = "first_retained";

// One connection. Threads: one at a time; the log's writer and maintain have one store each.
class ShardStore {
  public:
    static base::Result<ShardStore> open(const base::Path& path);

    base::Result<LogNumbers> load_numbers();
    base::Result<std::vector<StreamState>> load_streams();
    base::Result<std::vector<ShardState>> load_shards();

    base::Status save(const ShardChange& change);

  private:
    explicit ShardStore(base::Database database) : database_(std::move(database)) {}

    base::Status save_streams(const ShardChange& change);
    base::Status save_shards(const ShardChange& change);

    base::Database database_;
};

}  // namespace millbeck::shardlog
