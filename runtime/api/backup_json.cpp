#include "runtime/api/backup_json.hpp"

#include <algorithm>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/resource_arn.hpp"
#include "runtime/api/table_json_parts.hpp"

namespace millbeck::runtime {
namespace {

using shardlog::Identity;

std::string_view state_text(BackupState state) {
    switch (state) {
        case BackupState::Creating:
            return "CREATING";
        case BackupState::Available:
            return "AVAILABLE";
        case BackupState::Deleted:
            return "DELETED";
    }
    base::check_failed(__FILE__, __LINE__, "state", "not an enumerator");
}

// Members of BackupDetails and of BackupSummary.
void write_details(JsonWriter& json, const Backup& backup, const Identity& identity) {
    json.key("BackupArn").text(backup_arn(identity, backup));
    json.key("BackupName").text(backup.name);
    json.key("BackupSizeBytes").integer(backup.table.size_bytes);
    json.key("BackupStatus").text(state_text(backup.state));
    json.key("BackupType").text(backup.type == BackupType::System ? "SYSTEM" : "USER");
    json.key("BackupCreationDateTime").seconds(backup.created);
    if (backup.expires) {
        json.key("BackupExpiryDateTime").seconds(*backup.expires);
    }
}

void write_units(JsonWriter& json, const capture::TableDescription& table,
                 const capture::Throughput& units) {
    const bool on_demand = table.spec.billing == capture::BillingMode::PayPerRequest;
    json.key("ProvisionedThroughput").begin_object();
    json.key("ReadCapacityUnits").integer(on_demand ? 0 : units.read_units);
    json.key("WriteCapacityUnits").integer(on_demand ? 0 : units.write_units).end_object();
}

void write_table(JsonWriter& json, const capture::TableDescription& table,
                 const Identity& identity) {
    json.key("SourceTableDetails").begin_object();
    json.key("TableName").text(table.spec.name.value());
    json.key("TableId").text(table.uuid);
    json.key("TableArn").text(shardlog::table_arn(identity, table.spec.name));
    json.key("TableSizeBytes").integer(table.size_bytes);
    write_schema(json, table.spec.keys);
    json.key("TableCreationDateTime").seconds(table.created);
    write_units(json, table, table.spec.throughput);
    write_maximum(json, table.spec.maximum);
    json.key("ItemCount").integer(table.item_count);
    json.key("BillingMode")
        .text(table.spec.billing == capture::BillingMode::PayPerRequest ? "PAY_PER_REQUEST"
                                                                        : "PROVISIONED");
    json.end_object();
}

// Each member only where the table had it; a system backup tells none. Source: recorded.
void write_features(JsonWriter& json, const Backup& backup, const Identity& identity) {
    const capture::TableDescription& table = backup.table;
    json.key("SourceTableFeatureDetails").begin_object();
    if (backup.type == BackupType::User) {
        write_indexes(json, table, capture::IndexKind::Local, [](const auto& /*index*/) {});
        write_indexes(json, table, capture::IndexKind::Global, [&](const auto& index) {
            write_units(json, table, index.spec.throughput);
            write_maximum(json, index.spec.maximum);
        });
        if (table.spec.stream) {
            json.key("StreamDescription").begin_object().key("StreamEnabled").boolean(true);
            json.key("StreamViewType").text(shardlog::to_string(*table.spec.stream)).end_object();
        }
        if (table.time_to_live) {
            json.key("TimeToLiveDescription").begin_object();
            json.key("TimeToLiveStatus").text("ENABLED");
            json.key("AttributeName").text(table.time_to_live->attribute).end_object();
        }
        write_encryption(json, table.spec.encryption_key, identity);
    }
    json.end_object();
}

}  // namespace

std::string backup_details_json(const Backup& backup, const Identity& identity) {
    JsonWriter json;
    json.begin_object().key("BackupDetails").begin_object();
    write_details(json, backup, identity);
    return json.end_object().end_object().take();
}

std::string backup_description_json(const Backup& backup, const Identity& identity) {
    JsonWriter json;
    json.begin_object().key("BackupDescription").begin_object();
    json.key("BackupDetails").begin_object();
    write_details(json, backup, identity);
    json.end_object();
    write_table(json, backup.table, identity);
    write_features(json, backup, identity);
    return json.end_object().end_object().take();
}

std::string backup_page_json(const BackupPage& page, const Identity& identity) {
    JsonWriter json;
    json.begin_object().key("BackupSummaries").begin_array();
    for (const Backup& backup : page.backups) {
        json.begin_object();
        json.key("TableName").text(backup.table.spec.name.value());
        json.key("TableId").text(backup.table.uuid);
        json.key("TableArn").text(shardlog::table_arn(identity, backup.table.spec.name));
        write_details(json, backup, identity);
        json.end_object();
    }
    json.end_array();
    if (!page.is_last) {
        json.key("LastEvaluatedBackupArn").text(backup_arn(identity, page.backups.back()));
    }
    return json.end_object().take();
}

}  // namespace millbeck::runtime
