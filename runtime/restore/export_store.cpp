#include "runtime/restore/export_store.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace millbeck::runtime {

using base::Result;
using base::Status;
using base::WallTime;

namespace {

constexpr std::array<std::string_view, 1> kSchema{R"sql(
    CREATE TABLE exports (
        id TEXT PRIMARY KEY,
        table_name TEXT NOT NULL,
        table_uuid TEXT NOT NULL,
        token TEXT NOT NULL,
        bucket TEXT NOT NULL,
        bucket_owner TEXT NOT NULL,
        prefix TEXT NOT NULL,
        encryption TEXT NOT NULL,
        encryption_key TEXT NOT NULL,
        time_ms INTEGER,
        from_ms INTEGER,
        to_ms INTEGER,
        view INTEGER,
        state INTEGER NOT NULL,
        started_ms INTEGER NOT NULL,
        as_of_ms INTEGER NOT NULL,
        ended_ms INTEGER,
        failure_code TEXT NOT NULL,
        failure TEXT NOT NULL,
        items INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        manifest_key TEXT NOT NULL) WITHOUT ROWID;
)sql"};

constexpr std::string_view kColumns =
    "id, table_name, table_uuid, token, bucket, bucket_owner, prefix, encryption, encryption_key, "
    "time_ms, from_ms, to_ms, view, state, started_ms, as_of_ms, ended_ms, failure_code, failure, "
    "items, bytes, manifest_key";

void bind_time(base::Statement& statement, int index, const std::optional<WallTime>& time) {
    if (time) {
        statement.bind(index, base::to_millis(*time));
    } else {
        statement.bind_null(index);
    }
}

WallTime time_at(const base::Statement& row, int index) {
    return WallTime{base::Milliseconds{row.column_int(index)}};
}

std::optional<WallTime> maybe_time_at(const base::Statement& row, int index) {
    return row.column_is_null(index) ? std::nullopt : std::optional(time_at(row, index));
}

ExportWish wish_of(const base::Statement& row) {
    ExportWish wish;
    wish.table = shardlog::TableName{row.column_text(1)};
    wish.token = row.column_text(3);
    wish.bucket = row.column_text(4);
    wish.bucket_owner = row.column_text(5);
    wish.prefix = row.column_text(6);
    wish.encryption = row.column_text(7);
    wish.encryption_key = row.column_text(8);
    wish.time = maybe_time_at(row, 9);
    if (!row.column_is_null(10)) {
        wish.increment = ExportWish::Increment{time_at(row, 10), maybe_time_at(row, 11),
                                               static_cast<ExportView>(row.column_int(12))};
    }
    return wish;
}

Export export_of(const base::Statement& row) {
    Export one;
    one.id = row.column_text(0);
    one.wish = wish_of(row);
    one.table_uuid = row.column_text(2);
    one.state = static_cast<ExportState>(row.column_int(13));
    one.started = time_at(row, 14);
    one.as_of = time_at(row, 15);
    one.ended = maybe_time_at(row, 16);
    one.failure_code = row.column_text(17);
    one.failure = row.column_text(18);
    one.items = static_cast<std::uint64_t>(row.column_int(19));
    one.bytes = static_cast<std::uint64_t>(row.column_int(20));
    one.manifest_key = row.column_text(21);
    return one;
}

}  // namespace

Result<std::unique_ptr<ExportStore>> ExportStore::open(const base::Path& file) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    return std::unique_ptr<ExportStore>(new ExportStore(std::move(database)));
}

Status ExportStore::put(const Export& one) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto put, database_.prepare("INSERT OR REPLACE INTO exports (" + std::string(kColumns) +
                                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                                       "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)"));
    const ExportWish& wish = one.wish;
    put.bind(1, one.id).bind(2, wish.table.value()).bind(3, one.table_uuid).bind(4, wish.token);
    put.bind(5, wish.bucket).bind(6, wish.bucket_owner).bind(7, wish.prefix);
    put.bind(8, wish.encryption).bind(9, wish.encryption_key);
    bind_time(put, 10, wish.time);
    if (wish.increment) {
        bind_time(put, 11, wish.increment->from);
        bind_time(put, 12, wish.increment->to);
        put.bind(13, static_cast<std::int64_t>(wish.increment->view));
    } else {
        put.bind_null(11).bind_null(12).bind_null(13);
    }
    put.bind(14, static_cast<std::int64_t>(one.state)).bind(15, base::to_millis(one.started));
    put.bind(16, base::to_millis(one.as_of));
    bind_time(put, 17, one.ended);
    put.bind(18, one.failure_code).bind(19, one.failure);
    put.bind(20, static_cast<std::int64_t>(one.items));
    put.bind(21, static_cast<std::int64_t>(one.bytes)).bind(22, one.manifest_key);
    return put.run();
}

Status ExportStore::remove(const std::string& id) {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto erase, database_.prepare("DELETE FROM exports WHERE id = ?1"));
    return erase.bind(1, id).run();
}

Result<std::vector<Export>> ExportStore::list() {
    const base::MutexLock lock(mutex_);
    MB_TRY(auto rows,
           database_.prepare("SELECT " + std::string(kColumns) + " FROM exports ORDER BY id"));
    std::vector<Export> found;
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return found;
        }
        found.push_back(export_of(rows));
    }
}

}  // namespace millbeck::runtime
