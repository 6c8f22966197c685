// Shapes that several calls share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/api/shape.hpp"

namespace millbeck::runtime::shapes {

inline constexpr Shape kRefused{.kind = Kind::Refused};
inline constexpr Shape kBoolean{.kind = Kind::Boolean};
inline constexpr Shape kItem{.kind = Kind::Item, .java = "AttributeValue"};
inline constexpr Shape kHundred{.kind = Kind::Integer, .least = 1, .most = 100};

inline constexpr Shape kTableName{.least = 3, .most = 255, .pattern = Pattern::TableName};
// Where the model takes an ARN as well.
inline constexpr Shape kTableNameOrArn{.least = 3, .most = 255, .pattern = Pattern::TableNameOrArn};

inline constexpr std::array<std::string_view, 3> kCapacityChoices{"INDEXES", "TOTAL", "NONE"};
inline constexpr Shape kReturnCapacity{.choices = kCapacityChoices};
inline constexpr std::array<std::string_view, 2> kMetricsChoices{"SIZE", "NONE"};
inline constexpr Shape kReturnMetrics{.choices = kMetricsChoices};
inline constexpr std::array<std::string_view, 2> kOnFailureChoices{"ALL_OLD", "NONE"};
inline constexpr Shape kOnConditionFailure{.choices = kOnFailureChoices};

// ---- capacity of tables and of global indexes: bounds are capture/capacity.hpp's
inline constexpr Shape kUnitsPerSecond{.kind = Kind::Long};
inline constexpr std::array<Member, 2> kMaximumMembers{{
    {"MaxReadRequestUnits", &kUnitsPerSecond},
    {"MaxWriteRequestUnits", &kUnitsPerSecond},
}};
inline constexpr Shape kOnDemandThroughput{
    .kind = Kind::Structure, .java = "OnDemandThroughput", .members = kMaximumMembers};
inline constexpr std::array<Member, 2> kWarmMembers{{
    {"ReadUnitsPerSecond", &kUnitsPerSecond},
    {"WriteUnitsPerSecond", &kUnitsPerSecond},
}};
inline constexpr Shape kWarmThroughput{
    .kind = Kind::Structure, .java = "WarmThroughput", .members = kWarmMembers};

// ---- expressions: their limits and texts are capture/expression's
inline constexpr Shape kExpression{};
inline constexpr Shape kNames{
    .kind = Kind::Map, .java = "java.lang.String", .element = &kExpression};
inline constexpr Shape kValues = kItem;

// ---- what there was before expressions
inline constexpr Shape kAttributeName{.most = 65'535};
inline constexpr Shape kAttributeNames{.kind = Kind::List, .least = 1, .element = &kAttributeName};
inline constexpr std::array<std::string_view, 2> kJoinChoices{"OR", "AND"};
inline constexpr Shape kConditionalOperator{.choices = kJoinChoices,
                                            .newer_reported = Reported::Later};
inline constexpr Shape kComparisonOperator{};  // its choices: see parse_legacy.cpp
inline constexpr Shape kValue{.kind = Kind::Value, .java = "AttributeValue"};
inline constexpr Shape kValueList{.kind = Kind::List, .element = &kValue};

inline constexpr std::array<Member, 2> kLegacyConditionMembers{{
    {"AttributeValueList", &kValueList},
    {"ComparisonOperator", &kComparisonOperator, true},
}};
inline constexpr Shape kLegacyCondition{
    .kind = Kind::Structure, .java = "Condition", .members = kLegacyConditionMembers};
// KeyConditions, QueryFilter, ScanFilter.
inline constexpr Shape kLegacyConditions{
    .kind = Kind::Map, .java = "Condition", .element = &kLegacyCondition};

inline constexpr std::array<Member, 4> kExpectedMembers{{
    {"AttributeValueList", &kValueList},
    {"ComparisonOperator", &kComparisonOperator},
    {"Exists", &kBoolean},
    {"Value", &kValue},
}};
inline constexpr Shape kExpectedAttribute{
    .kind = Kind::Structure, .java = "ExpectedAttributeValue", .members = kExpectedMembers};
inline constexpr Shape kExpected{
    .kind = Kind::Map, .java = "ExpectedAttributeValue", .element = &kExpectedAttribute};

inline constexpr Shape kAction{};  // its choices: see parse_legacy.cpp
inline constexpr std::array<Member, 2> kAttributeUpdateMembers{{
    {"Action", &kAction},
    {"Value", &kValue},
}};
inline constexpr Shape kAttributeUpdate{
    .kind = Kind::Structure, .java = "AttributeValueUpdate", .members = kAttributeUpdateMembers};
inline constexpr Shape kAttributeUpdates{
    .kind = Kind::Map, .java = "AttributeValueUpdate", .element = &kAttributeUpdate};

}  // namespace millbeck::runtime::shapes
