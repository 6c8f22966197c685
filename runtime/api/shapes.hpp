// The request shapes of the calls that are built. What the model has and this program does not is
// listed too, as Refused; members that no model has are ignored, as the service does.
// Source: service models dynamodb and streams.dynamodb of 2012-08-10; order and texts as captured
// from the service, see README.
#pragma once

#include "runtime/api/operation.hpp"
#include "runtime/api/shape.hpp"

namespace millbeck::runtime {

const Shape& shape_of(Operation operation);

namespace shapes {

// One for each call, in shapes_tables.cpp, shapes_items.cpp and so on.
extern const Shape kCreateTable;
extern const Shape kUpdateTable;
extern const Shape kTableOnly;  // DescribeTable, DeleteTable and others that only name a table
extern const Shape kListTables;
extern const Shape kPutItem;
extern const Shape kGetItem;
extern const Shape kDeleteItem;
extern const Shape kUpdateItem;
extern const Shape kBatchWriteItem;
extern const Shape kBatchGetItem;
extern const Shape kTransactWriteItems;
extern const Shape kTransactGetItems;
extern const Shape kExecuteStatement;
extern const Shape kBatchExecuteStatement;
extern const Shape kExecuteTransaction;
extern const Shape kQuery;
extern const Shape kScan;
extern const Shape kTagResource;
extern const Shape kUntagResource;
extern const Shape kListTagsOfResource;
extern const Shape kTimeToLive;  // in kUpdateTimeToLive
extern const Shape kUpdateTimeToLive;
extern const Shape kPointInTimeRecovery;  // in kUpdateContinuousBackups
extern const Shape kUpdateContinuousBackups;
extern const Shape kRestoreTableToPointInTime;
extern const Shape kCreateBackup;
extern const Shape kListBackups;
extern const Shape kBackupOnly;  // DescribeBackup, DeleteBackup
extern const Shape kRestoreTableFromBackup;
extern const Shape kExportTable;
extern const Shape kIncrement;  // in kExportTable
extern const Shape kDescribeExport;
extern const Shape kListExports;
extern const Shape kNoMembers;  // DescribeLimits and DescribeEndpoints
extern const Shape kListStreams;
extern const Shape kDescribeStream;
extern const Shape kGetShardIterator;
extern const Shape kGetRecords;

// Structures inside of them.
extern const Shape kAttributeDefinition;
extern const Shape kKeySchemaElement;
extern const Shape kProvisionedThroughput;
extern const Shape kStreamSpecification;
extern const Shape kSseSpecification;
extern const Shape kKeySchema;  // of a table or a local index
extern const Shape kLocalSecondaryIndex;
extern const Shape kLocalSecondaryIndexes;
extern const Shape kGlobalSecondaryIndex;
extern const Shape kGlobalSecondaryIndexes;
extern const Shape kProjection;
extern const Shape kGlobalSecondaryIndexUpdate;
extern const Shape kGlobalSecondaryIndexUpdates;
extern const Shape kUpdateIndex;
extern const Shape kCreateIndex;
extern const Shape kDeleteIndex;
extern const Shape kTag;
extern const Shape kTags;
extern const Shape kWriteRequest;
extern const Shape kPutRequest;
extern const Shape kDeleteRequest;
extern const Shape kKeysAndAttributes;
extern const Shape kTransactWriteItem;
extern const Shape kTransactPut;
extern const Shape kTransactDelete;
extern const Shape kTransactUpdate;
extern const Shape kTransactCheck;
extern const Shape kTransactGetItem;
extern const Shape kTransactGet;
extern const Shape kBatchStatement;
extern const Shape kTransactStatement;
extern const Shape kShardFilter;
}  // namespace shapes

}  // namespace millbeck::runtime
