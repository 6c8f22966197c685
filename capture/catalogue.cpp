#include "capture/catalogue.hpp"

#include <array>
#include <utility>

#include "capture/token_table.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using base::Statement;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::TableId;

constexpr std::array<std::string_view, 7> kSchema = {
    R"sql(
    CREATE TABLE settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO settings VALUES ('next_table_id', 1);
    CREATE TABLE tables (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        uuid TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        first_position INTEGER NOT NULL,
        hash_name TEXT NOT NULL,
        hash_type INTEGER NOT NULL,
        range_name TEXT,
        range_type INTEGER,
        billing INTEGER NOT NULL,
        read_units INTEGER NOT NULL,
        write_units INTEGER NOT NULL,
        stream_view INTEGER,
        stream_id INTEGER NOT NULL,
        latest_stream_label TEXT NOT NULL,
        deletion_protection INTEGER NOT NULL,
        table_class TEXT NOT NULL,
        shard_count INTEGER NOT NULL);
    CREATE TABLE tags (
        table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (table_id, key)) WITHOUT ROWID;
    CREATE TABLE drops (table_id INTEGER PRIMARY KEY);
)sql",
    // Of tables that are on demand (1) already nothing better is known than their creation.
    R"sql(
    ALTER TABLE tables ADD COLUMN on_demand_ms INTEGER;
    UPDATE tables SET on_demand_ms = created_ms WHERE billing = 1;
)sql",
    R"sql(
    CREATE TABLE indexes (
        id INTEGER PRIMARY KEY,
        table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        kind INTEGER NOT NULL,
        hash_name TEXT NOT NULL,
        hash_type INTEGER NOT NULL,
        range_name TEXT,
        range_type INTEGER,
        projection INTEGER NOT NULL,
        read_units INTEGER NOT NULL,
        write_units INTEGER NOT NULL,
        status INTEGER NOT NULL,
        UNIQUE (table_id, name));
    CREATE TABLE index_attributes (
        index_id INTEGER NOT NULL REFERENCES indexes (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (index_id, place)) WITHOUT ROWID;
)sql",
    R"sql(
    ALTER TABLE tables ADD COLUMN ttl_attribute TEXT;
    ALTER TABLE tables ADD COLUMN ttl_index INTEGER;
    ALTER TABLE tables ADD COLUMN ttl_status INTEGER;
)sql",
    // Key attributes of an index behind the first of their type; hash: 1 or 0.
    R"sql(
    CREATE TABLE index_keys (
        index_id INTEGER NOT NULL REFERENCES indexes (id) ON DELETE CASCADE,
        hash INTEGER NOT NULL,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        type INTEGER NOT NULL,
        PRIMARY KEY (index_id, hash, place)) WITHOUT ROWID;
)sql",
    // Warm throughput is the most that was ever to be had: on demand (1) 12000 and 4000.
    R"sql(
    ALTER TABLE tables ADD COLUMN read_max INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tables ADD COLUMN write_max INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tables ADD COLUMN read_warm INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tables ADD COLUMN write_warm INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE tables ADD COLUMN encryption_key TEXT NOT NULL DEFAULT '';
    ALTER TABLE indexes ADD COLUMN read_max INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE indexes ADD COLUMN write_max INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE indexes ADD COLUMN read_warm INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE indexes ADD COLUMN write_warm INTEGER NOT NULL DEFAULT 0;
    UPDATE tables SET read_warm = read_units, write_warm = write_units;
    UPDATE tables SET read_warm = max(read_warm, 12000), write_warm = max(write_warm, 4000)
        WHERE on_demand_ms IS NOT NULL;
    UPDATE indexes SET read_warm = read_units, write_warm = write_units;
    UPDATE indexes SET read_warm = max(read_warm, 12000), write_warm = max(write_warm, 4000)
        WHERE kind = 1 AND table_id IN (SELECT id FROM tables WHERE on_demand_ms IS NOT NULL);
)sql",
    R"sql(
    ALTER TABLE tables ADD COLUMN recovery_ms INTEGER;
    ALTER TABLE tables ADD COLUMN recovery_days INTEGER;
)sql"};

std::int64_t as_int(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

// Parameters 1..10 and 19..29 are what an update needs; insert has the others as well.
void bind_settings(Statement& statement, const TableDescription& table) {
    const TableSpec& spec = table.spec;
    statement.bind(1, static_cast<std::int64_t>(spec.billing))
        .bind(2, spec.throughput.read_units)
        .bind(3, spec.throughput.write_units)
        .bind(5, static_cast<std::int64_t>(table.stream.value()))
        .bind(6, std::string_view(table.latest_stream_label))
        .bind(7, std::int64_t{spec.deletion_protection ? 1 : 0})
        .bind(8, std::string_view(spec.table_class))
        .bind(9, std::int64_t{spec.shard_count})
        .bind(10, std::int64_t{table.id.value()})
        .bind(23, spec.maximum.read_units)
        .bind(24, spec.maximum.write_units)
        .bind(25, spec.warm.read_units)
        .bind(26, spec.warm.write_units)
        .bind(27, std::string_view(spec.encryption_key));
    if (table.on_demand_since) {
        statement.bind(19, base::to_millis(*table.on_demand_since));
    } else {
        statement.bind_null(19);
    }
    if (table.time_to_live) {
        statement.bind(20, std::string_view(table.time_to_live->attribute))
            .bind(21, std::int64_t{table.time_to_live->index.value()})
            .bind(22, static_cast<std::int64_t>(table.time_to_live->status));
    } else {
        statement.bind_null(20).bind_null(21).bind_null(22);
    }
    if (table.recovery) {
        statement.bind(28, base::to_millis(table.recovery->since))
            .bind(29, std::int64_t{table.recovery->days});
    } else {
        statement.bind_null(28).bind_null(29);
    }
    if (spec.stream) {
        statement.bind(4, static_cast<std::int64_t>(*spec.stream));
    } else {
        statement.bind_null(4);
    }
}

void bind_identity(Statement& statement, const TableDescription& table, SequenceNumber first) {
    const KeySchema& keys = table.spec.keys;
    statement.bind(11, std::string_view(table.spec.name.value()))
        .bind(12, std::string_view(table.uuid))
        .bind(13, base::to_millis(table.created))
        .bind(14, as_int(first.position()))
        .bind(15, std::string_view(keys.hash.name))
        .bind(16, static_cast<std::int64_t>(keys.hash.type));
    if (keys.range) {
        statement.bind(17, std::string_view(keys.range->name))
            .bind(18, static_cast<std::int64_t>(keys.range->type));
    } else {
        statement.bind_null(17).bind_null(18);
    }
}

KeySchema read_keys(const Statement& row) {
    KeySchema keys;
    keys.hash = {row.column_text(5), static_cast<shardlog::AttributeType>(row.column_int(6))};
    if (!row.column_is_null(7)) {
        keys.range = {row.column_text(7), static_cast<shardlog::AttributeType>(row.column_int(8))};
    }
    return keys;
}

TableDescription read_table(const Statement& row) {
    TableDescription table;
    TableSpec& spec = table.spec;
    table.id = TableId{static_cast<std::uint32_t>(row.column_int(0))};
    spec.name = shardlog::TableName{row.column_text(1)};
    table.uuid = row.column_text(2);
    table.created = base::WallTime{base::Milliseconds{row.column_int(3)}};
    spec.keys = read_keys(row);
    spec.billing = static_cast<BillingMode>(row.column_int(9));
    spec.throughput = {row.column_int(10), row.column_int(11)};
    if (!row.column_is_null(12)) {
        spec.stream = static_cast<shardlog::StreamViewType>(row.column_int(12));
    }
    table.stream = shardlog::StreamId{static_cast<std::uint32_t>(row.column_int(13))};
    table.latest_stream_label = row.column_text(14);
    spec.deletion_protection = row.column_int(15) != 0;
    spec.table_class = row.column_text(16);
    spec.shard_count = static_cast<std::uint32_t>(row.column_int(17));
    if (!row.column_is_null(18)) {
        table.on_demand_since = base::WallTime{base::Milliseconds{row.column_int(18)}};
    }
    if (!row.column_is_null(19)) {
        table.time_to_live =
            TimeToLive{.attribute = row.column_text(19),
                       .index = TableId{static_cast<std::uint32_t>(row.column_int(20))},
                       .status = static_cast<IndexStatus>(row.column_int(21))};
    }
    spec.maximum = {row.column_int(22), row.column_int(23)};
    spec.warm = {row.column_int(24), row.column_int(25)};
    spec.encryption_key = row.column_text(26);
    if (!row.column_is_null(27)) {
        table.recovery =
            PointInTimeRecovery{.since = base::WallTime{base::Milliseconds{row.column_int(27)}},
                                .days = static_cast<std::uint32_t>(row.column_int(28))};
    }
    return table;
}

std::shared_ptr<TableMap> copy_of(const TableMap& map) {
    return std::make_shared<TableMap>(map);
}

}  // namespace

TableEntry::TableEntry(TableDescription table, SequenceNumber first)
    : description(std::move(table)), first_position(first) {
    for (const IndexDescription& index : description.indexes) {
        indexes.emplace_back(index.spec, index.id, description.spec.keys);
        index_keys.push_back(index.spec.keys);
    }
    if (description.time_to_live) {
        indexes.emplace_back(*description.time_to_live, description.spec.keys);
    }
}

bool TableEntry::logs_old_image() const {
    using shardlog::StreamViewType;
    const auto& view = description.spec.stream;
    return view == StreamViewType::OldImage || view == StreamViewType::NewAndOldImages ||
           description.recovery || !indexes.empty();
}

const TableEntry* TableMap::find(std::string_view name) const {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
        return name == kTokenTable ? &token_table() : nullptr;
    }
    return found->second.get();
}

const TableEntry* TableMap::find(TableId id) const {
    const auto found = by_id.find(id.value());
    if (found == by_id.end()) {
        return id == kTokenTableId ? &token_table() : nullptr;
    }
    return found->second;
}

Result<std::unique_ptr<Catalogue>> Catalogue::open(const base::Path& file) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    std::unique_ptr<Catalogue> catalogue(new Catalogue(std::move(database)));
    MB_TRY_STATUS(catalogue->load());
    return catalogue;
}

std::shared_ptr<const TableMap> Catalogue::tables() const {
    const base::MutexLock lock(mutex_);
    return map_;
}

Status Catalogue::load_tags(std::map<std::uint32_t, std::vector<Tag>>& tags) {
    MB_TRY(auto rows, database_.prepare("SELECT table_id, key, value FROM tags"));
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        tags[static_cast<std::uint32_t>(rows.column_int(0))].push_back(
            {rows.column_text(1), rows.column_text(2)});
    }
}

// Within the caller's transaction. The table's rows are written anew.
Status Catalogue::store_tags(const TableDescription& table) {
    MB_TRY(auto erase, database_.prepare("DELETE FROM tags WHERE table_id = ?1"));
    MB_TRY_STATUS(erase.bind(1, std::int64_t{table.id.value()}).run());
    MB_TRY(auto insert, database_.prepare("INSERT INTO tags VALUES (?1, ?2, ?3)"));
    for (const Tag& tag : table.spec.tags) {
        insert.bind(1, std::int64_t{table.id.value()})
            .bind(2, std::string_view(tag.key))
            .bind(3, std::string_view(tag.value));
        MB_TRY_STATUS(insert.run());
    }
    return {};
}

Status Catalogue::load() {
    std::map<std::uint32_t, std::vector<Tag>> tags;
    MB_TRY_STATUS(load_tags(tags));
    std::map<std::uint32_t, std::vector<IndexDescription>> indexes;
    MB_TRY_STATUS(load_indexes(indexes));
    auto map = std::make_shared<TableMap>();
    MB_TRY(auto rows,
           database_.prepare("SELECT id, name, uuid, created_ms, first_position, hash_name, "
                             "hash_type, range_name, range_type, billing, read_units, write_units, "
                             "stream_view, stream_id, latest_stream_label, deletion_protection, "
                             "table_class, shard_count, on_demand_ms, ttl_attribute, ttl_index, "
                             "ttl_status, read_max, write_max, read_warm, write_warm, "
                             "encryption_key, recovery_ms, recovery_days FROM tables"));
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        TableDescription table = read_table(rows);
        table.spec.tags = std::move(tags[table.id.value()]);
        table.indexes = std::move(indexes[table.id.value()]);
        auto entry = std::make_shared<TableEntry>(
            std::move(table), SequenceNumber{static_cast<std::uint64_t>(rows.column_int(4))});
        map->by_id[entry->description.id.value()] = entry.get();
        map->by_name[entry->description.spec.name.value()] = std::move(entry);
    }
    publish(std::move(map));
    return {};
}

void Catalogue::publish(std::shared_ptr<const TableMap> map) {
    const base::MutexLock lock(mutex_);
    map_ = std::move(map);
}

void Catalogue::publish_with(std::shared_ptr<const TableEntry> entry) {
    auto map = copy_of(*tables());
    if (const TableEntry* before = map->find(entry->description.id)) {
        map->by_name.erase(before->description.spec.name.value());  // it may have another now
    }
    map->by_id[entry->description.id.value()] = entry.get();
    map->by_name[entry->description.spec.name.value()] = std::move(entry);
    publish(std::move(map));
}

Result<TableId> Catalogue::reserve_id() {
    MB_TRY(auto transaction, base::Transaction::begin(database_));
    MB_TRY(auto read, database_.prepare("SELECT value FROM settings WHERE name = 'next_table_id'"));
    MB_TRY(const bool row, read.step());
    MB_CHECK(row, "the schema puts next_table_id there");
    const std::int64_t id = read.column_int(0);
    read.reset();
    MB_TRY(auto write,
           database_.prepare("UPDATE settings SET value = ?1 WHERE name = 'next_table_id'"));
    MB_TRY_STATUS(write.bind(1, id + 1).run());
    MB_TRY_STATUS(transaction.commit());
    return TableId{static_cast<std::uint32_t>(id)};
}

Status Catalogue::insert(const TableDescription& table, SequenceNumber first_position) {
    MB_TRY(auto transaction, base::Transaction::begin(database_));
    MB_TRY(auto statement,
           database_.prepare(
               "INSERT INTO tables (billing, read_units, write_units, stream_view, stream_id, "
               "latest_stream_label, deletion_protection, table_class, shard_count, id, name, "
               "uuid, created_ms, first_position, hash_name, hash_type, range_name, range_type, "
               "on_demand_ms, ttl_attribute, ttl_index, ttl_status, read_max, write_max, "
               "read_warm, write_warm, encryption_key, recovery_ms, recovery_days) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
               "?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)"));
    bind_settings(statement, table);
    bind_identity(statement, table, first_position);
    MB_TRY_STATUS(statement.run());
    MB_TRY_STATUS(store_tags(table));
    MB_TRY_STATUS(store_indexes(table));
    MB_TRY_STATUS(transaction.commit());
    publish_with(std::make_shared<TableEntry>(table, first_position));
    return {};
}

Status Catalogue::update(const TableDescription& table) {
    const auto map = tables();
    const TableEntry* before = map->find(table.id);
    MB_CHECK(before != nullptr, "only a table that is there is updated");
    MB_TRY(auto transaction, base::Transaction::begin(database_));
    MB_TRY(auto statement,
           database_.prepare("UPDATE tables SET billing = ?1, read_units = ?2, write_units = ?3, "
                             "stream_view = ?4, stream_id = ?5, latest_stream_label = ?6, "
                             "deletion_protection = ?7, table_class = ?8, shard_count = ?9, "
                             "on_demand_ms = ?19, ttl_attribute = ?20, ttl_index = ?21, "
                             "ttl_status = ?22, read_max = ?23, write_max = ?24, "
                             "read_warm = ?25, write_warm = ?26, encryption_key = ?27, "
                             "recovery_ms = ?28, recovery_days = ?29, name = ?30 "
                             "WHERE id = ?10"));
    bind_settings(statement, table);
    statement.bind(30, table.spec.name.value());
    MB_TRY_STATUS(statement.run());
    MB_TRY_STATUS(store_tags(table));
    MB_TRY_STATUS(note_dropped_indexes(before->description, table));
    if (table.indexes != before->description.indexes) {
        MB_TRY_STATUS(store_indexes(table));
    }
    MB_TRY_STATUS(transaction.commit());
    publish_with(std::make_shared<TableEntry>(table, before->first_position));
    return {};
}

Status Catalogue::remove(TableId table) {
    const auto before = tables();
    const TableEntry* entry = before->find(table);
    MB_CHECK(entry != nullptr, "only a table that is there is removed");
    MB_TRY(auto transaction, base::Transaction::begin(database_));
    MB_TRY(auto erase, database_.prepare("DELETE FROM tables WHERE id = ?1"));
    MB_TRY_STATUS(erase.bind(1, std::int64_t{table.value()}).run());
    MB_TRY_STATUS(note_drop(table));
    MB_TRY_STATUS(note_dropped_indexes(entry->description, {}));
    MB_TRY_STATUS(transaction.commit());
    auto map = copy_of(*before);
    map->by_id.erase(table.value());
    map->by_name.erase(entry->description.spec.name.value());
    publish(std::move(map));
    return {};
}

Result<std::vector<TableId>> Catalogue::pending_drops() {
    std::vector<TableId> drops;
    MB_TRY(auto rows, database_.prepare("SELECT table_id FROM drops ORDER BY table_id"));
    while (true) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return drops;
        }
        drops.emplace_back(static_cast<std::uint32_t>(rows.column_int(0)));
    }
}

Status Catalogue::forget_drop(TableId table) {
    MB_TRY(auto statement, database_.prepare("DELETE FROM drops WHERE table_id = ?1"));
    return statement.bind(1, std::int64_t{table.value()}).run();
}

}  // namespace millbeck::capture
