#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "capture/catalogue.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using base::Statement;
using base::Status;
using shardlog::TableId;

IndexDescription read_index(const Statement& row) {
    IndexDescription index;
    IndexSpec& spec = index.spec;
    index.id = TableId{static_cast<std::uint32_t>(row.column_int(0))};
    spec.name = row.column_text(2);
    spec.kind = static_cast<IndexKind>(row.column_int(3));
    spec.keys.hash = {row.column_text(4), static_cast<shardlog::AttributeType>(row.column_int(5))};
    if (!row.column_is_null(6)) {
        spec.keys.range = KeyAttribute{row.column_text(6),
                                       static_cast<shardlog::AttributeType>(row.column_int(7))};
    }
    spec.projection = static_cast<IndexProjection>(row.column_int(8));
    spec.throughput = {row.column_int(9), row.column_int(10)};
    index.status = static_cast<IndexStatus>(row.column_int(11));
    spec.maximum = {row.column_int(12), row.column_int(13)};
    spec.warm = {row.column_int(14), row.column_int(15)};
    return index;
}

void bind_index(Statement& statement, TableId table, const IndexDescription& index,
                std::int64_t place) {
    const IndexSpec& spec = index.spec;
    statement.bind(1, std::int64_t{index.id.value()})
        .bind(2, std::int64_t{table.value()})
        .bind(3, place)
        .bind(4, std::string_view(spec.name))
        .bind(5, static_cast<std::int64_t>(spec.kind))
        .bind(6, std::string_view(spec.keys.hash.name))
        .bind(7, static_cast<std::int64_t>(spec.keys.hash.type))
        .bind(10, static_cast<std::int64_t>(spec.projection))
        .bind(11, spec.throughput.read_units)
        .bind(12, spec.throughput.write_units)
        .bind(13, static_cast<std::int64_t>(index.status))
        .bind(14, spec.maximum.read_units)
        .bind(15, spec.maximum.write_units)
        .bind(16, spec.warm.read_units)
        .bind(17, spec.warm.write_units);
    if (spec.keys.range) {
        statement.bind(8, std::string_view(spec.keys.range->name))
            .bind(9, static_cast<std::int64_t>(spec.keys.range->type));
    } else {
        statement.bind_null(8).bind_null(9);
    }
}

std::vector<TableId> index_ids(const TableDescription& table) {
    std::vector<TableId> ids;
    for (const IndexDescription& index : table.indexes) {
        ids.push_back(index.id);
    }
    if (table.time_to_live) {
        ids.push_back(table.time_to_live->index);
    }
    return ids;
}

}  // namespace

std::vector<TableId> dropped_indexes(const TableDescription& before,
                                     const TableDescription& after) {
    const std::vector<TableId> kept = index_ids(after);
    std::vector<TableId> dropped = index_ids(before);
    std::erase_if(dropped, [&](const TableId& id) {
        return std::find(kept.begin(), kept.end(), id) != kept.end();
    });
    return dropped;
}

Status Catalogue::load_index_keys(std::map<std::int64_t, KeySchema>& keys) {
    MB_TRY(auto rows, database_.prepare("SELECT index_id, hash, name, type FROM index_keys "
                                        "ORDER BY index_id, hash, place"));
    for (;;) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        KeySchema& schema = keys[rows.column_int(0)];
        auto& attributes = rows.column_int(1) != 0 ? schema.more_hashes : schema.more_ranges;
        attributes.push_back(
            {rows.column_text(2), static_cast<shardlog::AttributeType>(rows.column_int(3))});
    }
}

Status Catalogue::load_indexes(std::map<std::uint32_t, std::vector<IndexDescription>>& indexes) {
    std::map<std::int64_t, KeySchema> more_keys;
    MB_TRY_STATUS(load_index_keys(more_keys));
    std::map<std::int64_t, std::vector<std::string>> included;
    MB_TRY(auto names, database_.prepare("SELECT index_id, name FROM index_attributes "
                                         "ORDER BY index_id, place"));
    for (;;) {
        MB_TRY(const bool row, names.step());
        if (!row) {
            break;
        }
        included[names.column_int(0)].push_back(names.column_text(1));
    }
    MB_TRY(auto rows,
           database_.prepare("SELECT id, table_id, name, kind, hash_name, hash_type, range_name, "
                             "range_type, projection, read_units, write_units, status, "
                             "read_max, write_max, read_warm, write_warm "
                             "FROM indexes ORDER BY table_id, place"));
    for (;;) {
        MB_TRY(const bool row, rows.step());
        if (!row) {
            return {};
        }
        IndexDescription index = read_index(rows);
        index.spec.included = std::move(included[rows.column_int(0)]);
        KeySchema& more = more_keys[rows.column_int(0)];
        index.spec.keys.more_hashes = std::move(more.more_hashes);
        index.spec.keys.more_ranges = std::move(more.more_ranges);
        indexes[static_cast<std::uint32_t>(rows.column_int(1))].push_back(std::move(index));
    }
}

Status Catalogue::store_index_keys(const IndexDescription& index) {
    MB_TRY(auto insert, database_.prepare("INSERT INTO index_keys VALUES (?1, ?2, ?3, ?4, ?5)"));
    for (const bool hash : {true, false}) {
        const KeySchema& keys = index.spec.keys;
        std::int64_t place = 0;
        for (const KeyAttribute& key : hash ? keys.more_hashes : keys.more_ranges) {
            insert.bind(1, std::int64_t{index.id.value()})
                .bind(2, std::int64_t{hash ? 1 : 0})
                .bind(3, place++)
                .bind(4, std::string_view(key.name))
                .bind(5, static_cast<std::int64_t>(key.type));
            MB_TRY_STATUS(insert.run());
        }
    }
    return {};
}

// Within the caller's transaction. The table's rows are written anew.
Status Catalogue::store_indexes(const TableDescription& table) {
    MB_TRY(auto erase, database_.prepare("DELETE FROM indexes WHERE table_id = ?1"));
    MB_TRY_STATUS(erase.bind(1, std::int64_t{table.id.value()}).run());
    MB_TRY(auto insert, database_.prepare("INSERT INTO indexes (id, table_id, place, name, kind, "
                                          "hash_name, hash_type, range_name, range_type, "
                                          "projection, read_units, write_units, status, read_max, "
                                          "write_max, read_warm, write_warm) VALUES "
                                          "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
                                          "?13, ?14, ?15, ?16, ?17)"));
    MB_TRY(auto name, database_.prepare("INSERT INTO index_attributes VALUES (?1, ?2, ?3)"));
    std::int64_t place = 0;
    for (const IndexDescription& index : table.indexes) {
        bind_index(insert, table.id, index, place++);
        MB_TRY_STATUS(insert.run());
        MB_TRY_STATUS(store_index_keys(index));
        std::int64_t name_place = 0;
        for (const std::string& attribute : index.spec.included) {
            name.bind(1, std::int64_t{index.id.value()})
                .bind(2, name_place++)
                .bind(3, std::string_view(attribute));
            MB_TRY_STATUS(name.run());
        }
    }
    return {};
}

Status Catalogue::note_dropped_indexes(const TableDescription& before,
                                       const TableDescription& after) {
    for (const TableId id : dropped_indexes(before, after)) {
        MB_TRY_STATUS(note_drop(id));
    }
    return {};
}

Status Catalogue::note_drop(TableId id) {
    MB_TRY(auto note, database_.prepare("INSERT INTO drops VALUES (?1)"));
    return note.bind(1, std::int64_t{id.value()}).run();
}

}  // namespace millbeck::capture
