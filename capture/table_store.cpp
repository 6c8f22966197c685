#include "capture/table_store.hpp"

#include <atomic>
#include <future>
#include <utility>

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "capture/catalogue.hpp"
#include "capture/committer.hpp"
#include "capture/expiry_sweeper.hpp"
#include "capture/index_filler.hpp"
#include "capture/item_collection.hpp"
#include "capture/item_store.hpp"
#include "capture/key_check.hpp"
#include "capture/page_reader.hpp"
#include "capture/prepared_write.hpp"
#include "capture/recovery.hpp"
#include "capture/row_key.hpp"
#include "capture/table_admin.hpp"
#include "capture/table_past.hpp"
#include "capture/write_queue.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::TableId;
using shardlog::TableName;

constexpr base::Milliseconds kHousekeepingEvery{1'000};
constexpr std::uint64_t kFlushMarginBytes = 1U << 20U;  // filters, indexes, the log meanwhile

const Error kStopping{Code::Unavailable, "The server is stopping: try again later"};

QueueLimits queue_limits(const StoreOptions& options) {
    return {.commits_max = options.queue_writes_max,
            .bytes_max = options.queue_bytes_max,
            .group_bytes_max = options.group_bytes_max};
}

// The data of deleted tables on its way out: the committer adds, maintain() drops, the committer
// forgets.
class Drops {
  public:
    void add(TableId table) {
        const base::MutexLock lock(mutex_);
        pending_.push_back(table);
    }
    std::vector<TableId> pending() const {
        const base::MutexLock lock(mutex_);
        return pending_;
    }
    void done(TableId table) {
        const base::MutexLock lock(mutex_);
        std::erase(pending_, table);
        done_.push_back(table);
    }
    std::vector<TableId> take_done() {
        const base::MutexLock lock(mutex_);
        return std::exchange(done_, {});
    }

  private:
    mutable base::Mutex mutex_;
    std::vector<TableId> pending_ MB_GUARDED_BY(mutex_);
    std::vector<TableId> done_ MB_GUARDED_BY(mutex_);
};

class LogTableStore final : public TableStore {
  public:
    LogTableStore(const StoreContext& context, base::Path folder, const StoreOptions& options,
                  std::unique_ptr<Catalogue> catalogue, std::unique_ptr<ItemStore> items)
        : context_(context),
          folder_(std::move(folder)),
          catalogue_(std::move(catalogue)),
          items_(std::move(items)),
          queue_(queue_limits(options)),
          committer_(context.clock, context.metrics, *catalogue_, *items_, context.log,
                     options.logs_old_images),
          filler_(*catalogue_, *items_),
          sweeper_(context.clock, *catalogue_, *items_,
                   [this](std::vector<Commit> commits, Completion done) {
                       submit(std::move(commits), std::move(done));
                   }),
          admin_(context.clock, context.random, *catalogue_, *items_, context.log) {}
    LogTableStore(const LogTableStore&) = delete;
    LogTableStore& operator=(const LogTableStore&) = delete;
    ~LogTableStore() override { refuse_waiting(kStopping); }

    Status start();

    Result<TableDescription> create_table(const TableSpec& spec) override {
        return run<TableDescription>([&] { return admin_.create(spec); });
    }
    Result<TableDescription> update_table(const TableUpdate& update) override {
        return run<TableDescription>([&] {
            auto updated = admin_.update(update);
            if (updated) {
                for (const TableId index : admin_.take_dropped_indexes()) {
                    drops_.add(index);
                }
            }
            return updated;
        });
    }
    Result<TableDescription> delete_table(const TableName& name) override {
        return run<TableDescription>([&] {
            auto removed = admin_.remove(name);
            if (removed) {
                drops_.add(removed->id);
                for (const TableId index : dropped_indexes(*removed, {})) {
                    drops_.add(index);
                }
            }
            return removed;
        });
    }
    Result<TableDescription> describe_table(const TableName& name) const override;
    Result<KeysOfTable> keys_of(const TableName& name) const override;
    std::vector<TableName> list_tables(std::string_view after, std::size_t limit) const override;

    void submit(std::vector<Commit> commits, Completion done) override;
    Result<StoredItem> get_item(const TableName& table, const shardlog::Item& key) const override;
    Result<std::vector<StoredItem>> get_items(std::span<const ItemAddress> items) const override;
    Result<std::optional<ItemCollection>> item_collection(
        const TableName& table, const shardlog::Item& attributes) const override;
    Result<Page> read_page(const PageRequest& request) const override;
    Status for_each_item(const TableName& table,
                         const std::function<Status(std::string_view item)>& visit) const override;

    Result<std::shared_ptr<const shardlog::TableImage>> image(
        const TableName& table) const override;

    Result<StoredItem> get_item_as_of(const TableName& table, const shardlog::Item& key,
                                      SequenceNumber as_of) const override {
        MB_TRY(const TablePast past, past_of(table));
        return past.item(key, as_of);
    }
    Result<std::shared_ptr<const shardlog::TableImage>> image_as_of(
        const TableName& table, SequenceNumber as_of) const override {
        MB_TRY(const TablePast past, past_of(table));
        return past.image(as_of);
    }
    Status item_history(const TableName& table, const shardlog::Item& key, shardlog::LogRange range,
                        shardlog::ReadOrder order, const TablePast::Visitor& visit) const override {
        MB_TRY(const TablePast past, past_of(table));
        return past.history(key, range, order, visit);
    }

    Result<shardlog::Shard> roll_shard(const shardlog::ShardId& shard) override {
        return run<shardlog::Shard>([&] { return admin_.roll(shard); });
    }
    Result<std::vector<shardlog::Shard>> split_shard(const shardlog::ShardId& shard,
                                                     std::optional<std::uint64_t> at) override {
        return run<std::vector<shardlog::Shard>>([&] { return admin_.split(shard, at); });
    }
    Result<shardlog::Shard> merge_shards(const shardlog::ShardId& left,
                                         const shardlog::ShardId& right) override {
        return run<shardlog::Shard>([&] { return admin_.merge(left, right); });
    }

    Status commit_some(base::Milliseconds patience) override;
    void close_queue() override { queue_.close(kStopping); }
    Status maintain() override;

  private:
    // Runs `work` on the committer's thread, between two groups, and waits for it.
    template <typename T, typename Work>
    Result<T> run(Work work) {
        std::promise<Result<T>> promise;
        auto future = promise.get_future();
        Command command = [&promise, &work](Status may_run) {
            promise.set_value(may_run ? work() : Result<T>(tl::unexpected(may_run.error())));
        };
        MB_TRY_STATUS(queue_.push(command));
        return future.get();
    }

    static Result<const TableEntry*> find(const TableMap& tables, const TableName& table);
    static Result<std::string> storage_key(const TableMap& tables, const TableName& table,
                                           const shardlog::Item& key);
    [[nodiscard]] Result<TablePast> past_of(const TableName& table) const {
        const auto tables = catalogue_->tables();
        MB_TRY(const TableEntry* entry, find(*tables, table));
        return TablePast(tables->by_name.at(entry->description.spec.name.value()), *items_,
                         context_.log);
    }
    Status commit_batch();
    bool fill_indexes();
    void keep_house();
    void refuse_waiting(const Error& why);

    StoreContext context_;
    const base::Path folder_;
    std::unique_ptr<Catalogue> catalogue_;
    std::unique_ptr<ItemStore> items_;
    WriteQueue queue_;
    Drops drops_;

    // The committer's.
    Committer committer_;
    IndexFiller filler_;
    ExpirySweeper sweeper_;  // maintain()'s
    TableAdmin admin_;
    QueueBatch batch_;
    base::Instant next_housekeeping_{};
    std::optional<Error> fatal_;

    // maintain()'s: the tables on disk hold everything at or below it.
    SequenceNumber flushed_;
};

Status LogTableStore::start() {
    const auto flushed = items_->applied();
    const base::Instant begin = context_.clock.instant();
    MB_TRY(const RecoveryReport report, recover(*catalogue_->tables(), context_.log, *items_));
    if (report.records_applied + report.records_skipped > 0) {
        const auto took =
            std::chrono::duration_cast<base::Milliseconds>(context_.clock.instant() - begin);
        base::log(base::LogLevel::Info, "capture", "applied the log to the tables",
                  {{"records", report.records_applied},
                   {"of_deleted_tables", report.records_skipped},
                   {"took_ms", std::int64_t{took.count()}}});
    }
    MB_TRY_STATUS(admin_.retire_unclaimed_streams());
    MB_TRY(const std::vector<TableId> pending, catalogue_->pending_drops());
    for (const TableId table : pending) {
        drops_.add(table);
    }
    if (flushed) {
        flushed_ = *flushed;
        context_.log.release(flushed_);
    }
    return {};
}

Result<TableDescription> LogTableStore::describe_table(const TableName& name) const {
    const auto tables = catalogue_->tables();
    const TableEntry* entry = tables->find(name.value());
    if (entry == nullptr) {
        return tl::unexpected(table_not_found(name));
    }
    return describe(*entry, *items_);
}

Result<KeysOfTable> LogTableStore::keys_of(const TableName& name) const {
    auto tables = catalogue_->tables();
    MB_TRY(const TableEntry* entry, find(*tables, name));
    return KeysOfTable{std::move(tables), &entry->description.spec.keys, entry->index_keys,
                       entry->indexes};
}

std::vector<TableName> LogTableStore::list_tables(std::string_view after, std::size_t limit) const {
    const auto tables = catalogue_->tables();
    std::vector<TableName> names;
    for (auto next = tables->by_name.upper_bound(after);
         next != tables->by_name.end() && names.size() < limit; ++next) {
        if (!next->first.starts_with('$')) {
            names.emplace_back(next->first);
        }
    }
    return names;
}

Result<const TableEntry*> LogTableStore::find(const TableMap& tables, const TableName& table) {
    const TableEntry* entry = tables.find(table.value());
    if (entry == nullptr) {
        return fail(Code::NotFound, "Requested resource not found");
    }
    return entry;
}

void LogTableStore::submit(std::vector<Commit> commits, Completion done) {
    auto request = prepare(*catalogue_->tables(), std::move(commits));
    if (!request) {
        done(tl::unexpected(std::move(request).error()));
        return;
    }
    if (Status read = read_ahead(*request, *items_); !read) {
        done(tl::unexpected(std::move(read).error()));
        return;
    }
    request->done = std::move(done);
    if (Status pushed = queue_.push(*request); !pushed) {
        request->done(tl::unexpected(std::move(pushed).error()));
    }
}

Result<std::string> LogTableStore::storage_key(const TableMap& tables, const TableName& table,
                                               const shardlog::Item& key) {
    MB_TRY(const TableEntry* entry, find(tables, table));
    MB_TRY_STATUS(check_key(entry->description.spec.keys, key));
    std::string text;
    append_table_prefix(text, entry->description.id);
    append_row_key(text, entry->description.spec.keys, key);
    return text;
}

Result<StoredItem> LogTableStore::get_item(const TableName& table,
                                           const shardlog::Item& key) const {
    MB_TRY(const std::string row, storage_key(*catalogue_->tables(), table, key));
    return items_->get(row);
}

Result<std::vector<StoredItem>> LogTableStore::get_items(std::span<const ItemAddress> items) const {
    const auto tables = catalogue_->tables();
    std::vector<std::string> rows;
    for (const ItemAddress& item : items) {
        MB_TRY(rows.emplace_back(), storage_key(*tables, item.table, item.key));
    }
    const std::vector<std::string_view> keys(rows.begin(), rows.end());
    return items_->get(keys);
}

Result<std::optional<ItemCollection>> LogTableStore::item_collection(
    const TableName& table, const shardlog::Item& attributes) const {
    const auto tables = catalogue_->tables();
    MB_TRY(const TableEntry* entry, find(*tables, table));
    return measure_collection(*entry, *items_, attributes);
}

Result<Page> LogTableStore::read_page(const PageRequest& request) const {
    const auto tables = catalogue_->tables();
    MB_TRY(const TableEntry* entry, find(*tables, request.table));
    return capture::read_page(*entry, *items_, request);
}

Status LogTableStore::for_each_item(
    const TableName& table, const std::function<Status(std::string_view item)>& visit) const {
    const auto tables = catalogue_->tables();
    MB_TRY(const TableEntry* entry, find(*tables, table));
    ItemRange range;
    range.cached = false;
    append_table_prefix(range.begin, entry->description.id);
    append_table_prefix(range.end, TableId{entry->description.id.value() + 1});
    return items_->visit(range,
                         [&](std::string_view, const shardlog::ItemView& item) -> Result<Visit> {
                             MB_TRY_STATUS(visit(item.text));
                             return Visit::Continue;
                         });
}

Result<std::shared_ptr<const shardlog::TableImage>> LogTableStore::image(
    const TableName& table) const {
    const auto tables = catalogue_->tables();
    MB_TRY(const TableEntry* entry, find(*tables, table));
    MB_TRY(auto image, items_->image(entry->description.id, entry->description.spec.keys));
    // A table that was deleted meanwhile may have been dropped before the image could keep it.
    const auto now = catalogue_->tables();
    MB_TRY(const TableEntry* still, find(*now, table));
    if (still->description.id != entry->description.id) {
        return fail(Code::Unavailable, "the table was made anew meanwhile");
    }
    return image;
}

Status LogTableStore::commit_some(base::Milliseconds patience) {
    if (fatal_) {
        return tl::unexpected(*fatal_);
    }
    keep_house();
    do {
        queue_.take(batch_, fill_indexes() ? base::Milliseconds{0} : patience);
        if (Status committed = commit_batch(); !committed) {
            fatal_ = committed.error();
            refuse_waiting(
                {Code::Unavailable,
                 "The server can no longer write and has to be restarted: " + fatal_->message});
            return committed;
        }
    } while (!batch_.empty() && queue_.closed());  // a closed queue is emptied in one call
    return {};
}

Status LogTableStore::commit_batch() {
    if (batch_.command) {
        (*batch_.command)({});
        return {};
    }
    return batch_.writes.empty() ? Status{} : committer_.commit(batch_.writes);
}

// Whether there is more to fill at once.
bool LogTableStore::fill_indexes() {
    const auto more = filler_.step();
    if (!more) {
        base::log(base::LogLevel::Warn, "capture", "an index cannot be filled and will be later",
                  {{"error", more.error().message}});
    }
    return more && *more;
}

// What may run between groups but need not run between any two of them. Nothing here loses data
// when it fails, so a failure is told and tried again.
void LogTableStore::keep_house() {
    const base::Instant now = context_.clock.instant();
    if (now < next_housekeeping_) {
        return;
    }
    next_housekeeping_ = now + kHousekeepingEvery;
    Status done;
    if (auto rolled = context_.log.roll_due_shards(); !rolled) {
        done = tl::unexpected(std::move(rolled).error());
    }
    for (const TableId table : drops_.take_done()) {
        if (Status forgotten = catalogue_->forget_drop(table); !forgotten) {
            done = std::move(forgotten);  // dropped once more after the next start
        }
    }
    if (!done) {
        base::log(base::LogLevel::Warn, "capture", "housekeeping failed and will be tried again",
                  {{"error", done.error().message}});
    }
}

void LogTableStore::refuse_waiting(const Error& why) {
    queue_.close(why);
    while (true) {
        queue_.take(batch_, base::Milliseconds{0});
        if (batch_.empty()) {
            return;
        }
        if (batch_.command) {
            (*batch_.command)(tl::unexpected(why));
        }
        for (WriteRequest& request : batch_.writes) {
            request.done(tl::unexpected(why));
        }
    }
}

Status LogTableStore::maintain() {
    MB_TRY_STATUS(sweeper_.sweep());
    const std::vector<TableId> dropped = drops_.pending();
    for (const TableId table : dropped) {
        MB_TRY_STATUS(items_->drop(table));
    }
    const bool filled = filler_.wants_flush();
    if (dropped.empty() && !filled && context_.log.sealed_through() <= flushed_) {
        return {};
    }
    // A flush that fails leaves RocksDB refusing every later write, which would end the process.
    MB_TRY(const std::uint64_t free_bytes, context_.files.free_bytes(folder_));
    if (free_bytes < items_->unflushed_bytes() + kFlushMarginBytes) {
        return fail(Code::NoSpace,
                    "there is no room on the disk to flush the tables in " + folder_.native());
    }
    MB_TRY(flushed_, items_->flush());
    if (filled) {
        filler_.flushed();
    }
    for (const TableId table : dropped) {
        drops_.done(table);
    }
    context_.log.release(flushed_);
    return {};
}

}  // namespace

Result<std::unique_ptr<TableStore>> TableStore::open(StoreContext context, const base::Path& folder,
                                                     StoreOptions options) {
    MB_TRY_STATUS(context.files.create_folders(folder));
    MB_TRY(auto catalogue, Catalogue::open(folder / "catalogue.db"));
    MB_TRY(auto items,
           ItemStore::open(folder / "tables", {.block_cache_bytes = options.block_cache_bytes,
                                               .item_cache_bytes = options.item_cache_bytes,
                                               .memtable_bytes = options.memtable_bytes}));
    auto store = std::make_unique<LogTableStore>(context, folder, options, std::move(catalogue),
                                                 std::move(items));
    MB_TRY_STATUS(store->start());
    return std::unique_ptr<TableStore>(std::move(store));
}

}  // namespace millbeck::capture
