// The items as they are now: a materialised view of the log, on RocksDB without a log of its own.
// Column family `default`: storage key (row_key.hpp) -> format u8, item size u32, sequence u64 (all
// little-endian), canonical text. Column family `meta`: "applied" -> position u64; "counts/" and
// the table id u32 big-endian -> items i64, bytes i64. Every change of items, counts and position
// is one atomic batch, and families are flushed together: whatever a crash leaves on disk is the
// exact state after some position of the log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "capture/index_row.hpp"
#include "capture/read_page.hpp"
#include "shardlog/record.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::capture {

struct ItemStoreOptions {
    std::size_t block_cache_bytes = 512u << 20;  // filled as needed; 1 MB ..
    std::size_t item_cache_bytes = 256u << 20;   // filled as needed; 0: none
    std::size_t memtable_bytes = 64u << 20;      // of changes before a flush; 1 MB ..
};

// One change of one item, decided already; borrowed for the call. Made from a live write or from a
// record of the log: apply() cannot tell which.
struct ItemChange {
    shardlog::TableId table;
    shardlog::EventName event = shardlog::EventName::Insert;
    shardlog::SequenceNumber sequence;
    std::string_view row_key;
    shardlog::ItemView new_image;      // absent exactly on Remove
    std::uint32_t old_size_bytes = 0;  // 0 exactly on Insert
    std::string_view old_text = {};    // needed, unless Insert, where there are indexes
    std::span<const IndexPlan> indexes = {};
};

// How many items a table holds, and their bytes by the service's rules.
struct TableCounts {
    std::int64_t items = 0;
    std::int64_t bytes = 0;
    friend bool operator==(const TableCounts&, const TableCounts&) = default;
};

// Storage keys from `begin` up to, not including, `end`.
struct ItemRange {
    std::string begin;
    std::string end;
    Order order = Order::Ascending;
    bool cached = true;  // false: a scan
};
enum class Visit { Continue, Stop };
using ItemVisitor =
    std::function<base::Result<Visit>(std::string_view storage_key, const shardlog::ItemView&)>;

// Results of read(), reused from group to group; views live until the next read() into it.
class ItemReads {
  public:
    ItemReads();
    ~ItemReads();
    ItemReads(const ItemReads&) = delete;
    ItemReads& operator=(const ItemReads&) = delete;

    // The i-th item asked for, or an absent view.
    [[nodiscard]] shardlog::ItemView item(std::size_t i) const;

  private:
    friend class ItemStore;
    struct State;
    std::unique_ptr<State> state_;
};

// Invariants: counts are exact at applied(); applied() never goes back.
// Threads:    apply() by one thread; drop() and flush() by one thread, also beside apply(); reads
//             by any.
// Errors:     NoSpace, Io, Corrupt. After a failed apply() the store is behind the log and must
//             not be written again.
class ItemStore {
  public:
    static base::Result<std::unique_ptr<ItemStore>> open(const base::Path& folder,
                                                         const ItemStoreOptions& options);
    // Flushes nothing: closing is what a crash does, so every start is a recovery.
    ~ItemStore();
    ItemStore(const ItemStore&) = delete;
    ItemStore& operator=(const ItemStore&) = delete;

    // Position of the newest change applied; nullopt when nothing ever was: a new or lost folder.
    [[nodiscard]] std::optional<shardlog::SequenceNumber> applied() const;

    // All of `changes` take effect or none, and `through` becomes applied(). Sorts `changes` by
    // key, keeping the order within a key: neighbours are cheaper to insert. Requires: through >
    // applied(), changes of one key in the order of their sequences.
    base::Status apply(std::span<ItemChange> changes, shardlog::SequenceNumber through);

    // An item of a table, by way of the cache; many at once, in the order of the keys, which are
    // distinct.
    [[nodiscard]] base::Result<StoredItem> get(std::string_view storage_key) const;
    [[nodiscard]] base::Result<std::vector<StoredItem>> get(
        std::span<const std::string_view> storage_keys) const;

    // Many at once, into `reads`, without the cache. Keys are distinct.
    base::Status read(std::span<const std::string_view> storage_keys, ItemReads& reads) const;

    // Visits the items of a range in the order of their storage keys or against it, on a consistent
    // view. What a long scan reads does not push out of the cache what others use.
    [[nodiscard]] base::Status visit(const ItemRange& range, const ItemVisitor& visitor) const;

    // About how many bytes the rows of a range take, on disk and in memory. Rough where they are
    // few.
    [[nodiscard]] std::uint64_t approximate_bytes(const ItemRange& range) const;

    [[nodiscard]] TableCounts counts(shardlog::TableId table) const;

    // The table as it is now, for as long as the image lives; the store outlives it.
    [[nodiscard]] base::Result<std::shared_ptr<const shardlog::TableImage>> image(
        shardlog::TableId table, const KeySchema& keys) const;

    // Gives the items of a range their entries in `index`, as they are now; returns how many items
    // it looked at, at most `items_max`, and moves `range.begin` behind them. By the thread of
    // apply(); idempotent.
    base::Result<std::size_t> fill(ItemRange& range, const IndexPlan& index, std::size_t items_max);

    // Deletes everything of a table or an index. Durable after the next flush(). Idempotent.
    base::Status drop(shardlog::TableId table);

    // About what flush() would write now.
    [[nodiscard]] std::uint64_t unflushed_bytes() const;

    // Makes everything applied so far durable; returns the position it covers.
    base::Result<shardlog::SequenceNumber> flush();

  private:
    struct State;
    explicit ItemStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace millbeck::capture
