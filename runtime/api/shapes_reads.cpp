// Query and Scan. Members stand in the order in which the service reports their faults.
#include <array>

#include "runtime/api/shape_parts.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime::shapes {

constexpr std::array<std::string_view, 4> kSelectChoices{
    "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
constexpr Shape kSelect{.choices = kSelectChoices};

// A Query reports its limit in words of its own: see parse_reads.cpp.
constexpr Shape kQueryLimit{.kind = Kind::Integer};
constexpr Shape kScanLimit{.kind = Kind::Integer, .least = 1};

constexpr Shape kSegment{.kind = Kind::Integer, .least = 0, .most = 999'999};
constexpr Shape kTotalSegments{.kind = Kind::Integer, .least = 1, .most = 1'000'000};

constexpr std::array<Member, 17> kQueryMembers{{
    {"Limit", &kQueryLimit},
    {"ExclusiveStartKey", &kItem},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"AttributesToGet", &kAttributeNames},
    {"QueryFilter", &kLegacyConditions},
    {"Select", &kSelect},
    {"ConditionalOperator", &kConditionalOperator},
    {"KeyConditions", &kLegacyConditions},
    {"TableName", &kTableNameOrArn, true},
    {"ConsistentRead", &kBoolean},
    {"IndexName", &kTableName},
    {"ScanIndexForward", &kBoolean},
    {"KeyConditionExpression", &kExpression},
    {"FilterExpression", &kExpression},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
}};
constexpr Shape kQuery{.kind = Kind::Structure, .members = kQueryMembers};

constexpr std::array<Member, 16> kScanMembers{{
    {"Limit", &kScanLimit},
    {"ReturnConsumedCapacity", &kReturnCapacity},
    {"AttributesToGet", &kAttributeNames},
    {"Segment", &kSegment},
    {"Select", &kSelect},
    {"ScanFilter", &kLegacyConditions},
    {"ConditionalOperator", &kConditionalOperator},
    {"TotalSegments", &kTotalSegments},
    {"TableName", &kTableNameOrArn, true},
    {"ExclusiveStartKey", &kItem},
    {"ConsistentRead", &kBoolean},
    {"IndexName", &kTableName},
    {"FilterExpression", &kExpression},
    {"ProjectionExpression", &kExpression},
    {"ExpressionAttributeValues", &kValues},
    {"ExpressionAttributeNames", &kNames},
}};
constexpr Shape kScan{.kind = Kind::Structure, .members = kScanMembers};

}  // namespace millbeck::runtime::shapes
