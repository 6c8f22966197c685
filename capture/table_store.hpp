// The door of the tables: a write goes in, is decided, logged, synced, applied, answered; a read
// sees only what is durable. Tables are what you get by applying the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/table.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::capture {

struct StoreOptions {
    std::size_t queue_writes_max = 16'384;       // waiting atomic commits; more: Unavailable
    std::size_t queue_bytes_max = 256u << 20;    // of their items
    std::size_t group_bytes_max = 8u << 20;      // items of one group commit
    std::size_t block_cache_bytes = 256u << 20;  // RocksDB, filled as needed
    std::size_t memtable_bytes = 64u << 20;
};

enum class ReturnValues { None, AllOld };

struct PutWrite {
    shardlog::TableName table;
    shardlog::Item item;
    ReturnValues return_values = ReturnValues::None;
};

struct DeleteWrite {
    shardlog::TableName table;
    shardlog::Item key;  // exactly the key attributes
    ReturnValues return_values = ReturnValues::None;
};

using Write = std::variant<PutWrite, DeleteWrite>;

// All or nothing: one frame of the log.
using Commit = std::vector<Write>;

struct WriteResult {
    std::optional<std::string> old_image;  // canonical text; for AllOld, when an item existed
    std::uint32_t old_size_bytes = 0;      // of the item that existed, always; 0 when none did
};

// Runs once: on the committer's thread after the commits are durable and applied, or refused; on
// the caller's thread, inside submit(), when a check or a full queue refuses them at once. Must be
// quick and must not block. One result per write, commits flattened, in order.
using Completion = std::function<void(base::Result<std::vector<WriteResult>>)>;

// A change of an existing table; exactly the fields that are set are applied.
struct TableUpdate {
    shardlog::TableName name;
    std::optional<BillingMode> billing;
    std::optional<Throughput> throughput;
    // nullopt: untouched; inner nullopt: off; else on with this view type.
    std::optional<std::optional<shardlog::StreamViewType>> stream;
    std::optional<bool> deletion_protection;
    std::optional<std::string> table_class;
};

// Where everything is that a store needs; borrowed for its life.
struct StoreContext {
    base::FileSystem& files;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    shardlog::ShardLog& log;
};

// Invariants: an answered write is on the synced log and in the tables; tables equal the log's
//             replay; a reader never sees what is not durable; a table id is never used twice.
// Threads:    commit_some() by one thread, the committer; maintain() by one thread; all else by
//             any.
// Errors:     the service's own messages with Invalid, NotFound, InUse, LimitExceeded; Unavailable
//             when queues are full or the store has failed; NoSpace.
class TableStore {
  public:
    // Opens catalogue and tables below `folder`, then applies what the log has and they have not.
    // Corrupt, in words, when the tables are lost and the log no longer reaches back far enough.
    static base::Result<std::unique_ptr<TableStore>> open(StoreContext context, base::Path folder,
                                                          StoreOptions options);
    virtual ~TableStore() = default;

    // ---- tables. These wait for the committer: it must be running.
    virtual base::Result<TableDescription> create_table(const TableSpec& spec) = 0;
    virtual base::Result<TableDescription> update_table(const TableUpdate& update) = 0;
    virtual base::Result<TableDescription> delete_table(const shardlog::TableName& name) = 0;
    [[nodiscard]] virtual base::Result<TableDescription> describe_table(
        const shardlog::TableName& name) const = 0;
    // Names after `after` ("" = from the start) in byte order, at most `limit`.
    [[nodiscard]] virtual std::vector<shardlog::TableName> list_tables(std::string_view after,
                                                                       std::size_t limit) const = 0;

    // ---- items
    // Checks every write against its table first: one bad write refuses all, and nothing is logged.
    // After that each commit is atomic by itself; `done` is called when all are durable.
    virtual void submit(std::vector<Commit> commits, Completion done) = 0;

    // The canonical text of the item with exactly this key; nullopt when there is none.
    [[nodiscard]] virtual base::Result<std::optional<std::string>> get_item(
        const shardlog::TableName& table, const shardlog::Item& key) const = 0;

    // Visits items in storage order (partition hash, then sort key) on a consistent snapshot.
    [[nodiscard]] virtual base::Status for_each_item(
        const shardlog::TableName& table,
        const std::function<base::Status(std::string_view item)>& visit) const = 0;

    // ---- shards of a table's enabled stream; run between two groups by the committer.
    virtual base::Result<shardlog::Shard> roll_shard(const shardlog::ShardId& shard) = 0;
    virtual base::Result<std::vector<shardlog::Shard>> split_shard(
        const shardlog::ShardId& shard, std::optional<std::uint64_t> at) = 0;
    virtual base::Result<shardlog::Shard> merge_shards(const shardlog::ShardId& left,
                                                       const shardlog::ShardId& right) = 0;

    // ---- threads of runtime
    // Waits up to `patience` for work, then commits one group: append, one sync, apply, publish,
    // answer. Rolls due shards between groups. An error is fatal: stop accepting, say so, exit.
    virtual base::Status commit_some(base::Milliseconds patience) = 0;

    // Refuses new writes with Unavailable and wakes commit_some(). What is queued is still
    // committed: the next commit_some() returns when the queue is empty.
    virtual void close_queue() = 0;

    // Flushes the tables when a segment was sealed, releases the log, drops data of deleted tables.
    virtual base::Status maintain() = 0;
};

}  // namespace millbeck::capture
