#include "capture/expression/legacy_check.hpp"

#include <algorithm>
#include <array>

#include "capture/expression/compare.hpp"
#include "capture/invalid_values.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Status;
using shardlog::AttributeType;

constexpr std::array<std::string_view, 13> kOperators{
    "EQ",      "NE",       "IN",   "LE",       "LT",           "GE",         "GT",
    "BETWEEN", "NOT_NULL", "NULL", "CONTAINS", "NOT_CONTAINS", "BEGINS_WITH"};

bool count_fits(LegacyOperator op, std::size_t count) {
    switch (op) {
        case LegacyOperator::Null:
        case LegacyOperator::NotNull:
            return count == 0;
        case LegacyOperator::In:
            return count > 0;
        case LegacyOperator::Between:
            return count == 2;
        default:
            return count == 1;
    }
}

bool type_fits(LegacyOperator op, AttributeType type) {
    switch (op) {
        case LegacyOperator::Eq:
        case LegacyOperator::Ne:
            return true;
        case LegacyOperator::BeginsWith:
            return type == AttributeType::S || type == AttributeType::B;
        default:
            return is_ordered(type);
    }
}

Status invalid_values(std::string message) {
    return fail(Code::Invalid, message.insert(0, kInvalidValues));
}

}  // namespace

std::string_view to_string(LegacyOperator op) {
    return kOperators.at(static_cast<std::size_t>(op));
}

std::optional<LegacyOperator> parse_legacy_operator(std::string_view text) {
    const auto* const found = std::find(kOperators.begin(), kOperators.end(), text);
    if (found == kOperators.end()) {
        return std::nullopt;
    }
    return static_cast<LegacyOperator>(found - kOperators.begin());
}

Status check_legacy_condition(const LegacyCondition& condition) {
    const std::string op(to_string(condition.op));
    if (!count_fits(condition.op, condition.values.size())) {
        return invalid_values("Invalid number of argument(s) for the " + op +
                              " ComparisonOperator");
    }
    for (const std::string& value : condition.values) {
        if (ValueView(value).type != ValueView(condition.values[0]).type) {
            return invalid_values("AttributeValues inside AttributeValueList must be of same type");
        }
    }
    for (const std::string& value : condition.values) {
        const AttributeType type = ValueView(value).type;
        if (!type_fits(condition.op, type)) {
            return invalid_values("ComparisonOperator " + op + " is not valid for " +
                                  std::string(to_string(type)) + " AttributeValue type");
        }
    }
    if (condition.op == LegacyOperator::Between &&
        order_values(ValueView(condition.values[0]), ValueView(condition.values[1])) > 0) {
        return fail(Code::Invalid,
                    "The BETWEEN condition was provided a range where the lower bound is greater "
                    "than the upper bound");
    }
    return {};
}

}  // namespace millbeck::capture::expression
