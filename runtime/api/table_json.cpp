#include "runtime/api/table_json.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/table_json_parts.hpp"

namespace millbeck::runtime {
namespace {

std::string_view status_text(capture::TableStatus status) {
    switch (status) {
        case capture::TableStatus::Creating:
            return "CREATING";
        case capture::TableStatus::Active:
            return "ACTIVE";
        case capture::TableStatus::Updating:
            return "UPDATING";
        case capture::TableStatus::Deleting:
            return "DELETING";
    }
    base::check_failed(__FILE__, __LINE__, "status", "not an enumerator");
}

// By name, as the service shows them whatever the order they were given in.
void write_definitions(JsonWriter& json, const capture::TableDescription& table) {
    std::map<std::string, shardlog::AttributeType> types;
    const auto note_all = [&](const capture::KeySchema& keys) {
        for (const capture::KeyAttribute& key : keys.attributes()) {
            types.emplace(key.name, key.type);
        }
    };
    note_all(table.spec.keys);
    for (const capture::IndexDescription& index : table.indexes) {
        note_all(index.spec.keys);
    }
    json.key("AttributeDefinitions").begin_array();
    for (const auto& [name, type] : types) {
        json.begin_object().key("AttributeName").text(name);
        json.key("AttributeType").text(shardlog::to_string(type)).end_object();
    }
    json.end_array();
}

void write_units(JsonWriter& json, const capture::Throughput& throughput) {
    json.key("ProvisionedThroughput").begin_object();
    json.key("NumberOfDecreasesToday").integer(0);
    json.key("ReadCapacityUnits").integer(throughput.read_units);
    json.key("WriteCapacityUnits").integer(throughput.write_units);
    json.end_object();
}

void write_capacity(JsonWriter& json, const capture::Throughput& maximum,
                    const capture::Throughput& warm) {
    write_maximum(json, maximum);
    json.key("WarmThroughput").begin_object();
    json.key("ReadUnitsPerSecond").integer(warm.read_units);
    json.key("WriteUnitsPerSecond").integer(warm.write_units);
    json.key("Status").text("ACTIVE").end_object();
}

void write_billing(JsonWriter& json, const capture::TableDescription& table) {
    const auto& spec = table.spec;
    const bool on_demand = spec.billing == capture::BillingMode::PayPerRequest;
    write_units(json, on_demand ? capture::Throughput{} : spec.throughput);
    // Also of a table that is provisioned again. Source: API reference, BillingModeSummary.
    if (on_demand || table.on_demand_since) {
        json.key("BillingModeSummary").begin_object();
        json.key("BillingMode").text(on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
        if (table.on_demand_since) {
            json.key("LastUpdateToPayPerRequestDateTime").seconds(*table.on_demand_since);
        }
        json.end_object();
    }
    write_capacity(json, spec.maximum, spec.warm);
}

void write_stream(JsonWriter& json, const capture::TableDescription& table,
                  const shardlog::Identity& identity) {
    if (table.spec.stream) {
        json.key("StreamSpecification").begin_object().key("StreamEnabled").boolean(true);
        json.key("StreamViewType").text(shardlog::to_string(*table.spec.stream)).end_object();
    }
    if (!table.latest_stream_label.empty()) {
        json.key("LatestStreamLabel").text(table.latest_stream_label);
        json.key("LatestStreamArn")
            .text(shardlog::stream_arn(identity, table.spec.name, table.latest_stream_label));
    }
}

// What only global indexes have.
void write_state(JsonWriter& json, const capture::IndexDescription& index, bool on_demand) {
    const bool creating = index.status == capture::IndexStatus::Creating;
    json.key("IndexStatus").text(creating ? "CREATING" : "ACTIVE");
    if (creating) {
        json.key("Backfilling").boolean(true);
    }
    write_units(json, on_demand ? capture::Throughput{} : index.spec.throughput);
    write_capacity(json, index.spec.maximum, index.spec.warm);
}

void write_described_indexes(JsonWriter& json, const capture::TableDescription& table,
                             capture::IndexKind kind, std::string_view table_arn) {
    write_indexes(json, table, kind, [&](const capture::IndexDescription& index) {
        if (kind == capture::IndexKind::Global) {
            write_state(json, index, table.spec.billing == capture::BillingMode::PayPerRequest);
        }
        json.key("IndexSizeBytes").integer(index.size_bytes);
        json.key("ItemCount").integer(index.item_count);
        json.key("IndexArn").text(std::string(table_arn) + "/index/" + index.spec.name);
    });
}

void write_restore(JsonWriter& json, const RestoreSummary& restore) {
    json.key("RestoreSummary").begin_object();
    if (!restore.source_backup_arn.empty()) {
        json.key("SourceBackupArn").text(restore.source_backup_arn);
    }
    if (!restore.source_table_arn.empty()) {
        json.key("SourceTableArn").text(restore.source_table_arn);
    }
    json.key("RestoreDateTime").seconds(restore.as_of);
    json.key("RestoreInProgress").boolean(restore.in_progress).end_object();
}

}  // namespace

std::string table_json(const capture::TableDescription& table, const shardlog::Identity& identity,
                       const std::optional<RestoreSummary>& restore) {
    JsonWriter json;
    json.begin_object();
    write_definitions(json, table);
    json.key("TableName").text(table.spec.name.value());
    write_schema(json, table.spec.keys);
    json.key("TableStatus").text(status_text(table.status));
    json.key("CreationDateTime").seconds(table.created);
    write_billing(json, table);
    json.key("TableSizeBytes").integer(table.size_bytes);
    json.key("ItemCount").integer(table.item_count);
    const std::string arn = shardlog::table_arn(identity, table.spec.name);
    json.key("TableArn").text(arn);
    json.key("TableId").text(table.uuid);
    write_described_indexes(json, table, capture::IndexKind::Local, arn);
    write_described_indexes(json, table, capture::IndexKind::Global, arn);
    write_stream(json, table, identity);
    if (restore) {
        write_restore(json, *restore);
    }
    write_encryption(json, table.spec.encryption_key, identity);
    if (!table.spec.table_class.empty()) {
        json.key("TableClassSummary").begin_object();
        json.key("TableClass").text(table.spec.table_class).end_object();
    }
    json.key("DeletionProtectionEnabled").boolean(table.spec.deletion_protection);
    return json.end_object().take();
}

}  // namespace millbeck::runtime
