// Shapes that several calls share.
#pragma once

#include <array>
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

}  // namespace millbeck::runtime::shapes
