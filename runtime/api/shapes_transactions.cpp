#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr std::array<Member, 6> kTransactPutMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression},
    {"Item", &kItem, true},
}};
constexpr Shape kTransactPut{
    .kind = Kind::Structure, .java = "Put", .members = kTransactPutMembers};

constexpr std::array<Member, 7> kTransactUpdateMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression},
    {"Key", &kItem, true},
    {"UpdateExpression", &kExpression, true},
}};
constexpr Shape kTransactUpdate{
    .kind = Kind::Structure, .java = "Update", .members = kTransactUpdateMembers};

constexpr std::array<Member, 6> kTransactDeleteMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression},
    {"Key", &kItem, true},
}};
constexpr Shape kTransactDelete{
    .kind = Kind::Structure, .java = "Delete", .members = kTransactDeleteMembers};

constexpr std::array<Member, 6> kTransactCheckMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
    {"ReturnValuesOnConditionCheckFailure", &kOnConditionFailure},
    {"ConditionExpression", &kExpression, true},
    {"Key", &kItem, true},
}};
constexpr Shape kTransactCheck{
    .kind = Kind::Structure, .java = "ConditionCheck", .members = kTransactCheckMembers};

constexpr std::array<Member, 4> kTransactWriteItemMembers{{
    {"Put", &kTransactPut},
    {"Update", &kTransactUpdate},
    {"Delete", &kTransactDelete},
    {"ConditionCheck", &kTransactCheck},
}};
constexpr Shape kTransactWriteItem{
    .kind = Kind::Structure, .java = "TransactWriteItem", .members = kTransactWriteItemMembers};
constexpr Shape kTransactWriteList{.kind = Kind::List,
                                   .least = 1,
                                   .most = 100,
                                   .element = &kTransactWriteItem,
                                   .bounds = Bounds::Unnamed};
constexpr Shape kToken{.least = 1, .most = 36};

constexpr std::array<Member, 4> kTransactWriteMembers{{
    {"ClientRequestToken", &kToken},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"ReturnItemCollectionMetrics", &kReturnMetrics},
    {"TransactItems", &kTransactWriteList, true},
}};
constexpr Shape kTransactWriteItems{.kind = Kind::Structure, .members = kTransactWriteMembers};

constexpr std::array<Member, 4> kTransactGetMembers{{
    {"TableName", &kTableNameOrArn, true},
    {"ExpressionAttributeNames", &kNames},
    {"ProjectionExpression", &kExpression},
    {"Key", &kItem, true},
}};
constexpr Shape kTransactGet{
    .kind = Kind::Structure, .java = "Get", .members = kTransactGetMembers};

constexpr std::array<Member, 1> kTransactGetItemMembers{{{"Get", &kTransactGet, true}}};
constexpr Shape kTransactGetItem{
    .kind = Kind::Structure, .java = "TransactGetItem", .members = kTransactGetItemMembers};
constexpr Shape kTransactGetList{.kind = Kind::List,
                                 .least = 1,
                                 .most = 100,
                                 .element = &kTransactGetItem,
                                 .bounds = Bounds::Unnamed};

constexpr std::array<Member, 2> kTransactGetItemsMembers{{
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TransactItems", &kTransactGetList, true},
}};
constexpr Shape kTransactGetItems{.kind = Kind::Structure, .members = kTransactGetItemsMembers};

}  // namespace millbeck::runtime::shapes
