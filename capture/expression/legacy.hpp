// The parameters from before expressions, as plain structs, and what they mean in the same syntax:
// Expected, AttributeUpdates, KeyConditions, QueryFilter, ScanFilter, AttributesToGet.
// Source: Developer guide, "Legacy conditional parameters".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/condition.hpp"
#include "capture/expression/key_condition.hpp"
#include "capture/expression/projection.hpp"
#include "capture/expression/update.hpp"

namespace millbeck::capture::expression {

enum class LegacyOperator : std::uint8_t {
    Eq,
    Ne,
    In,
    Le,
    Lt,
    Ge,
    Gt,
    Between,
    NotNull,
    Null,
    Contains,
    NotContains,
    BeginsWith
};
std::string_view to_string(LegacyOperator op);                               // "EQ", ...
std::optional<LegacyOperator> parse_legacy_operator(std::string_view text);  // case-sensitive

enum class ConditionalOperator : std::uint8_t { And, Or };

// Values are canonical texts `{"S":"x"}` throughout.
struct LegacyCondition {
    std::string name;
    LegacyOperator op = LegacyOperator::Eq;
    std::vector<std::string> values;
};

// Absent members were absent in the request.
struct ExpectedAttribute {
    std::string name;
    std::optional<bool> exists;
    std::optional<std::string> value;
    std::optional<LegacyOperator> op;
    std::optional<std::vector<std::string>> values;
};

enum class UpdateAction : std::uint8_t { Put, Add, Delete };
struct AttributeUpdate {
    std::string name;
    UpdateAction action = UpdateAction::Put;
    std::optional<std::string> value;
};

// All: Invalid, with the service's text. Of no attributes: nullopt.
base::Result<std::optional<Condition>> make_expected(std::span<const ExpectedAttribute> expected,
                                                     std::optional<ConditionalOperator> joined_by);
base::Result<std::optional<Condition>> make_filter(std::span<const LegacyCondition> conditions,
                                                   std::optional<ConditionalOperator> joined_by);
base::Result<std::vector<KeyTerm>> make_key_terms(std::span<const LegacyCondition> conditions);
base::Result<Update> make_update(std::span<const AttributeUpdate> updates);
// Requires: names not empty (the shape of the request says so).
base::Result<Projection> make_projection(std::span<const std::string> names);

}  // namespace millbeck::capture::expression
