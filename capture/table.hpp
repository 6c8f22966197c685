// What a table is: schema, settings, numbers. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/item.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

// A key attribute of the table: its name and its type (S, N or B).
struct KeyAttribute {
    std::string name;
    shardlog::AttributeType type = shardlog::AttributeType::S;
    friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

struct KeySchema {
    KeyAttribute hash;
    std::optional<KeyAttribute> range;
    friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

enum class BillingMode { Provisioned, PayPerRequest };

struct Throughput {
    std::int64_t read_units = 0;
    std::int64_t write_units = 0;
};

struct Tag {
    std::string key;
    std::string value;
};

// A validated CreateTable.
struct TableSpec {
    shardlog::TableName name;
    KeySchema keys;
    BillingMode billing = BillingMode::Provisioned;
    Throughput throughput;
    std::optional<shardlog::StreamViewType> stream;
    bool deletion_protection = false;
    std::string table_class;  // "" (not given), "STANDARD", "STANDARD_INFREQUENT_ACCESS"
    std::vector<Tag> tags;
    std::uint32_t shard_count = 4;  // Millbeck's own setting: shards of a new stream, 1..256
};

enum class TableStatus { Creating, Active, Updating, Deleting };

struct TableDescription {
    TableSpec spec;  // spec.stream is set exactly while the stream is enabled
    shardlog::TableId id;
    std::string uuid;  // TableId on the wire
    TableStatus status = TableStatus::Active;
    base::WallTime created{};
    std::string latest_stream_label;                  // "" when the table never had a stream
    shardlog::StreamId stream = shardlog::kNoStream;  // the enabled one
    std::int64_t item_count = 0;                      // exact as of the last commit
    std::int64_t size_bytes = 0;
};

}  // namespace millbeck::capture
