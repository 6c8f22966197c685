// Expected, QueryFilter, ScanFilter and KeyConditions.
#include "capture/expression/legacy.hpp"
#include "capture/expression/legacy_check.hpp"
#include "capture/expression/syntax_builder.hpp"
#include "capture/invalid_values.hpp"

namespace millbeck::capture::expression {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

tl::unexpected<base::Error> invalid_values(std::string message) {
    return fail(Code::Invalid, message.insert(0, kInvalidValues));
}

Status check_joined_by(std::size_t conditions, std::optional<ConditionalOperator> joined_by) {
    if (!joined_by || conditions > 1) {
        return {};
    }
    return fail(Code::Invalid,
                conditions == 0
                    ? "ConditionalOperator cannot be used without Filter or Expected"
                    : "ConditionalOperator can only be used when Filter or Expected has two or "
                      "more elements");
}

Comparator comparator_of(LegacyOperator op) {
    switch (op) {
        case LegacyOperator::Ne:
            return Comparator::NotEqual;
        case LegacyOperator::Le:
            return Comparator::LessOrEqual;
        case LegacyOperator::Lt:
            return Comparator::Less;
        case LegacyOperator::Ge:
            return Comparator::GreaterOrEqual;
        case LegacyOperator::Gt:
            return Comparator::Greater;
        default:
            return Comparator::Equal;
    }
}

std::uint32_t add_function(SyntaxBuilder& builder, Function function,
                           const LegacyCondition& condition) {
    const std::uint32_t path = builder.path(condition.name);
    const std::uint32_t value =
        condition.values.empty() ? path : builder.value(condition.values[0]);
    return builder.node(FunctionTest{function, path, value});
}

std::uint32_t add_in(SyntaxBuilder& builder, const LegacyCondition& condition) {
    const std::uint32_t path = builder.path(condition.name);
    const auto first = static_cast<std::uint32_t>(builder.syntax().operand_lists.size());
    for (const std::string& value : condition.values) {
        const std::uint32_t operand = builder.value(value);
        builder.syntax().operand_lists.push_back(operand);
    }
    return builder.node(In{path, first, static_cast<std::uint32_t>(condition.values.size())});
}

// True only of an attribute that is there, unlike NOT contains(...).
std::uint32_t add_not_contains(SyntaxBuilder& builder, const LegacyCondition& condition) {
    const std::uint32_t exists = add_function(builder, Function::AttributeExists,
                                              {condition.name, LegacyOperator::NotNull, {}});
    const std::uint32_t contains = add_function(builder, Function::Contains, condition);
    return builder.node(And{exists, builder.node(Not{contains})});
}

std::uint32_t add_condition(SyntaxBuilder& builder, const LegacyCondition& condition) {
    switch (condition.op) {
        case LegacyOperator::NotNull:
            return add_function(builder, Function::AttributeExists, condition);
        case LegacyOperator::Null:
            return add_function(builder, Function::AttributeNotExists, condition);
        case LegacyOperator::BeginsWith:
            return add_function(builder, Function::BeginsWith, condition);
        case LegacyOperator::Contains:
            return add_function(builder, Function::Contains, condition);
        case LegacyOperator::NotContains:
            return add_not_contains(builder, condition);
        case LegacyOperator::In:
            return add_in(builder, condition);
        case LegacyOperator::Between: {
            const std::uint32_t path = builder.path(condition.name);
            const std::uint32_t low = builder.value(condition.values[0]);
            return builder.node(Between{path, low, builder.value(condition.values[1])});
        }
        default: {
            const std::uint32_t path = builder.path(condition.name);
            return builder.node(
                Comparison{comparator_of(condition.op), path, builder.value(condition.values[0])});
        }
    }
}

// What an entry of Expected says, as one comparison.
Result<LegacyCondition> read_expected(const ExpectedAttribute& expected) {
    const std::string of = " for Attribute: " + expected.name;
    if (expected.value && expected.values) {
        return invalid_values("Value and AttributeValueList cannot be used together" + of);
    }
    if (expected.op) {
        if (expected.exists) {
            return invalid_values("Exists and ComparisonOperator cannot be used together" + of);
        }
        const bool takes_values =
            expected.op != LegacyOperator::Null && expected.op != LegacyOperator::NotNull;
        if (takes_values && !expected.value && !expected.values) {
            return invalid_values(
                "Value or AttributeValueList must be used with "
                "ComparisonOperator: " +
                std::string(to_string(*expected.op)) + of);
        }
        LegacyCondition condition{expected.name, *expected.op, {}};
        if (expected.value) {
            condition.values.push_back(*expected.value);
        } else if (expected.values) {
            condition.values = *expected.values;
        }
        return condition;
    }
    if (expected.values) {
        return invalid_values("AttributeValueList can only be used with a ComparisonOperator" + of);
    }
    if (expected.exists.value_or(true)) {
        if (!expected.value) {
            return invalid_values("Value must be provided when Exists is " +
                                  std::string(expected.exists ? "true" : "null") + of);
        }
        return LegacyCondition{expected.name, LegacyOperator::Eq, {*expected.value}};
    }
    if (expected.value) {
        return invalid_values("Value cannot be used when Exists is false" + of);
    }
    return LegacyCondition{expected.name, LegacyOperator::Null, {}};
}

KeyOperator key_operator(LegacyOperator op) {
    switch (op) {
        case LegacyOperator::Eq:
            return KeyOperator::Equal;
        case LegacyOperator::Le:
            return KeyOperator::LessOrEqual;
        case LegacyOperator::Lt:
            return KeyOperator::Less;
        case LegacyOperator::Ge:
            return KeyOperator::GreaterOrEqual;
        case LegacyOperator::Gt:
            return KeyOperator::Greater;
        case LegacyOperator::Between:
            return KeyOperator::Between;
        case LegacyOperator::BeginsWith:
            return KeyOperator::BeginsWith;
        default:
            return KeyOperator::NotIndexable;
    }
}

}  // namespace

Result<std::optional<Condition>> make_expected(std::span<const ExpectedAttribute> expected,
                                               std::optional<ConditionalOperator> joined_by) {
    std::vector<LegacyCondition> conditions;
    for (const ExpectedAttribute& attribute : expected) {
        MB_TRY(auto condition, read_expected(attribute));
        conditions.push_back(std::move(condition));
    }
    return make_filter(conditions, joined_by);
}

Result<std::optional<Condition>> make_filter(std::span<const LegacyCondition> conditions,
                                             std::optional<ConditionalOperator> joined_by) {
    MB_TRY_STATUS(check_joined_by(conditions.size(), joined_by));
    SyntaxBuilder builder;
    std::optional<std::uint32_t> all;
    for (const LegacyCondition& condition : conditions) {
        MB_TRY_STATUS(check_legacy_condition(condition));
        const std::uint32_t node = add_condition(builder, condition);
        if (!all) {
            all = node;
        } else if (joined_by == ConditionalOperator::Or) {
            all = builder.node(Or{*all, node});
        } else {
            all = builder.node(And{*all, node});
        }
    }
    if (!all) {
        return std::optional<Condition>();
    }
    MB_TRY(auto placeholders, builder.placeholders());
    MB_TRY(auto condition, Condition::bind(Kind::Condition, builder.finish(), placeholders));
    return std::optional<Condition>(std::move(condition));
}

Result<std::vector<KeyTerm>> make_key_terms(std::span<const LegacyCondition> conditions) {
    if (conditions.empty() || conditions.size() > 2 * kAttributesOfTypeMax) {
        return fail(Code::Invalid, "Conditions can be of length 1 or 2 only");
    }
    std::vector<KeyTerm> terms;
    for (const LegacyCondition& condition : conditions) {
        MB_TRY_STATUS(check_legacy_condition(condition));
        KeyTerm term{condition.name, key_operator(condition.op), {}, {}};
        if (!condition.values.empty()) {
            term.first = condition.values.front();
            term.second = condition.values.back();
        }
        terms.push_back(std::move(term));
    }
    return terms;
}

}  // namespace millbeck::capture::expression
