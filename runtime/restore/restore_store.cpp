#include "runtime/restore/restore_store.hpp"

#include <array>
#include <utility>

namespace millbeck::runtime {

using base::Result;
using base::Status;

namespace {

constexpr std::array<std::string_view, 1> kSchema{R"sql(
    CREATE TABLE restores (
        hidden TEXT PRIMARY KEY,
        target TEXT NOT NULL,
        table_uuid TEXT NOT NULL DEFAULT '',
        done INTEGER NOT NULL DEFAULT 0,
        source_table_arn TEXT NOT NULL,
        source_backup_arn TEXT NOT NULL,
        as_of_ms INTEGER NOT NULL) WITHOUT ROWID;
)sql"};

}  // namespace

Result<std::unique_ptr<RestoreStore>> RestoreStore::open(const base::Path& file) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    return std::unique_ptr<RestoreStore>(new RestoreStore(std::move(database)));
}

Status RestoreStore::begin(const shardlog::TableName& hidden, const shardlog::TableName& target,
                           const RestoreNote& note) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto statement,
           database_.prepare("INSERT INTO restores (hidden, target, source_table_arn, "
                             "source_backup_arn, as_of_ms) VALUES (?1, ?2, ?3, ?4, ?5)"));
    statement.bind(1, hidden.value())
        .bind(2, target.value())
        .bind(3, note.source_table_arn)
        .bind(4, note.source_backup_arn)
        .bind(5, base::to_millis(note.as_of));
    return statement.run();
}

Status RestoreStore::run(std::string_view sql, std::string_view first, std::string_view second) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto statement, database_.prepare(sql));
    statement.bind(1, first);
    if (!second.empty()) {
        statement.bind(2, second);
    }
    return statement.run();
}

Status RestoreStore::set_uuid(const shardlog::TableName& hidden, const std::string& uuid) {
    return run("UPDATE restores SET table_uuid = ?2 WHERE hidden = ?1", hidden.value(), uuid);
}

Status RestoreStore::finish(const shardlog::TableName& hidden) {
    return run("UPDATE restores SET done = 1 WHERE hidden = ?1", hidden.value());
}

Status RestoreStore::forget(const shardlog::TableName& hidden) {
    return run("DELETE FROM restores WHERE hidden = ?1", hidden.value());
}

Result<std::vector<StoredRestore>> RestoreStore::list() {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto rows, database_.prepare("SELECT hidden, target, table_uuid, done, "
                                        "source_table_arn, source_backup_arn, as_of_ms "
                                        "FROM restores"));
    std::vector<StoredRestore> found;
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return found;
        }
        StoredRestore one;
        one.hidden = shardlog::TableName{rows.column_text(0)};
        one.target = shardlog::TableName{rows.column_text(1)};
        one.table_uuid = rows.column_text(2);
        one.done = rows.column_int(3) != 0;
        one.note = {rows.column_text(4), rows.column_text(5),
                    base::WallTime{base::Milliseconds{rows.column_int(6)}}};
        found.push_back(std::move(one));
    }
}

}  // namespace millbeck::runtime
