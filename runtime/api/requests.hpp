// What a client asked for, checked as far as one request alone can tell: one struct per call.
// Whether the table exists and the keys fit its schema is the store's to say.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "capture/expression/partiql/statement.hpp"
#include "capture/expression/projection.hpp"
#include "capture/table.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/given_tables.hpp"
#include "runtime/restore/backup.hpp"
#include "runtime/restore/export_record.hpp"
#include "runtime/restore/restored_spec.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/item.hpp"

namespace millbeck::runtime {

enum class ReturnCapacity : std::uint8_t { None, Total, Indexes };
enum class ReturnMetrics : std::uint8_t { None, Size };

struct CreateTableRequest {
    capture::TableSpec spec;
};

struct DescribeTableRequest {
    shardlog::TableName table;
};

struct ListTablesRequest {
    std::string after;  // "" = from the start
    std::size_t limit = 100;
};

struct DeleteTableRequest {
    shardlog::TableName table;
};

struct UpdateTableRequest {
    capture::TableUpdate update;
};

struct PutItemRequest {
    capture::PutWrite write;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
    ReturnMetrics metrics = ReturnMetrics::None;
};

struct GetItemRequest {
    shardlog::TableName table;
    shardlog::Item key;
    bool consistent = false;  // every read is; it only halves the reported capacity
    std::optional<capture::expression::Projection> projection;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
};

struct DeleteItemRequest {
    capture::DeleteWrite write;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
    ReturnMetrics metrics = ReturnMetrics::None;
};

struct UpdateItemRequest {
    capture::UpdateWrite write;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
    ReturnMetrics metrics = ReturnMetrics::None;
};

struct BatchWriteItemRequest {
    std::vector<capture::Write> writes;  // in the order of the request, tables together
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
    ReturnMetrics metrics = ReturnMetrics::None;
};

struct BatchGetItemRequest {
    struct Table {
        shardlog::TableName name;
        std::string given;  // its name or its ARN, as the answer shall show it
        std::vector<shardlog::Item> keys;
        bool consistent = false;
        std::optional<capture::expression::Projection> projection;
        // What UnprocessedKeys repeat of the request beside the keys: `,"ConsistentRead":true`.
        std::string repeated;
    };
    std::vector<Table> tables;
    ReturnCapacity capacity = ReturnCapacity::None;
};

// ClientRequestToken and what came with it, as hashes.
struct TransactionToken {
    using Hash = std::array<std::uint64_t, 2>;
    Hash token{};
    Hash content{};
};

// Whose words the answer is in.
enum class TransactionCall : std::uint8_t { TransactWriteItems, ExecuteTransaction };

struct TransactWriteItemsRequest {
    capture::Commit writes;
    TransactionCall call = TransactionCall::TransactWriteItems;
    std::optional<TransactionToken> token;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
    ReturnMetrics metrics = ReturnMetrics::None;
};

struct TransactGetItemsRequest {
    std::vector<capture::ItemAddress> items;
    std::vector<std::optional<capture::expression::Projection>> projections;  // by item
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
};

// A PartiQL statement and what stands beside it.
struct StatementCall {
    capture::expression::partiql::Statement statement;
    bool consistent = false;
    capture::OnConditionFailure on_failure = capture::OnConditionFailure::ShowNothing;
};

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

struct ExecuteStatementRequest {
    StatementCall call;
    std::array<std::uint64_t, 2> fingerprint{};  // of the statement and its parameters
    std::optional<std::string> next_token;
    std::size_t limit = kNoLimit;  // of items evaluated
    ReturnCapacity capacity = ReturnCapacity::None;
};

struct BatchExecuteStatementRequest {
    // What is no statement fails for itself alone.
    std::vector<base::Result<StatementCall>> calls;
    ReturnCapacity capacity = ReturnCapacity::None;
};

struct ExecuteTransactionRequest {
    std::vector<StatementCall> calls;
    std::optional<TransactionToken> token;
    ReturnCapacity capacity = ReturnCapacity::None;
};

// A Query or a Scan: the page, and what the answer says besides its items.
struct ReadRequest {
    capture::PageRequest page;
    GivenTables given = {};
    ReturnCapacity capacity = ReturnCapacity::None;
};

struct QueryRequest {
    ReadRequest read;
};

struct ScanRequest {
    ReadRequest read;
};

// ResourceArn as sent, for error texts, and the table it names.
struct TaggedTable {
    std::string arn;
    shardlog::TableName table;
};

struct TagResourceRequest {
    TaggedTable resource;
    std::vector<capture::Tag> tags;  // keys differ
};

struct UntagResourceRequest {
    TaggedTable resource;
    std::vector<std::string> keys;
};

struct ListTagsRequest {
    TaggedTable resource;
};

struct DescribeLimitsRequest {};

struct DescribeEndpointsRequest {
    std::string host;  // the Host header, which is no part of the body; "" = none
};

struct DescribeContinuousBackupsRequest {
    shardlog::TableName table;
};

struct UpdateContinuousBackupsRequest {
    shardlog::TableName table;
    std::optional<std::uint32_t> days;  // of recovery, from now on; absent: off
};

struct RestoreTableToPointInTimeRequest {
    shardlog::TableName source;
    shardlog::TableName target;
    std::optional<base::WallTime> time;  // absent: the latest
    RestoreOverrides overrides;
};

struct CreateBackupRequest {
    shardlog::TableName table;
    std::string name;
};

struct ListBackupsRequest {
    BackupChoice choice;
    bool of_aws_backup = false;  // those of another service, of which there are none
};

// As it is named in a call: the ARN is repeated by errors.
struct NamedBackup {
    std::string arn;
    std::string id;
};

struct DescribeBackupRequest {
    NamedBackup backup;
};

struct DeleteBackupRequest {
    NamedBackup backup;
};

struct RestoreTableFromBackupRequest {
    NamedBackup backup;
    shardlog::TableName target;
    RestoreOverrides overrides;
};

struct ExportTableToPointInTimeRequest {
    std::string table_arn;  // as sent, for the error text
    ExportWish wish;
};

struct DescribeExportRequest {
    std::string arn;
    std::string id;
};

struct ListExportsRequest {
    std::optional<shardlog::TableName> table;
    std::string before;  // an export's id; "" = from the newest
    std::size_t limit = 25;
};

struct DescribeTimeToLiveRequest {
    shardlog::TableName table;
};

struct UpdateTimeToLiveRequest {
    capture::TableUpdate update;
};

struct ListStreamsRequest {
    std::optional<shardlog::TableName> table;
    std::optional<shardlog::StreamArnParts> after;
    std::size_t limit = 100;
};

struct DescribeStreamRequest {
    std::string arn;  // as sent, for the error text
    shardlog::StreamArnParts stream;
    std::string after_shard;  // "" = from the start; compared as text
    std::string children_of;  // "" = no ShardFilter
    std::size_t limit = 100;
};

enum class IteratorType : std::uint8_t { TrimHorizon, Latest, AtSequence, AfterSequence };

struct GetShardIteratorRequest {
    std::string arn;
    shardlog::StreamArnParts stream;
    std::string shard;
    IteratorType type = IteratorType::TrimHorizon;
    shardlog::SequenceNumber sequence;  // AtSequence and AfterSequence only
};

struct GetRecordsRequest {
    std::string iterator;
    std::size_t limit = 1000;
};

// In the order of Operation's enumerators.
using Request =
    std::variant<CreateTableRequest, DescribeTableRequest, ListTablesRequest, DeleteTableRequest,
                 UpdateTableRequest, PutItemRequest, GetItemRequest, DeleteItemRequest,
                 UpdateItemRequest, BatchWriteItemRequest, BatchGetItemRequest, QueryRequest,
                 ScanRequest, TransactWriteItemsRequest, TransactGetItemsRequest,
                 ExecuteStatementRequest, BatchExecuteStatementRequest, ExecuteTransactionRequest,
                 TagResourceRequest, UntagResourceRequest, ListTagsRequest, DescribeLimitsRequest,
                 DescribeEndpointsRequest, DescribeContinuousBackupsRequest,
                 UpdateContinuousBackupsRequest, RestoreTableToPointInTimeRequest,
                 CreateBackupRequest, ListBackupsRequest, DescribeBackupRequest,
                 DeleteBackupRequest, RestoreTableFromBackupRequest,
                 ExportTableToPointInTimeRequest, DescribeExportRequest, ListExportsRequest,
                 DescribeTimeToLiveRequest, UpdateTimeToLiveRequest, ListStreamsRequest,
                 DescribeStreamRequest, GetShardIteratorRequest, GetRecordsRequest>;

}  // namespace millbeck::runtime
