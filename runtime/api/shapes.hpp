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

// One for each call; shapes_tables.cpp, shapes_items.cpp, shapes_streams.cpp.
extern const Shape kCreateTable;
extern const Shape kUpdateTable;
extern const Shape kTableOnly;  // DescribeTable and DeleteTable
extern const Shape kListTables;
extern const Shape kPutItem;
extern const Shape kGetItem;
extern const Shape kDeleteItem;
extern const Shape kBatchWriteItem;
extern const Shape kBatchGetItem;
extern const Shape kListStreams;
extern const Shape kDescribeStream;
extern const Shape kGetShardIterator;
extern const Shape kGetRecords;

// Structures inside of them.
extern const Shape kAttributeDefinition;
extern const Shape kKeySchemaElement;
extern const Shape kProvisionedThroughput;
extern const Shape kStreamSpecification;
extern const Shape kTag;
extern const Shape kWriteRequest;
extern const Shape kPutRequest;
extern const Shape kDeleteRequest;
extern const Shape kKeysAndAttributes;
extern const Shape kShardFilter;
}  // namespace shapes

}  // namespace millbeck::runtime
