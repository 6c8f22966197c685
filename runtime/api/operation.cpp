#include "runtime/api/operation.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace millbeck::runtime {
namespace {

using base::Code;

constexpr std::string_view kTables = "DynamoDB_20120810";
constexpr std::string_view kStreams = "DynamoDBStreams_20120810";

struct Built {
    std::string_view service;
    std::string_view name;
};

// In the order of the enumerators.
constexpr std::array kBuilt{
    Built{kTables, "CreateTable"},
    Built{kTables, "DescribeTable"},
    Built{kTables, "ListTables"},
    Built{kTables, "DeleteTable"},
    Built{kTables, "UpdateTable"},
    Built{kTables, "PutItem"},
    Built{kTables, "GetItem"},
    Built{kTables, "DeleteItem"},
    Built{kTables, "UpdateItem"},
    Built{kTables, "BatchWriteItem"},
    Built{kTables, "BatchGetItem"},
    Built{kTables, "Query"},
    Built{kTables, "Scan"},
    Built{kTables, "TransactWriteItems"},
    Built{kTables, "TransactGetItems"},
    Built{kTables, "ExecuteStatement"},
    Built{kTables, "BatchExecuteStatement"},
    Built{kTables, "ExecuteTransaction"},
    Built{kTables, "TagResource"},
    Built{kTables, "UntagResource"},
    Built{kTables, "ListTagsOfResource"},
    Built{kTables, "DescribeLimits"},
    Built{kTables, "DescribeEndpoints"},
    Built{kTables, "DescribeContinuousBackups"},
    Built{kTables, "UpdateContinuousBackups"},
    Built{kTables, "RestoreTableToPointInTime"},
    Built{kTables, "CreateBackup"},
    Built{kTables, "ListBackups"},
    Built{kTables, "DescribeBackup"},
    Built{kTables, "DeleteBackup"},
    Built{kTables, "RestoreTableFromBackup"},
    Built{kTables, "ExportTableToPointInTime"},
    Built{kTables, "DescribeExport"},
    Built{kTables, "ListExports"},
    Built{kTables, "DescribeTimeToLive"},
    Built{kTables, "UpdateTimeToLive"},
    Built{kStreams, "ListStreams"},
    Built{kStreams, "DescribeStream"},
    Built{kStreams, "GetShardIterator"},
    Built{kStreams, "GetRecords"},
};
static_assert(kBuilt.size() == static_cast<std::size_t>(Operation::GetRecords) + 1);

// The rest of the service model of 2012-08-10.
constexpr std::array<std::string_view, 26> kNotBuilt{
    "CancelBulkOperation",
    "CreateGlobalTable",
    "DeleteResourcePolicy",
    "DescribeBulkOperation",
    "DescribeContributorInsights",
    "DescribeGlobalTable",
    "DescribeGlobalTableSettings",
    "DescribeImport",
    "DescribeKinesisStreamingDestination",
    "DescribeTableReplicaAutoScaling",
    "DisableKinesisStreamingDestination",
    "EnableKinesisStreamingDestination",
    "GetResourcePolicy",
    "ImportTable",
    "ListBulkOperations",
    "ListContributorInsights",
    "ListGlobalTables",
    "ListImports",
    "PutResourcePolicy",
    "SearchVectors",
    "StartBulkPutItems",
    "UpdateContributorInsights",
    "UpdateGlobalTable",
    "UpdateGlobalTableSettings",
    "UpdateKinesisStreamingDestination",
    "UpdateTableReplicaAutoScaling",
};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

base::Result<Operation> find_operation(std::string_view target) {
    const auto dot = target.find('.');
    if (dot == std::string_view::npos) {
        return base::fail(Code::UnknownOperation, "");
    }
    const std::string_view service = target.substr(0, dot);
    const std::string_view name = target.substr(dot + 1);
    for (std::size_t i = 0; i < kBuilt.size(); ++i) {
        if (kBuilt[i].name == name && kBuilt[i].service == service) {
            return static_cast<Operation>(i);
        }
    }
    if (service == kTables && contains(kNotBuilt, name)) {
        return base::fail(Code::Unsupported,
                          std::string(name) + " is not supported by Millbeck yet");
    }
    return base::fail(Code::UnknownOperation, "");
}

std::string_view to_string(Operation operation) {
    return kBuilt[static_cast<std::size_t>(operation)].name;
}

}  // namespace millbeck::runtime
