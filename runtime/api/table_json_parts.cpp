#include "runtime/api/table_json_parts.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace millbeck::runtime {
namespace {

std::string_view projection_text(capture::IndexProjection projection) {
    switch (projection) {
        case capture::IndexProjection::All:
            return "ALL";
        case capture::IndexProjection::KeysOnly:
            return "KEYS_ONLY";
        case capture::IndexProjection::Include:
            return "INCLUDE";
    }
    base::check_failed(__FILE__, __LINE__, "projection", "not an enumerator");
}

void write_key(JsonWriter& json, const capture::KeyAttribute& key, std::string_view type) {
    json.begin_object().key("AttributeName").text(key.name);
    json.key("KeyType").text(type).end_object();
}

}  // namespace

void write_schema(JsonWriter& json, const capture::KeySchema& keys) {
    json.key("KeySchema").begin_array();
    for (const capture::KeyAttribute& key : keys.hashes()) {
        write_key(json, key, "HASH");
    }
    for (const capture::KeyAttribute& key : keys.ranges()) {
        write_key(json, key, "RANGE");
    }
    json.end_array();
}

void write_projection(JsonWriter& json, const capture::IndexSpec& index) {
    json.key("Projection").begin_object();
    json.key("ProjectionType").text(projection_text(index.projection));
    if (!index.included.empty()) {
        json.key("NonKeyAttributes").begin_array();
        for (const std::string& name : std::set(index.included.begin(), index.included.end())) {
            json.text(name);
        }
        json.end_array();
    }
    json.end_object();
}

void write_indexes(JsonWriter& json, const capture::TableDescription& table,
                   capture::IndexKind kind,
                   const std::function<void(const capture::IndexDescription&)>& more) {
    const auto of_kind = [&](const auto& index) { return index.spec.kind == kind; };
    if (std::ranges::none_of(table.indexes, of_kind)) {
        return;
    }
    json.key(kind == capture::IndexKind::Global ? "GlobalSecondaryIndexes"
                                                : "LocalSecondaryIndexes")
        .begin_array();
    for (const capture::IndexDescription& index : table.indexes) {
        if (of_kind(index)) {
            json.begin_object().key("IndexName").text(index.spec.name);
            write_schema(json, index.spec.keys);
            write_projection(json, index.spec);
            more(index);
            json.end_object();
        }
    }
    json.end_array();
}

void write_maximum(JsonWriter& json, const capture::Throughput& maximum) {
    if (maximum == capture::Throughput{}) {
        return;
    }
    json.key("OnDemandThroughput").begin_object();
    if (maximum.read_units != 0) {
        json.key("MaxReadRequestUnits").integer(maximum.read_units);
    }
    if (maximum.write_units != 0) {
        json.key("MaxWriteRequestUnits").integer(maximum.write_units);
    }
    json.end_object();
}

void write_encryption(JsonWriter& json, const std::string& key,
                      const shardlog::Identity& identity) {
    if (key.empty()) {
        return;
    }
    json.key("SSEDescription").begin_object().key("Status").text("ENABLED");
    json.key("SSEType").text("KMS").key("KMSMasterKeyArn");
    json.text(key.starts_with("arn:")
                  ? key
                  : "arn:aws:kms:" + identity.region + ":" + identity.account_id + ":key/" + key);
    json.end_object();
}

}  // namespace millbeck::runtime
