#include "capture/table_admin.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "capture/capacity.hpp"
#include "capture/index_update.hpp"
#include "capture/table_update.hpp"
#include "capture/time_to_live_update.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;
using shardlog::Stream;
using shardlog::TableName;

// The array DescribeStream shows.
std::string key_schema_json(const KeySchema& keys) {
    std::string out = R"([{"AttributeName":)";
    shardlog::append_json_string(out, keys.hash.name);
    out += R"(,"KeyType":"HASH"})";
    if (keys.range) {
        out += R"(,{"AttributeName":)";
        shardlog::append_json_string(out, keys.range->name);
        out += R"(,"KeyType":"RANGE"})";
    }
    out += ']';
    return out;
}

IndexSpec settled(IndexSpec index, BillingMode billing) {
    if (index.kind == IndexKind::Global) {
        settle_capacity(index.maximum, index.warm, billing, index.throughput);
    }
    return index;
}

// So that who relies on a key of their own learns that no file here is encrypted with it.
void note_encryption(const TableDescription& table, std::string_view before) {
    if (!table.spec.encryption_key.empty() && table.spec.encryption_key != before) {
        base::log(base::LogLevel::Warn, "capture",
                  "a table is told to be encrypted with KMS; files here are not",
                  {{"table", table.spec.name.value()}});
    }
}

}  // namespace

TableDescription describe(const TableEntry& entry, const ItemStore& items) {
    TableDescription table = entry.description;
    const TableCounts counts = items.counts(table.id);
    table.item_count = counts.items;
    table.size_bytes = counts.bytes;
    for (IndexDescription& index : table.indexes) {
        const TableCounts entries = items.counts(index.id);
        index.item_count = entries.items;
        index.size_bytes = entries.bytes;
        if (index.status == IndexStatus::Creating) {
            table.status = TableStatus::Updating;
        }
    }
    return table;
}

Error table_not_found(const TableName& name) {
    return {Code::NotFound, "Requested resource not found: Table: " + name.value() + " not found"};
}

Status TableAdmin::enable_stream(TableDescription& table, shardlog::StreamViewType view) {
    MB_TRY(const Stream stream, log_.enable_stream({.table = table.id,
                                                    .table_name = table.spec.name,
                                                    .view_type = view,
                                                    .key_schema = key_schema_json(table.spec.keys),
                                                    .shard_count = table.spec.shard_count}));
    table.spec.stream = view;
    table.stream = stream.id;
    table.latest_stream_label = stream.label;
    return {};
}

// A failure is not the caller's: the table has let go already, and what is left is mended later.
void TableAdmin::disable_in_log(shardlog::StreamId stream) {
    if (stream == shardlog::kNoStream) {
        return;
    }
    if (Status disabled = log_.disable_stream(stream); !disabled) {
        base::log(base::LogLevel::Warn, "capture", "a stream stays open until the next start",
                  {{"stream", std::int64_t{stream.value()}}, {"error", disabled.error().message}});
    }
}

Result<TableDescription> TableAdmin::create(const TableSpec& spec) {
    if (catalogue_.tables()->find(spec.name.value()) != nullptr) {
        return fail(Code::InUse, "Table already exists: " + spec.name.value());
    }
    TableDescription table;
    table.spec = spec;
    table.spec.stream.reset();
    table.uuid = base::make_uuid(random_);
    table.created = clock_.wall();
    MB_TRY(table.id, catalogue_.reserve_id());
    table.spec.indexes.clear();
    settle_capacity(table.spec.maximum, table.spec.warm, spec.billing, spec.throughput);
    for (const IndexSpec& index : spec.indexes) {
        MB_TRY(const shardlog::TableId id, catalogue_.reserve_id());
        table.indexes.push_back({.spec = settled(index, spec.billing), .id = id});
    }
    if (spec.stream) {
        MB_TRY_STATUS(enable_stream(table, *spec.stream));
        // On AWS the label of a stream made with its table is the table's creation instant.
        if (const auto stream = log_.find_stream(table.stream)) {
            table.created = stream->created;
        }
    }
    if (spec.billing == BillingMode::PayPerRequest) {
        table.on_demand_since = table.created;
    }
    if (Status inserted = catalogue_.insert(table, log_.next_sequence()); !inserted) {
        disable_in_log(table.stream);
        return tl::unexpected(std::move(inserted).error());
    }
    note_encryption(table, "");
    return table;
}

Status TableAdmin::change_indexes(TableDescription& table, const TableDescription& before,
                                  const TableUpdate& update) {
    MB_TRY_STATUS(apply_index_changes(table, before, update));
    if (update.create_index) {
        MB_TRY(IndexSpec index, index_to_make(table.spec, update));
        MB_TRY(const shardlog::TableId id, catalogue_.reserve_id());
        table.indexes.push_back(
            {.spec = std::move(index), .id = id, .status = IndexStatus::Creating});
    }
    return {};
}

// Items that have expired are found by entries of their own, as by an index.
Status TableAdmin::change_time_to_live(TableDescription& table, const TableUpdate& update) {
    if (!update.time_to_live) {
        return {};
    }
    MB_TRY_STATUS(check_time_to_live(table.time_to_live, *update.time_to_live));
    table.time_to_live.reset();
    if (update.time_to_live->enabled) {
        MB_TRY(const shardlog::TableId id, catalogue_.reserve_id());
        table.time_to_live = TimeToLive{.attribute = update.time_to_live->attribute, .index = id};
    }
    return {};
}

// Since when stays as it was while it is on.
void TableAdmin::change_recovery(TableDescription& table, const TableUpdate& update) const {
    if (!update.recovery_days) {
        return;
    }
    if (!*update.recovery_days) {
        table.recovery.reset();
        return;
    }
    if (!table.recovery) {
        table.recovery = PointInTimeRecovery{.since = clock_.wall()};
    }
    table.recovery->days = **update.recovery_days;
}

// The log knows tables by their ids, but streams by the names of their tables.
Status TableAdmin::change_name(TableDescription& table, const TableUpdate& update) const {
    if (!update.rename) {
        return {};
    }
    if (table.stream != shardlog::kNoStream) {
        return fail(Code::Invalid, "A table with a stream keeps its name");
    }
    if (catalogue_.tables()->find(update.rename->value()) != nullptr) {
        return fail(Code::InUse, "Table already exists: " + update.rename->value());
    }
    table.spec.name = *update.rename;
    return {};
}

Result<TableDescription> TableAdmin::update(const TableUpdate& update) {
    const auto tables = catalogue_.tables();
    const TableEntry* entry = tables->find(update.name.value());
    if (entry == nullptr) {
        return tl::unexpected(table_not_found(update.name));
    }
    TableDescription table = entry->description;
    const BillingMode before = table.spec.billing;
    MB_TRY_STATUS(apply_settings(table.spec, update));
    if (table.spec.billing == BillingMode::PayPerRequest && before != table.spec.billing) {
        table.on_demand_since = clock_.wall();
    }
    MB_TRY_STATUS(check_stream_change(table.spec, update));
    MB_TRY_STATUS(change_indexes(table, entry->description, update));
    MB_TRY_STATUS(change_time_to_live(table, update));
    change_recovery(table, update);
    MB_TRY_STATUS(change_name(table, update));
    shardlog::StreamId released = shardlog::kNoStream;
    if (update.stream && update.stream->has_value()) {
        MB_TRY_STATUS(enable_stream(table, **update.stream));
    } else if (update.stream) {
        released = std::exchange(table.stream, shardlog::kNoStream);
        table.spec.stream.reset();
    }
    if (Status updated = catalogue_.update(table); !updated) {
        if (table.stream != entry->description.stream) {
            disable_in_log(table.stream);
        }
        return tl::unexpected(std::move(updated).error());
    }
    note_encryption(table, entry->description.spec.encryption_key);
    disable_in_log(released);
    const auto dropped = dropped_indexes(entry->description, table);
    dropped_.insert(dropped_.end(), dropped.begin(), dropped.end());
    return describe(*catalogue_.tables()->find(table.id), items_);
}

Result<TableDescription> TableAdmin::remove(const TableName& name) {
    const auto tables = catalogue_.tables();
    const TableEntry* entry = tables->find(name.value());
    if (entry == nullptr) {
        return tl::unexpected(table_not_found(name));
    }
    if (entry->description.spec.deletion_protection) {
        return fail(Code::Invalid,
                    "Resource cannot be deleted as it is currently protected against deletion. "
                    "Disable deletion protection first.");
    }
    TableDescription table = describe(*entry, items_);
    MB_TRY_STATUS(catalogue_.remove(table.id));
    disable_in_log(table.stream);
    table.status = TableStatus::Deleting;
    return table;
}

}  // namespace millbeck::capture
