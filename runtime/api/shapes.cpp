#include "runtime/api/shapes.hpp"

#include <array>

#include "base/result.hpp"

namespace millbeck::runtime {
namespace shapes {
namespace {

constexpr Shape kRefused{.kind = Kind::Refused};
constexpr Shape kBoolean{.kind = Kind::Boolean};
constexpr Shape kText{};
constexpr Shape kItem{.kind = Kind::Item, .java = "AttributeValue"};
constexpr Shape kKeyInList{.kind = Kind::Item, .java = "AttributeValue", .generic = Generic::Yes};

constexpr Shape kTableName{.least = 3, .most = 255, .pattern = Pattern::TableName};
constexpr Shape kTableNameOrArn{.least = 3, .most = 255, .pattern = Pattern::TableNameOrArn};

constexpr std::array<std::string_view, 3> kCapacityChoices{"INDEXES", "TOTAL", "NONE"};
constexpr Shape kReturnCapacity{.choices = kCapacityChoices};
constexpr std::array<std::string_view, 2> kMetricsChoices{"SIZE", "NONE"};
constexpr Shape kReturnMetrics{.choices = kMetricsChoices};
constexpr std::array<std::string_view, 5> kReturnChoices{"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                         "NONE", "UPDATED_NEW"};
constexpr Shape kReturnValues{.choices = kReturnChoices};
constexpr std::array<std::string_view, 2> kOnFailureChoices{"ALL_OLD", "NONE"};
constexpr Shape kOnConditionFailure{.choices = kOnFailureChoices};

constexpr Shape kUnits{.kind = Kind::Long, .least = 1};
constexpr std::array<Member, 2> kThroughputMembers{{
    {"WriteCapacityUnits", &kUnits, true},
    {"ReadCapacityUnits", &kUnits, true},
}};

constexpr Shape kKeyAttributeName{.least = 1, .most = 255};
constexpr std::array<std::string_view, 3> kScalarTypes{"B", "N", "S"};
constexpr Shape kAttributeType{.choices = kScalarTypes};
constexpr std::array<Member, 2> kDefinitionMembers{{
    {"AttributeName", &kKeyAttributeName, true},
    {"AttributeType", &kAttributeType, true},
}};
constexpr std::array<std::string_view, 2> kKeyTypes{"HASH", "RANGE"};
constexpr Shape kKeyType{.choices = kKeyTypes};
constexpr std::array<Member, 2> kKeyElementMembers{{
    {"AttributeName", &kKeyAttributeName, true},
    {"KeyType", &kKeyType, true},
}};

constexpr std::array<std::string_view, 4> kViewTypes{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES",
                                                     "KEYS_ONLY"};
constexpr Shape kViewType{.choices = kViewTypes};
constexpr std::array<Member, 2> kStreamMembers{{
    {"StreamEnabled", &kBoolean, true},
    {"StreamViewType", &kViewType},
}};

constexpr Shape kTagKey{.least = 1, .most = 128};
constexpr Shape kTagValue{.least = 0, .most = 256};
constexpr std::array<Member, 2> kTagMembers{{
    {"Key", &kTagKey, true},
    {"Value", &kTagValue, true},
}};

}  // namespace

constexpr Shape kAttributeDefinition{
    .kind = Kind::Structure, .java = "AttributeDefinition", .members = kDefinitionMembers};
constexpr Shape kKeySchemaElement{
    .kind = Kind::Structure, .java = "KeySchemaElement", .members = kKeyElementMembers};
constexpr Shape kProvisionedThroughput{
    .kind = Kind::Structure, .java = "ProvisionedThroughput", .members = kThroughputMembers};
constexpr Shape kStreamSpecification{
    .kind = Kind::Structure, .java = "StreamSpecification", .members = kStreamMembers};
constexpr Shape kTag{.kind = Kind::Structure, .java = "Tag", .members = kTagMembers};

namespace {

constexpr Shape kAttributeDefinitions{.kind = Kind::List, .element = &kAttributeDefinition};
constexpr Shape kKeySchema{
    .kind = Kind::List, .least = 1, .most = 2, .element = &kKeySchemaElement};
constexpr Shape kTags{.kind = Kind::List, .element = &kTag};
constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
constexpr Shape kBillingMode{.choices = kBillingModes};
constexpr std::array<std::string_view, 2> kTableClasses{"STANDARD", "STANDARD_INFREQUENT_ACCESS"};
constexpr Shape kTableClass{.choices = kTableClasses};

constexpr std::array<Member, 17> kCreateTableMembers{{
    {"AttributeDefinitions", &kAttributeDefinitions, true},
    {"TableName", &kTableNameOrArn, true},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"KeySchema", &kKeySchema, true},
    {"LocalSecondaryIndexes", &kRefused},
    {"GlobalSecondaryIndexes", &kRefused},
    {"StreamSpecification", &kStreamSpecification},
    {"TableClass", &kTableClass},
    {"DeletionProtectionEnabled", &kBoolean},
    {"Tags", &kTags},
    {"SSESpecification", &kRefused},
    {"WarmThroughput", &kRefused},
    {"ResourcePolicy", &kRefused},
    {"OnDemandThroughput", &kRefused},
    {"GlobalTableSourceArn", &kRefused},
    {"GlobalTableSettingsReplicationMode", &kRefused},
}};
constexpr Shape kCreateTable{.kind = Kind::Structure, .members = kCreateTableMembers};

constexpr std::array<Member, 15> kUpdateTableMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"BillingMode", &kBillingMode},
    {"ProvisionedThroughput", &kProvisionedThroughput},
    {"StreamSpecification", &kStreamSpecification},
    {"TableClass", &kTableClass},
    {"DeletionProtectionEnabled", &kBoolean},
    {"AttributeDefinitions", &kRefused},  // serves only index updates
    {"GlobalSecondaryIndexUpdates", &kRefused},
    {"SSESpecification", &kRefused},
    {"ReplicaUpdates", &kRefused},
    {"MultiRegionConsistency", &kRefused},
    {"GlobalTableWitnessUpdates", &kRefused},
    {"OnDemandThroughput", &kRefused},
    {"WarmThroughput", &kRefused},
    {"GlobalTableSettingsReplicationMode", &kRefused},
}};
constexpr Shape kUpdateTable{.kind = Kind::Structure, .members = kUpdateTableMembers};

// DescribeTable and DeleteTable.
constexpr std::array<Member, 1> kTableOnlyMembers{{{"TableName", &kTableNameOrArn, true}}};
constexpr Shape kTableOnly{.kind = Kind::Structure, .members = kTableOnlyMembers};

constexpr Shape kHundred{.kind = Kind::Integer, .least = 1, .most = 100};
constexpr std::array<Member, 2> kListTablesMembers{{
    {"Limit", &kHundred},
    {"ExclusiveStartTableName", &kTableName},
}};
constexpr Shape kListTables{.kind = Kind::Structure, .members = kListTablesMembers};

constexpr std::array<Member, 11> kPutItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"Item", &kItem, true},
    {"ReturnValues", &kReturnValues},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kRefused},
    {"ExpressionAttributeNames", &kRefused},
    {"ExpressionAttributeValues", &kRefused},
    {"Expected", &kRefused},
    {"ConditionalOperator", &kRefused},
}};
constexpr Shape kPutItem{.kind = Kind::Structure, .members = kPutItemMembers};

constexpr std::array<Member, 7> kGetItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"Key", &kItem, true},
    {"ConsistentRead", &kBoolean},
    {"ProjectionExpression", &kRefused},
    {"ExpressionAttributeNames", &kRefused},
    {"AttributesToGet", &kRefused},
}};
constexpr Shape kGetItem{.kind = Kind::Structure, .members = kGetItemMembers};

constexpr std::array<Member, 11> kDeleteItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"ReturnValues", &kReturnValues},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"Key", &kItem, true},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kRefused},
    {"ExpressionAttributeNames", &kRefused},
    {"ExpressionAttributeValues", &kRefused},
    {"Expected", &kRefused},
    {"ConditionalOperator", &kRefused},
}};
constexpr Shape kDeleteItem{.kind = Kind::Structure, .members = kDeleteItemMembers};

constexpr std::array<Member, 1> kPutRequestMembers{{{"Item", &kItem, true}}};
constexpr std::array<Member, 1> kDeleteRequestMembers{{{"Key", &kItem, true}}};

}  // namespace

constexpr Shape kPutRequest{
    .kind = Kind::Structure, .java = "PutRequest", .members = kPutRequestMembers};
constexpr Shape kDeleteRequest{
    .kind = Kind::Structure, .java = "DeleteRequest", .members = kDeleteRequestMembers};

namespace {
constexpr std::array<Member, 2> kWriteRequestMembers{{
    {"DeleteRequest", &kDeleteRequest},
    {"PutRequest", &kPutRequest},
}};
}  // namespace

constexpr Shape kWriteRequest{
    .kind = Kind::Structure, .java = "WriteRequest", .members = kWriteRequestMembers};

namespace {

constexpr Shape kWriteRequests{
    .kind = Kind::List, .least = 1, .most = 25, .element = &kWriteRequest, .generic = Generic::Yes};
constexpr Shape kWriteMap{.kind = Kind::Map,
                          .java = "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>",
                          .least = 1,
                          .most = 25,
                          .element = &kWriteRequests,
                          .key = &kTableName};
constexpr std::array<Member, 3> kBatchWriteMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"RequestItems", &kWriteMap, true},
}};
constexpr Shape kBatchWriteItem{.kind = Kind::Structure, .members = kBatchWriteMembers};

constexpr Shape kKeys{.kind = Kind::List, .least = 1, .most = 100, .element = &kKeyInList};
constexpr std::array<Member, 5> kKeysMembers{{
    {"Keys", &kKeys, true},
    {"ConsistentRead", &kBoolean},
    {"ProjectionExpression", &kRefused},
    {"ExpressionAttributeNames", &kRefused},
    {"AttributesToGet", &kRefused},
}};

}  // namespace

constexpr Shape kKeysAndAttributes{
    .kind = Kind::Structure, .java = "KeysAndAttributes", .members = kKeysMembers};

namespace {

constexpr Shape kReadMap{.kind = Kind::Map,
                         .java = "KeysAndAttributes",
                         .least = 1,
                         .most = 100,
                         .element = &kKeysAndAttributes,
                         .key = &kTableName};
constexpr std::array<Member, 2> kBatchGetMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"RequestItems", &kReadMap, true},
}};
constexpr Shape kBatchGetItem{.kind = Kind::Structure, .members = kBatchGetMembers};

constexpr Shape kStreamArn{.least = 37, .most = 1024};
constexpr Shape kShardId{.least = 28, .most = 65};
constexpr std::array<Member, 3> kListStreamsMembers{{
    {"TableName", &kTableName},
    {"Limit", &kHundred},
    {"ExclusiveStartStreamArn", &kStreamArn},
}};
constexpr Shape kListStreams{.kind = Kind::Structure, .members = kListStreamsMembers};

constexpr std::array<std::string_view, 1> kFilterTypes{"CHILD_SHARDS"};
constexpr Shape kFilterType{.choices = kFilterTypes};
// Both are optional in the model and required by the service.
constexpr std::array<Member, 2> kShardFilterMembers{{
    {"Type", &kFilterType, true},
    {"ShardId", &kShardId, true},
}};

}  // namespace

constexpr Shape kShardFilter{
    .kind = Kind::Structure, .java = "ShardFilter", .members = kShardFilterMembers};

namespace {

constexpr std::array<Member, 4> kDescribeStreamMembers{{
    {"StreamArn", &kStreamArn, true},
    {"Limit", &kHundred},
    {"ExclusiveStartShardId", &kShardId},
    {"ShardFilter", &kShardFilter},
}};
constexpr Shape kDescribeStream{.kind = Kind::Structure, .members = kDescribeStreamMembers};

constexpr std::array<std::string_view, 4> kIteratorTypes{
    "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"};
constexpr Shape kIteratorType{.choices = kIteratorTypes};
constexpr Shape kSequence{.least = 21, .most = 40};
constexpr std::array<Member, 4> kGetShardIteratorMembers{{
    {"StreamArn", &kStreamArn, true},
    {"ShardId", &kShardId, true},
    {"ShardIteratorType", &kIteratorType, true},
    {"SequenceNumber", &kSequence},
}};
constexpr Shape kGetShardIterator{.kind = Kind::Structure, .members = kGetShardIteratorMembers};

constexpr Shape kIterator{.least = 1, .most = 2048};
constexpr Shape kThousand{.kind = Kind::Integer, .least = 1, .most = 1000};
constexpr std::array<Member, 2> kGetRecordsMembers{{
    {"ShardIterator", &kIterator, true},
    {"Limit", &kThousand},
}};
constexpr Shape kGetRecords{.kind = Kind::Structure, .members = kGetRecordsMembers};

}  // namespace
}  // namespace shapes

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
        case Operation::BatchWriteItem:
            return shapes::kBatchWriteItem;
        case Operation::BatchGetItem:
            return shapes::kBatchGetItem;
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
