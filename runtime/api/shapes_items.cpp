#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr std::array<std::string_view, 5> kReturnChoices{"ALL_NEW", "UPDATED_OLD", "ALL_OLD",
                                                         "NONE", "UPDATED_NEW"};
// The newer layer's text has a value that does not exist, and not one that does.
constexpr Shape kReturnValues{.choices = kReturnChoices,
                              .newer_choices = "ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE"};
constexpr Shape kDeleteReturnValues{
    .choices = kReturnChoices,
    .newer_choices = "ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE",
    .newer_unfit = "ReturnValues can only be ALL_OLD or NONE"};
constexpr Shape kUpdateReturnValues{
    .choices = kReturnChoices,
    .newer_choices = "ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE",
    .newer_reported = Reported::Alone};

constexpr std::array<Member, 11> kPutItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"Item", &kItem, true},
    {"ReturnValues", &kReturnValues},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression},
    {"ExpressionAttributeNames", &kNames},
    {"ExpressionAttributeValues", &kValues},
    {"Expected", &kExpected},
    {"ConditionalOperator", &kConditionalOperator},
}};
constexpr Shape kPutItem{
    .kind = Kind::Structure, .members = kPutItemMembers, .wording = shardlog::Wording::Newer};

constexpr std::array<Member, 7> kGetItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"Key", &kItem, true},
    {"ConsistentRead", &kBoolean},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeNames", &kNames},
    {"AttributesToGet", &kAttributeNames},
}};
constexpr Shape kGetItem{
    .kind = Kind::Structure, .members = kGetItemMembers, .wording = shardlog::Wording::Newer};

constexpr std::array<Member, 11> kDeleteItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"ReturnValues", &kDeleteReturnValues},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"Key", &kItem, true},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression},
    {"ExpressionAttributeNames", &kNames},
    {"ExpressionAttributeValues", &kValues},
    {"Expected", &kExpected},
    {"ConditionalOperator", &kConditionalOperator},
}};
constexpr Shape kDeleteItem{
    .kind = Kind::Structure, .members = kDeleteItemMembers, .wording = shardlog::Wording::Newer};

constexpr std::array<Member, 13> kUpdateItemMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"ReturnValues", &kUpdateReturnValues},
    {"ConditionalOperator", &kConditionalOperator},
    {"Key", &kItem, true},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"Expected", &kExpected},
    {"AttributeUpdates", &kAttributeUpdates},
    {"ConditionExpression", &kExpression},
    {"UpdateExpression", &kExpression},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
}};
constexpr Shape kUpdateItem{
    .kind = Kind::Structure, .members = kUpdateItemMembers, .wording = shardlog::Wording::Newer};
constexpr Shape kKeyInList{.kind = Kind::Item, .java = "AttributeValue", .generic = Generic::Yes};

constexpr std::array<Member, 1> kPutRequestMembers{{{"Item", &kItem, true}}};

constexpr std::array<Member, 1> kDeleteRequestMembers{{{"Key", &kItem, true}}};
constexpr Shape kPutRequest{.kind = Kind::Structure,
                            .java = "PutRequest",
                            .members = kPutRequestMembers,
                            .java_tail = ", workloadProfileName=null"};
constexpr Shape kDeleteRequest{
    .kind = Kind::Structure, .java = "DeleteRequest", .members = kDeleteRequestMembers};

constexpr std::array<Member, 2> kWriteRequestMembers{{
    {"PutRequest", &kPutRequest},
    {"DeleteRequest", &kDeleteRequest},
}};
constexpr Shape kWriteRequest{
    .kind = Kind::Structure, .java = "WriteRequest", .members = kWriteRequestMembers};
constexpr Shape kWriteRequests{
    .kind = Kind::List, .least = 1, .most = 25, .element = &kWriteRequest, .generic = Generic::Yes};
constexpr Shape kWriteMap{.kind = Kind::Map,
                          .java = "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>",
                          .least = 1,
                          .most = 25,
                          .element = &kWriteRequests,
                          .key = &kTableNameOrArn,
                          .bounds = Bounds::Unnamed};

constexpr std::array<Member, 3> kBatchWriteMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"RequestItems", &kWriteMap, true},
}};
constexpr Shape kBatchWriteItem{.kind = Kind::Structure, .members = kBatchWriteMembers};
constexpr Shape kKeys{
    .kind = Kind::List, .least = 1, .most = 100, .element = &kKeyInList, .bounds = Bounds::Unnamed};

constexpr std::array<Member, 5> kKeysMembers{{
    {"Keys", &kKeys, true},
    {"ConsistentRead", &kBoolean},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeNames", &kNames},
    {"AttributesToGet", &kAttributeNames},
}};
constexpr Shape kKeysAndAttributes{
    .kind = Kind::Structure, .java = "KeysAndAttributes", .members = kKeysMembers};
constexpr Shape kReadMap{.kind = Kind::Map,
                         .java = "KeysAndAttributes",
                         .least = 1,
                         .most = 100,
                         .element = &kKeysAndAttributes,
                         .key = &kTableNameOrArn,
                         .echo = Echo::Json,
                         .bounds = Bounds::Unnamed};

constexpr std::array<Member, 2> kBatchGetMembers{{
    {"RequestItems", &kReadMap, true},
    {"ReturnConsumedCapacity", &kReturnCapacity},
}};
constexpr Shape kBatchGetItem{.kind = Kind::Structure, .members = kBatchGetMembers};

}  // namespace millbeck::runtime::shapes
