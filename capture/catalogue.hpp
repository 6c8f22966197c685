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
#include "capture/table.hpp"

namespace millbeck::capture {

struct TableEntry {
    TableDescription description;             // counts are item_store's and stay 0 here
    shardlog::SequenceNumber first_position;  // no record of the table is below it
};

// One state of the catalogue; never changes.
struct TableMap {
    std::map<std::string, std::shared_ptr<const TableEntry>, std::less<>> by_name;
    std::unordered_map<std::uint32_t, const TableEntry*> by_id;  // into by_name

    [[nodiscard]] const TableEntry* find(std::string_view name) const;
    [[nodiscard]] const TableEntry* find(shardlog::TableId id) const;
};

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
    base::Status update(const TableDescription& table);  // same id; everything but the keys
    base::Status remove(shardlog::TableId table);        // and notes that its data must go

    // Removed tables whose data may still be stored.
    [[nodiscard]] base::Result<std::vector<shardlog::TableId>> pending_drops();
    base::Status forget_drop(shardlog::TableId table);

  private:
    explicit Catalogue(base::Database database) : database_(std::move(database)) {}

    base::Status load();
    base::Status load_tags(std::map<std::uint32_t, std::vector<Tag>>& tags);
    void publish(std::shared_ptr<const TableMap> map);
    void publish_with(std::shared_ptr<const TableEntry> entry);

    base::Database database_;
    mutable base::Mutex mutex_;
    std::shared_ptr<const TableMap> map_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::capture
