// Query and Scan. Members stand in the order in which the service reports their faults.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr std::array<std::string_view, 4> kSelectChoices{
    "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
constexpr Shape kSelect{.choices = kSelectChoices, .newer_reported = Reported::Later};

constexpr Shape kLimit{.kind = Kind::Integer, .least = 1};

constexpr Shape kSegment{.kind = Kind::Integer, .least = 0, .most = 999'999};
constexpr Shape kTotalSegments{.kind = Kind::Integer, .least = 1, .most = 1'000'000};

constexpr std::array<Member, 17> kQueryMembers{{
    {"Select", &kSelect},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"ExclusiveStartKey", &kItem},
    {"AttributesToGet", &kAttributeNames},
    {"ConditionalOperator", &kConditionalOperator},
    {"QueryFilter", &kLegacyConditions},
    {"KeyConditions", &kLegacyConditions},
    {"Limit", &kLimit},
    {"ConsistentRead", &kBoolean},
    {"IndexName", &kTableName},
    {"ScanIndexForward", &kBoolean},
    {"KeyConditionExpression", &kExpression},
    {"FilterExpression", &kExpression},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
}};
constexpr Shape kQuery{
    .kind = Kind::Structure, .members = kQueryMembers, .wording = shardlog::Wording::Newer};

constexpr std::array<Member, 16> kScanMembers{{
    {"Select", &kSelect},
    {"TotalSegments", &kTotalSegments},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"TableName", &kTableNameOrArn, true},
    {"ConditionalOperator", &kConditionalOperator},
    {"ScanFilter", &kLegacyConditions},
    {"Segment", &kSegment},
    {"Limit", &kLimit},
    {"AttributesToGet", &kAttributeNames},
    {"ExclusiveStartKey", &kItem},
    {"ConsistentRead", &kBoolean},
    {"IndexName", &kTableName},
    {"FilterExpression", &kExpression},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
}};
constexpr Shape kScan{
    .kind = Kind::Structure, .members = kScanMembers, .wording = shardlog::Wording::Newer};

}  // namespace millbeck::runtime::shapes
