// Parts of tables that descriptions of tables, of indexes and of backups show alike.
#pragma once

#include <functional>
#include <string>

#include "capture/table.hpp"
#include "runtime/api/json_writer.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// `KeySchema`.
void write_schema(JsonWriter& json, const capture::KeySchema& keys);
// `Projection`.
void write_projection(JsonWriter& json, const capture::IndexSpec& index);
// `LocalSecondaryIndexes` or `GlobalSecondaryIndexes`, if there are any: name, `KeySchema` and
// `Projection` of each, and what `more` adds.
void write_indexes(JsonWriter& json, const capture::TableDescription& table,
                   capture::IndexKind kind,
                   const std::function<void(const capture::IndexDescription&)>& more);
// `OnDemandThroughput`, if there is any.
void write_maximum(JsonWriter& json, const capture::Throughput& maximum);
// `SSEDescription`, of a key as TableSpec has it, if there is one.
void write_encryption(JsonWriter& json, const std::string& key, const shardlog::Identity& identity);

}  // namespace millbeck::runtime
