// The tables there are: names, schemas, settings, tags, which stream is theirs, and the tables
// whose data still has to go. Kept in one SQLite file; read from an immutable snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "capture/index_row.hpp"
#include "capture/table.hpp"

namespace millbeck::capture {

struct TableEntry {
    TableEntry() = default;
    TableEntry(TableDescription table, shardlog::SequenceNumber first);

    // The old image costs log bytes; it is kept only where a reader may ask for it, or recovery,
    // which takes the old entries out of the indexes.
    [[nodiscard]] bool logs_old_image() const;

    TableDescription description;             // counts are item_store's and stay 0 here
    shardlog::SequenceNumber first_position;  // no record of the table is below it
    std::vector<IndexPlan> indexes;           // as description.indexes, then that of expiry
    std::vector<KeySchema> index_keys;        // as description.indexes
};

// One state of the catalogue; never changes.
struct TableMap {
    std::map<std::string, std::shared_ptr<const TableEntry>, std::less<>> by_name;
    std::unordered_map<std::uint32_t, const TableEntry*> by_id;  // into by_name

    [[nodiscard]] const TableEntry* find(std::string_view name) const;
    [[nodiscard]] const TableEntry* find(shardlog::TableId id) const;
};

// Ids of indexes, of expiry too, that `before` has and `after` has not: their entries must go.
std::vector<shardlog::TableId> dropped_indexes(const TableDescription& before,
                                               const TableDescription& after);

// Invariants: an id is given once, also over deletions and crashes; the snapshot equals the file.
// Threads:    tables() by any; all else by one thread (open, then the committer).
// Errors:     NoSpace, Io, Corrupt; after a failure file and snapshot are as they were.
class Catalogue {
  public:
    // Opens or creates the file.
    static base::Result<std::unique_ptr<Catalogue>> open(const base::Path& file);

    [[nodiscard]] std::shared_ptr<const TableMap> tables() const;

    // Durable before it is returned: a crash loses the number and never gives it again.
    base::Result<shardlog::TableId> reserve_id();

    // Each is one transaction, then a new snapshot.
    base::Status insert(const TableDescription& table, shardlog::SequenceNumber first_position);
    // Same id; everything but the keys. Indexes that are gone from it are noted: their data must
    // go.
    base::Status update(const TableDescription& table);
    base::Status remove(
        shardlog::TableId table);  // and notes that its data, and its indexes', must go

    // Removed tables whose data may still be stored.
    [[nodiscard]] base::Result<std::vector<shardlog::TableId>> pending_drops();
    base::Status forget_drop(shardlog::TableId table);

  private:
    explicit Catalogue(base::Database database) : database_(std::move(database)) {}

    base::Status load();
    base::Status load_indexes(std::map<std::uint32_t, std::vector<IndexDescription>>& indexes);
    base::Status load_index_keys(std::map<std::int64_t, KeySchema>& keys);
    base::Status store_indexes(const TableDescription& table);
    base::Status store_index_keys(const IndexDescription& index);
    base::Status store_tags(const TableDescription& table);
    base::Status note_dropped_indexes(const TableDescription& before,
                                      const TableDescription& after);
    base::Status note_drop(shardlog::TableId id);
    base::Status load_tags(std::map<std::uint32_t, std::vector<Tag>>& tags);
    void publish(std::shared_ptr<const TableMap> map);
    void publish_with(std::shared_ptr<const TableEntry> entry);

    base::Database database_;
    mutable base::Mutex mutex_;
    std::shared_ptr<const TableMap> map_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::capture
