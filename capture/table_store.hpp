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
#include "capture/expression/condition.hpp"
#include "capture/expression/update.hpp"
#include "capture/index_row.hpp"
#include "capture/read_page.hpp"
#include "capture/table.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::capture {

struct StoreOptions {
    std::size_t queue_writes_max = 16'384;       // waiting atomic commits; more: Unavailable
    std::size_t queue_bytes_max = 256u << 20;    // of their items
    std::size_t group_bytes_max = 8u << 20;      // items of one group commit
    std::size_t block_cache_bytes = 512u << 20;  // RocksDB, filled as needed
    std::size_t item_cache_bytes = 256u << 20;   // texts of items, filled as needed; 0: none
    std::size_t memtable_bytes = 64u << 20;
    // Old images of all tables are logged: where there is an archive, it is to tell every state.
    bool logs_old_images = false;
};

// A put and a delete know None and AllOld.
enum class ReturnValues { None, AllOld, UpdatedOld, AllNew, UpdatedNew };
enum class OnConditionFailure { ShowNothing, ShowItem };

// What the item must be like for its write to happen.
struct WriteCondition {
    std::optional<expression::Condition> holds;  // absent: anything
    OnConditionFailure on_failure = OnConditionFailure::ShowNothing;
};

// What a write tells besides what it did to its item. Nothing costs nothing.
enum class WriteReport : std::uint8_t { Nothing, IndexWrites };

// Keys: exactly the key attributes.
struct PutWrite {
    shardlog::TableName table;
    shardlog::Item item;
    ReturnValues return_values = ReturnValues::None;
    WriteCondition condition = {};
    WriteReport report = WriteReport::Nothing;
};
struct DeleteWrite {
    shardlog::TableName table;
    shardlog::Item key;
    ReturnValues return_values = ReturnValues::None;
    WriteCondition condition = {};
    shardlog::Origin origin = shardlog::Origin::User;
    WriteReport report = WriteReport::Nothing;
};
// What may not be larger than 400 KB: the item as it will be, or also what the update is written
// with (expression/update_charge.hpp). Source: recorded; the second is UpdateItem's alone.
enum class UpdateLimit : std::uint8_t { Item, ItemAndUpdate };
struct UpdateWrite {
    shardlog::TableName table;
    shardlog::Item key;
    expression::Update update;
    ReturnValues return_values = ReturnValues::None;
    WriteCondition condition = {};
    WriteReport report = WriteReport::Nothing;
    UpdateLimit limit = UpdateLimit::Item;
};
// Writes nothing; its commit happens only if its condition holds.
struct CheckWrite {
    shardlog::TableName table;
    shardlog::Item key;
    WriteCondition condition = {};
};

using Write = std::variant<PutWrite, DeleteWrite, UpdateWrite, CheckWrite>;

// All or nothing: one frame of the log.
using Commit = std::vector<Write>;

struct WriteResult {
    // Why this write kept its commit from happening: ConditionFailed, or Invalid from an update.
    // The other writes of the commit, which did not happen either, have none.
    std::optional<base::Error> refusal;
    // Canonical text of what was asked for with ReturnValues, if there is any; of a refused write
    // the item, if that was asked for and there is one.
    std::optional<std::string> attributes;
    std::uint32_t old_size_bytes = 0;      // of the item before, always; 0 when there was none
    std::uint32_t new_size_bytes = 0;      // of the item after, or, refused, before
    std::vector<IndexWrite> index_writes;  // if asked for; none of a refused write
};

// Runs once: on the committer's thread after the commits are durable and applied, or refused; on
// the caller's thread, inside submit(), when a check or a full queue refuses them at once. Must be
// quick and must not block. One result per write, commits flattened, in order.
using Completion = std::function<void(base::Result<std::vector<WriteResult>>)>;

// Tags of one table. Source: ServiceQuotas, "Tags".
inline constexpr std::size_t kTagsMax = 50;

struct TimeToLiveUpdate {
    bool enabled = false;
    std::string attribute;
};

// Of OnDemandThroughput and WarmThroughput: each member is there or not.
struct UnitsChange {
    std::optional<std::int64_t> read_units = {};
    std::optional<std::int64_t> write_units = {};
    [[nodiscard]] bool empty() const { return !read_units && !write_units; }
};

struct IndexCapacity {
    std::string index;
    std::optional<Throughput> throughput = {};
    UnitsChange maximum = {};
    UnitsChange warm = {};
};

// A change of an existing table; exactly the fields that are set are applied.
struct TableUpdate {
    shardlog::TableName name;
    std::optional<BillingMode> billing;
    std::optional<Throughput> throughput;
    UnitsChange maximum = {};  // -1: none from now on
    UnitsChange warm = {};
    std::optional<std::string> encryption_key;  // as in TableSpec
    // nullopt: untouched; inner nullopt: off; else on with this view type.
    std::optional<std::optional<shardlog::StreamViewType>> stream;
    std::optional<bool> deletion_protection;
    std::optional<std::string> table_class;
    std::optional<IndexSpec> create_index;  // a global one; filled while writers go on
    UnitsChange create_maximum = {};        // of that one
    UnitsChange create_warm = {};
    std::optional<std::string> delete_index;  // its name
    std::vector<IndexCapacity> index_capacities;
    std::optional<TimeToLiveUpdate> time_to_live;
    // PointInTimeRecovery; inner nullopt: off, else on, for so many days, 1..35.
    std::optional<std::optional<std::uint32_t>> recovery_days;
    // A name that is free, of a table without a stream: so a table that is still being filled has
    // one that clients cannot say (with a `$`), and its own when it is whole.
    std::optional<shardlog::TableName> rename = {};
    std::vector<Tag> tags_set;              // replace tags with the same key
    std::vector<std::string> tags_removed;  // keys; need not be there
};

// The keys of a table and of its indexes, as of one moment.
struct KeysOfTable {
    std::shared_ptr<const void> state;  // what the others are views of
    const KeySchema* table = nullptr;
    std::span<const KeySchema> indexes;  // of those that readers know
    std::span<const IndexPlan> plans;    // of these, then that of expiry
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
    static base::Result<std::unique_ptr<TableStore>> open(StoreContext context,
                                                          const base::Path& folder,
                                                          StoreOptions options);
    virtual ~TableStore() = default;

    // ---- tables. These wait for the committer: it must be running.
    virtual base::Result<TableDescription> create_table(const TableSpec& spec) = 0;
    virtual base::Result<TableDescription> update_table(const TableUpdate& update) = 0;
    virtual base::Result<TableDescription> delete_table(const shardlog::TableName& name) = 0;
    [[nodiscard]] virtual base::Result<TableDescription> describe_table(
        const shardlog::TableName& name) const = 0;
    // What calls of items need to know of a table. Costs no more than finding it.
    [[nodiscard]] virtual base::Result<KeysOfTable> keys_of(
        const shardlog::TableName& name) const = 0;
    // Names after `after` ("" = from the start) in byte order, at most `limit`; none with a `$`.
    [[nodiscard]] virtual std::vector<shardlog::TableName> list_tables(std::string_view after,
                                                                       std::size_t limit) const = 0;

    // ---- items
    // Checks every write against its table first: one bad write refuses all, and nothing is logged.
    // After that each commit is atomic by itself; `done` is called when all are durable.
    virtual void submit(std::vector<Commit> commits, Completion done) = 0;

    // The items with exactly these keys, each as it is or absent, all as of one moment.
    [[nodiscard]] virtual base::Result<StoredItem> get_item(const shardlog::TableName& table,
                                                            const shardlog::Item& key) const = 0;
    [[nodiscard]] virtual base::Result<std::vector<StoredItem>> get_items(
        std::span<const ItemAddress> items) const = 0;

    // About how large the item collection of this item or key is; nullopt: it is in none, for only
    // tables with local indexes have them. Errors: NotFound.
    [[nodiscard]] virtual base::Result<std::optional<ItemCollection>> item_collection(
        const shardlog::TableName& table, const shardlog::Item& attributes) const = 0;

    // One page of a Query or a Scan. Errors: NotFound; Invalid with the service's text.
    [[nodiscard]] virtual base::Result<Page> read_page(const PageRequest& request) const = 0;

    // Visits items in storage order (partition hash, then sort key) on a consistent snapshot.
    [[nodiscard]] virtual base::Status for_each_item(
        const shardlog::TableName& table,
        const std::function<base::Status(std::string_view item)>& visit) const = 0;

    // The table as it is now, for as long as the image lives; the store outlives it. Errors:
    // NotFound.
    [[nodiscard]] virtual base::Result<std::shared_ptr<const shardlog::TableImage>> image(
        const shardlog::TableName& table) const = 0;

    // ---- the past. Positions are shardlog::LogHistory's; `as_of` is inclusive.
    // Errors of all: NotFound; Invalid (the table was not there yet, or the position is not written
    // yet); Trimmed (the log does not know it any more, or never did: old images are logged where a
    // stream shows them, for indexes and with point-in-time recovery).
    [[nodiscard]] virtual base::Result<StoredItem> get_item_as_of(
        const shardlog::TableName& table, const shardlog::Item& key,
        shardlog::SequenceNumber as_of) const = 0;

    // The table as it was. Keeps what it needs of the log while it lives; the store outlives it.
    [[nodiscard]] virtual base::Result<std::shared_ptr<const shardlog::TableImage>> image_as_of(
        const shardlog::TableName& table, shardlog::SequenceNumber as_of) const = 0;

    // The changes of one item, in this order, until one is Unwanted. The visitor is given each with
    // its old image where anything tells it. Never Trimmed: what is gone is not visited.
    virtual base::Status item_history(
        const shardlog::TableName& table, const shardlog::Item& key, shardlog::LogRange range,
        shardlog::ReadOrder order,
        const std::function<base::Result<shardlog::NextRecord>(const shardlog::RecordView&)>& visit)
        const = 0;

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

    // Flushes the tables when a segment was sealed, releases the log, drops data of deleted tables,
    // and queues the deletion of items that have expired.
    virtual base::Status maintain() = 0;
};

}  // namespace millbeck::capture
