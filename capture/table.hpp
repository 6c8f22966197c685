// What a table is: schema, settings, numbers. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "capture/index.hpp"
#include "capture/key_schema.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/item.hpp"
#include "shardlog/record.hpp"

namespace millbeck::capture {

enum class BillingMode { Provisioned, PayPerRequest };

struct Tag {
    std::string key;
    std::string value;
};

// A validated CreateTable.
struct TableSpec {
    shardlog::TableName name;
    KeySchema keys;
    std::vector<IndexSpec> indexes;  // to be made; of a table that is there: TableDescription's
    BillingMode billing = BillingMode::Provisioned;
    Throughput throughput;
    Throughput maximum = {};  // OnDemandThroughput; 0: none
    // WarmThroughput; of a spec to be made 0 where nothing was asked for. See capacity.hpp.
    Throughput warm = {};
    // SSESpecification: the key's id or ARN, "" for the one that every table has. Only told.
    std::string encryption_key = {};
    std::optional<shardlog::StreamViewType> stream;
    bool deletion_protection = false;
    std::string table_class;  // "" (not given), "STANDARD", "STANDARD_INFREQUENT_ACCESS"
    std::vector<Tag> tags;
    std::uint32_t shard_count = 4;  // Millbeck's own setting: shards of a new stream, 1..256
};

enum class TableStatus { Creating, Active, Updating, Deleting };

// PointInTimeRecovery: the log keeps old images since then, so that every state of the table since
// can be told for as long as the log, or its archive, reaches back.
struct PointInTimeRecovery {
    base::WallTime since{};
    std::uint32_t days = 35;  // 1..35; what the caller wants, and is told
    friend bool operator==(const PointInTimeRecovery&, const PointInTimeRecovery&) = default;
};

// A table that is always there, in no list, and not to be named by clients (the service's names
// have no `$`): what has to be durable exactly if its commit is. Partition key kTokenKey, of type
// N.
inline constexpr std::string_view kTokenTable = "$tokens";
inline constexpr std::string_view kTokenKey = "slot";

struct TableDescription {
    TableSpec spec;  // spec.stream is set exactly while the stream is enabled
    shardlog::TableId id;
    std::string uuid;  // TableId on the wire
    TableStatus status = TableStatus::Active;
    base::WallTime created{};
    std::optional<base::WallTime> on_demand_since{};  // when it last became so; kept afterwards
    std::string latest_stream_label;                  // "" when the table never had a stream
    shardlog::StreamId stream = shardlog::kNoStream;  // the enabled one
    std::int64_t item_count = 0;                      // exact as of the last commit
    std::int64_t size_bytes = 0;
    std::optional<TimeToLive> time_to_live;
    std::optional<PointInTimeRecovery> recovery;
    std::vector<IndexDescription> indexes;  // local ones first, in the order of their making
};

}  // namespace millbeck::capture
