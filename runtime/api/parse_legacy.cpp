// The parameters from before expressions: Expected, AttributeUpdates, KeyConditions, QueryFilter,
// ScanFilter, ConditionalOperator, AttributesToGet.
#include "runtime/api/attribute_value.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/shape_parts.hpp"

namespace millbeck::runtime {

namespace expression = capture::expression;
namespace dom = simdjson::dom;

namespace {

using base::Result;

tl::unexpected<base::Error> invalid(std::string message) {
    return base::fail(base::Code::Invalid, std::move(message));
}

Result<expression::LegacyOperator> operator_of(std::string_view text) {
    const auto op = expression::parse_legacy_operator(text);
    if (!op) {
        return invalid("One or more parameter values were invalid: Invalid comparison operator");
    }
    return *op;
}

std::optional<expression::ConditionalOperator> joined_by(const Fields& fields) {
    const std::string_view text = fields.text("ConditionalOperator");
    if (text.empty()) {
        return std::nullopt;
    }
    return text == "OR" ? expression::ConditionalOperator::Or
                        : expression::ConditionalOperator::And;
}

// Looked at only where it has something to join. The text is the service's own.
base::Status check_join(const Fields& fields) {
    const std::string_view text = fields.text("ConditionalOperator");
    return text.empty() || text == "AND" || text == "OR"
               ? base::Status{}
               : invalid(
                     "Failed to satisfy constraint: Member must satisfy enum value set: "
                     "[ALL, OR]");
}

Result<std::vector<std::string>> parse_values(dom::element list, const ParseContext& context) {
    std::vector<std::string> values;
    for (const dom::element value : list_of(list)) {
        MB_TRY(auto text, parse_attribute_value(value, context.wording));
        values.push_back(std::move(text));
    }
    return values;
}

Result<expression::ExpectedAttribute> parse_expected_attribute(const dom::key_value_pair& entry,
                                                               const ParseContext& context) {
    const Fields fields(shapes::kExpectedAttribute, entry.value);
    expression::ExpectedAttribute expected;
    expected.name = entry.key;
    expected.exists = fields.flag("Exists");
    if (const auto value = fields.find("Value")) {
        MB_TRY(expected.value, parse_attribute_value(*value, context.wording));
    }
    if (fields.find("ComparisonOperator")) {
        MB_TRY(expected.op, operator_of(fields.text("ComparisonOperator")));
    }
    if (const auto values = fields.find("AttributeValueList")) {
        MB_TRY(expected.values, parse_values(*values, context));
    }
    return expected;
}

Result<std::vector<expression::LegacyCondition>> parse_conditions(dom::element map,
                                                                  const ParseContext& context) {
    std::vector<expression::LegacyCondition> conditions;
    for (const auto& entry : entries_of(map)) {
        const Fields fields(shapes::kLegacyCondition, entry.value);
        expression::LegacyCondition condition;
        condition.name = entry.key;
        MB_TRY(condition.op, operator_of(fields.text("ComparisonOperator")));
        if (const auto values = fields.find("AttributeValueList")) {
            MB_TRY(condition.values, parse_values(*values, context));
        }
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

Result<expression::UpdateAction> action_of(std::string_view text) {
    if (text == "ADD") {
        return expression::UpdateAction::Add;
    }
    if (text == "DELETE") {
        return expression::UpdateAction::Delete;
    }
    if (text == "PUT") {
        return expression::UpdateAction::Put;
    }
    // The quote is the service's own.
    return invalid("Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action");
}

}  // namespace

Result<std::optional<expression::Condition>> parse_expected(const Fields& fields,
                                                            const ParseContext& context) {
    std::vector<expression::ExpectedAttribute> expected;
    if (const auto map = fields.find("Expected")) {
        for (const auto& entry : entries_of(*map)) {
            MB_TRY(auto attribute, parse_expected_attribute(entry, context));
            expected.push_back(std::move(attribute));
        }
    }
    const auto joined = joined_by(fields);
    if (expected.empty() && !joined) {
        return std::optional<expression::Condition>();
    }
    auto condition = expression::make_expected(expected, joined);
    MB_TRY_STATUS(condition ? check_join(fields) : base::Status{});
    return condition;
}

Result<std::optional<expression::Condition>> parse_legacy_filter(const Fields& fields,
                                                                 std::string_view member,
                                                                 const ParseContext& context) {
    std::vector<expression::LegacyCondition> conditions;
    if (const auto map = fields.find(member)) {
        MB_TRY(conditions, parse_conditions(*map, context));
    }
    const auto joined = joined_by(fields);
    if (conditions.empty() && !joined) {
        return std::optional<expression::Condition>();
    }
    auto condition = expression::make_filter(conditions, joined);
    MB_TRY_STATUS(condition ? check_join(fields) : base::Status{});
    return condition;
}

Result<std::optional<std::vector<expression::KeyTerm>>> parse_key_conditions(
    const Fields& fields, const ParseContext& context) {
    const auto map = fields.find("KeyConditions");
    if (!map) {
        return std::optional<std::vector<expression::KeyTerm>>();
    }
    MB_TRY(const auto conditions, parse_conditions(*map, context));
    MB_TRY(auto terms, expression::make_key_terms(conditions));
    return std::optional<std::vector<expression::KeyTerm>>(std::move(terms));
}

Result<std::optional<expression::Update>> parse_attribute_updates(const Fields& fields,
                                                                  const ParseContext& context) {
    const auto map = fields.find("AttributeUpdates");
    if (!map) {
        return std::optional<expression::Update>();
    }
    std::vector<expression::AttributeUpdate> updates;
    for (const auto& entry : entries_of(*map)) {
        const Fields inner(shapes::kAttributeUpdate, entry.value);
        MB_TRY(const auto action, action_of(inner.text("Action", "PUT")));
        expression::AttributeUpdate update{std::string(entry.key), action, std::nullopt};
        if (const auto value = inner.find("Value")) {
            MB_TRY(update.value, parse_attribute_value(*value, context.wording));
        }
        updates.push_back(std::move(update));
    }
    MB_TRY(auto update, expression::make_update(updates));
    return std::optional<expression::Update>(std::move(update));
}

base::Status check_names_to_get(const Fields& fields) {
    if (const auto list = fields.find("AttributesToGet")) {
        for (const dom::element name : list_of(*list)) {
            if (name.get_string().value_unsafe().empty()) {
                return invalid("Empty attribute name");
            }
        }
    }
    return {};
}

Result<std::optional<expression::Projection>> parse_attributes_to_get(const Fields& fields) {
    MB_TRY_STATUS(check_names_to_get(fields));
    const auto list = fields.find("AttributesToGet");
    if (!list) {
        return std::optional<expression::Projection>();
    }
    std::vector<std::string> names;
    for (const dom::element name : list_of(*list)) {
        names.emplace_back(name.get_string().value_unsafe());
    }
    MB_TRY(auto projection, expression::make_projection(names));
    return std::optional<expression::Projection>(std::move(projection));
}

}  // namespace millbeck::runtime
