#include "runtime/api/table_json.hpp"

#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

// What AWS grants every on-demand table at once. Source: developer guide, "Warm throughput".
constexpr std::int64_t kWarmReadUnits = 12'000;
constexpr std::int64_t kWarmWriteUnits = 4'000;

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

void write_definition(JsonWriter& json, const capture::KeyAttribute& key) {
    json.begin_object().key("AttributeName").text(key.name);
    json.key("AttributeType").text(shardlog::to_string(key.type)).end_object();
}

void write_key(JsonWriter& json, const capture::KeyAttribute& key, std::string_view type) {
    json.begin_object().key("AttributeName").text(key.name);
    json.key("KeyType").text(type).end_object();
}

void write_schema(JsonWriter& json, const capture::TableSpec& spec) {
    const auto& keys = spec.keys;
    json.key("AttributeDefinitions").begin_array();
    write_definition(json, keys.hash);
    if (keys.range) {
        write_definition(json, *keys.range);
    }
    json.end_array().key("TableName").text(spec.name.value());
    json.key("KeySchema").begin_array();
    write_key(json, keys.hash, "HASH");
    if (keys.range) {
        write_key(json, *keys.range, "RANGE");
    }
    json.end_array();
}

void write_billing(JsonWriter& json, const capture::TableDescription& table) {
    const auto& spec = table.spec;
    const bool on_demand = spec.billing == capture::BillingMode::PayPerRequest;
    json.key("ProvisionedThroughput").begin_object();
    json.key("NumberOfDecreasesToday").integer(0);
    json.key("ReadCapacityUnits").integer(on_demand ? 0 : spec.throughput.read_units);
    json.key("WriteCapacityUnits").integer(on_demand ? 0 : spec.throughput.write_units);
    json.end_object();
    if (on_demand) {
        json.key("BillingModeSummary").begin_object();
        json.key("BillingMode").text("PAY_PER_REQUEST").end_object();
        json.key("WarmThroughput").begin_object();
        json.key("ReadUnitsPerSecond").integer(kWarmReadUnits);
        json.key("WriteUnitsPerSecond").integer(kWarmWriteUnits);
        json.key("Status").text("ACTIVE").end_object();
    }
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

}  // namespace

std::string table_json(const capture::TableDescription& table, const shardlog::Identity& identity) {
    JsonWriter json;
    json.begin_object();
    write_schema(json, table.spec);
    json.key("TableStatus").text(status_text(table.status));
    json.key("CreationDateTime").seconds(table.created);
    write_billing(json, table);
    json.key("TableSizeBytes").integer(table.size_bytes);
    json.key("ItemCount").integer(table.item_count);
    json.key("TableArn").text(shardlog::table_arn(identity, table.spec.name));
    json.key("TableId").text(table.uuid);
    write_stream(json, table, identity);
    if (!table.spec.table_class.empty()) {
        json.key("TableClassSummary").begin_object();
        json.key("TableClass").text(table.spec.table_class).end_object();
    }
    json.key("DeletionProtectionEnabled").boolean(table.spec.deletion_protection);
    return json.end_object().take();
}

}  // namespace millbeck::runtime
