// Which call a request asks for: the name after the dot of X-Amz-Target.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::runtime {

// The calls that are built, over both services.
enum class Operation : std::uint8_t {
    CreateTable,
    DescribeTable,
    ListTables,
    DeleteTable,
    UpdateTable,
    PutItem,
    GetItem,
    DeleteItem,
    UpdateItem,
    BatchWriteItem,
    BatchGetItem,
    Query,
    Scan,
    TransactWriteItems,
    TransactGetItems,
    ExecuteStatement,
    BatchExecuteStatement,
    ExecuteTransaction,
    TagResource,
    UntagResource,
    ListTagsOfResource,
    DescribeLimits,
    DescribeEndpoints,
    DescribeContinuousBackups,
    UpdateContinuousBackups,
    RestoreTableToPointInTime,
    CreateBackup,
    ListBackups,
    DescribeBackup,
    DeleteBackup,
    RestoreTableFromBackup,
    ExportTableToPointInTime,
    DescribeExport,
    ListExports,
    DescribeTimeToLive,
    UpdateTimeToLive,
    ListStreams,
    DescribeStream,
    GetShardIterator,
    GetRecords,
};

// `DynamoDB_20120810.PutItem`, `DynamoDBStreams_20120810.GetRecords`.
// Errors: Unsupported, naming the call, when the service model has it and this program does not;
// UnknownOperation, without a text as the service answers it, for calls of no model.
base::Result<Operation> find_operation(std::string_view target);

std::string_view to_string(Operation operation);  // "PutItem"

}  // namespace millbeck::runtime
