#include "runtime/api/shapes.hpp"

#include "base/result.hpp"

namespace millbeck::runtime {

// NOLINTNEXTLINE(readability-function-size): a table.
const Shape& shape_of(Operation operation) {
    switch (operation) {
        case Operation::CreateTable:
            return shapes::kCreateTable;
        case Operation::DescribeTable:
            return shapes::kTableOnly;
        case Operation::ListTables:
            return shapes::kListTables;
        case Operation::DeleteTable:
            return shapes::kTableOnly;
        case Operation::UpdateTable:
            return shapes::kUpdateTable;
        case Operation::PutItem:
            return shapes::kPutItem;
        case Operation::GetItem:
            return shapes::kGetItem;
        case Operation::DeleteItem:
            return shapes::kDeleteItem;
        case Operation::UpdateItem:
            return shapes::kUpdateItem;
        case Operation::BatchWriteItem:
            return shapes::kBatchWriteItem;
        case Operation::BatchGetItem:
            return shapes::kBatchGetItem;
        case Operation::TransactWriteItems:
            return shapes::kTransactWriteItems;
        case Operation::TransactGetItems:
            return shapes::kTransactGetItems;
        case Operation::ExecuteStatement:
            return shapes::kExecuteStatement;
        case Operation::BatchExecuteStatement:
            return shapes::kBatchExecuteStatement;
        case Operation::ExecuteTransaction:
            return shapes::kExecuteTransaction;
        case Operation::Query:
            return shapes::kQuery;
        case Operation::Scan:
            return shapes::kScan;
        case Operation::TagResource:
            return shapes::kTagResource;
        case Operation::UntagResource:
            return shapes::kUntagResource;
        case Operation::ListTagsOfResource:
            return shapes::kListTagsOfResource;
        case Operation::DescribeLimits:
        case Operation::DescribeEndpoints:
            return shapes::kNoMembers;
        case Operation::DescribeContinuousBackups:
        case Operation::DescribeTimeToLive:
            return shapes::kTableOnly;
        case Operation::UpdateContinuousBackups:
            return shapes::kUpdateContinuousBackups;
        case Operation::RestoreTableToPointInTime:
            return shapes::kRestoreTableToPointInTime;
        case Operation::CreateBackup:
            return shapes::kCreateBackup;
        case Operation::ListBackups:
            return shapes::kListBackups;
        case Operation::DescribeBackup:
        case Operation::DeleteBackup:
            return shapes::kBackupOnly;
        case Operation::RestoreTableFromBackup:
            return shapes::kRestoreTableFromBackup;
        case Operation::ExportTableToPointInTime:
            return shapes::kExportTable;
        case Operation::DescribeExport:
            return shapes::kDescribeExport;
        case Operation::ListExports:
            return shapes::kListExports;
        case Operation::UpdateTimeToLive:
            return shapes::kUpdateTimeToLive;
        case Operation::ListStreams:
            return shapes::kListStreams;
        case Operation::DescribeStream:
            return shapes::kDescribeStream;
        case Operation::GetShardIterator:
            return shapes::kGetShardIterator;
        case Operation::GetRecords:
            return shapes::kGetRecords;
    }
    base::check_failed(__FILE__, __LINE__, "operation", "not an enumerator");
}

}  // namespace millbeck::runtime
