#include "runtime/restore/backup_store.hpp"

#include <array>
#include <utility>

#include "runtime/restore/table_text.hpp"

namespace millbeck::runtime {

using base::Result;
using base::Status;

namespace {

constexpr std::array<std::string_view, 1> kSchema{R"sql(
    CREATE TABLE backups (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        type INTEGER NOT NULL,
        state INTEGER NOT NULL,
        created_ms INTEGER NOT NULL,
        expires_ms INTEGER,
        source TEXT NOT NULL) WITHOUT ROWID;
)sql"};

base::WallTime time_of(std::int64_t millis) {
    return base::WallTime{base::Milliseconds{millis}};
}

}  // namespace

Result<std::unique_ptr<BackupStore>> BackupStore::open(const base::Path& file) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    return std::unique_ptr<BackupStore>(new BackupStore(std::move(database)));
}

Status BackupStore::add(const Backup& backup) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto insert,
           database_.prepare("INSERT INTO backups (id, name, type, state, created_ms, expires_ms, "
                             "source) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)"));
    insert.bind(1, backup.id)
        .bind(2, backup.name)
        .bind(3, static_cast<std::int64_t>(backup.type))
        .bind(4, base::to_millis(backup.created))
        .bind(6, table_text(backup.table));
    if (backup.expires) {
        insert.bind(5, base::to_millis(*backup.expires));
    } else {
        insert.bind_null(5);
    }
    return insert.run();
}

Status BackupStore::finish(const Backup& backup) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto update,
           database_.prepare("UPDATE backups SET state = 1, source = ?2 WHERE id = ?1"));
    update.bind(1, backup.id).bind(2, table_text(backup.table));
    return update.run();
}

Status BackupStore::remove(const std::string& id) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto erase, database_.prepare("DELETE FROM backups WHERE id = ?1"));
    return erase.bind(1, id).run();
}

Result<std::vector<Backup>> BackupStore::list() {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto rows, database_.prepare("SELECT id, name, type, state, created_ms, expires_ms, "
                                        "source FROM backups ORDER BY id"));
    std::vector<Backup> found;
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return found;
        }
        Backup one;
        one.id = rows.column_text(0);
        one.name = rows.column_text(1);
        one.type = static_cast<BackupType>(rows.column_int(2));
        one.state = static_cast<BackupState>(rows.column_int(3));
        one.created = time_of(rows.column_int(4));
        if (!rows.column_is_null(5)) {
            one.expires = time_of(rows.column_int(5));
        }
        MB_TRY(one.table, parse_table_text(rows.column_text(6)));
        found.push_back(std::move(one));
    }
}

}  // namespace millbeck::runtime
