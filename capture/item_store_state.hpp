// The inside of the item store, and the only form its rows have: shared by the item_store*.cpp
// files and by nobody else.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/mutex.hpp"
#include "capture/item_cache.hpp"
#include "capture/item_store.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {

inline rocksdb::Slice to_slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
inline std::string_view bytes_of(const rocksdb::Slice& slice) {
    return {slice.data(), slice.size()};
}

// NoSpace, Corrupt or Io: `tables: <what>: ...`.
base::Status to_status(const rocksdb::Status& status, std::string_view what);

// What stands before the text of a stored value: format u8, item size u32, sequence u64.
inline constexpr std::size_t kHeaderBytes = 13;
using Header = std::array<char, kHeaderBytes>;
Header make_header(std::uint32_t size_bytes, shardlog::SequenceNumber sequence);

// The item of a stored value. Corrupt: it has no such header.
base::Result<shardlog::ItemView> parse_value(std::string_view value);

inline std::string table_prefix(shardlog::TableId table) {
    std::string prefix;
    append_table_prefix(prefix, table);
    return prefix;
}

// The key of a table's or an index's counts in the family `meta`.
std::string counts_key(shardlog::TableId table);

struct ItemStore::State {
    explicit State(std::size_t item_cache_bytes) : cache(item_cache_bytes) {}

    using CountMap = std::unordered_map<std::uint32_t, TableCounts>;

    ItemCache cache;
    std::unique_ptr<rocksdb::DB> db;
    rocksdb::ColumnFamilyHandle* items = nullptr;  // closed in ~ItemStore
    rocksdb::ColumnFamilyHandle* meta = nullptr;
    rocksdb::WriteOptions write_options;
    rocksdb::WriteBatch batch;              // at work
    std::string item_key;                   // of the change at work
    CountMap touched;                       // the counts after the batch at work
    std::atomic<std::uint64_t> applied{0};  // valid when `ever_applied`
    std::atomic<bool> ever_applied{false};
    mutable base::Mutex mutex;
    CountMap counts MB_GUARDED_BY(mutex);
    mutable std::unordered_map<std::uint32_t, std::size_t> imaged
        MB_GUARDED_BY(mutex);  // living images

    // As long as it lives, drop() leaves the table's files to compactions, which know snapshots.
    [[nodiscard]] std::shared_ptr<const void> keep_files(shardlog::TableId table) const;
    [[nodiscard]] bool keeps_files(shardlog::TableId table) const;

    base::Status load();
    // The applied position as a snapshot shows it; before the first change: the beginning.
    [[nodiscard]] base::Result<shardlog::SequenceNumber> applied_at(
        const rocksdb::Snapshot* snapshot) const;
    base::Status load_counts();
    TableCounts& touch(shardlog::TableId table);
    base::Status stage(const ItemChange& change);
    base::Status stage_entry(const ItemChange& change, const IndexPlan& index);
    base::Status put_entry(const IndexPlan& index, const std::string& key,
                           const shardlog::ItemView& item, shardlog::SequenceNumber sequence);
    base::Status replace_entry(const IndexPlan& index, const std::string& key,
                               const shardlog::ItemView& old, const ItemChange& change);
    base::Status put_row(const std::string& key, const shardlog::ItemView& entry,
                         shardlog::SequenceNumber sequence);
    base::Status delete_entry(const IndexPlan& index, const std::string& key,
                              const shardlog::ItemView& item);
    base::Status stage_counts();
    base::Status stage_position(shardlog::SequenceNumber through);
    base::Status write_batch();
    // A row as it is in the tables: of an item or of an index.
    [[nodiscard]] base::Result<StoredItem> read_row(std::string_view storage_key) const;
    [[nodiscard]] TableCounts counts_of(shardlog::TableId table) const;
};

}  // namespace millbeck::capture
