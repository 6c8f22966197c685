// From the members of a request to conditions, updates and projections.
// Order of the service's checks, for a call to follow: check_expression_members(), the values of
// items and keys, the parameters from before expressions, then an ExpressionReader: placeholders,
// expressions, placeholders that none of them used.
// Shows simdjson's types, so only the parsers' source files include it.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/legacy.hpp"
#include "capture/expression/placeholders.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parse_context.hpp"

namespace millbeck::runtime {

// Which of the members are given must go together: old and new parameters may not be mixed, and
// placeholders need an expression that may use them. Lists: in the order of the service's texts.
// Requires: all names, but for the placeholders', are members of the shape.
// Errors: Invalid, with the service's text.
base::Status check_expression_members(const Fields& fields, const ParseContext& context,
                                      std::initializer_list<std::string_view> expressions,
                                      std::initializer_list<std::string_view> legacy);

// The expressions of one request, or of one action of a transaction, read one after the other.
// Borrows what it is made from. A kind of which the request has none comes back absent.
// Requires: the members asked for are in the shape.
// Threads: one. Errors: Invalid and Malformed, with the service's texts.
class ExpressionReader {
  public:
    // Reads ExpressionAttributeNames and ExpressionAttributeValues, as far as the shape has them.
    static base::Result<ExpressionReader> create(const Fields& fields, const ParseContext& context);

    // The service's order of the kinds: update, condition, key condition, filter, projection.
    base::Result<std::optional<capture::expression::Update>> update();
    base::Result<std::optional<capture::expression::Condition>> condition(
        capture::expression::Kind kind = capture::expression::Kind::Condition);
    base::Result<std::optional<capture::expression::Projection>> projection();

    // After all kinds: `Value provided in ExpressionAttributeNames unused in expressions: ...`.
    [[nodiscard]] base::Status finish() const { return placeholders_.check_all_used(); }

    // Of ExpressionAttributeValues, with their keys.
    [[nodiscard]] std::size_t values_size_bytes() const {
        return placeholders_.table()->values.size_bytes();
    }

  private:
    ExpressionReader(const Fields& fields, const ParseContext& context,
                     capture::expression::Placeholders placeholders)
        : fields_(fields), context_(context), placeholders_(std::move(placeholders)) {}

    const Fields& fields_;
    const ParseContext& context_;
    capture::expression::Placeholders placeholders_;
};

// ProjectionExpression or AttributesToGet, with all placeholders used: for calls that have no other
// expression. AttributesToGet may be missing from the shape.
base::Result<std::optional<capture::expression::Projection>> parse_projection(
    const Fields& fields, const ParseContext& context);

// ReturnValuesOnConditionCheckFailure.
capture::OnConditionFailure parse_on_failure(const Fields& fields);

// `Item size has exceeded the maximum allowed size`.
base::Status check_item_size(const shardlog::Item& item);

// The parameters from before expressions; parse_legacy.cpp. Absent: the request has none.
// Errors of all: Invalid and Malformed, with the service's texts.

// Expected, with ConditionalOperator.
base::Result<std::optional<capture::expression::Condition>> parse_expected(
    const Fields& fields, const ParseContext& context);
// `member`: QueryFilter or ScanFilter, with ConditionalOperator.
base::Result<std::optional<capture::expression::Condition>> parse_legacy_filter(
    const Fields& fields, std::string_view member, const ParseContext& context);
base::Result<std::optional<std::vector<capture::expression::KeyTerm>>> parse_key_conditions(
    const Fields& fields, const ParseContext& context);
base::Result<std::optional<capture::expression::Update>> parse_attribute_updates(
    const Fields& fields, const ParseContext& context);
// Invalid: AttributesToGet has an empty name.
base::Status check_names_to_get(const Fields& fields);
base::Result<std::optional<capture::expression::Projection>> parse_attributes_to_get(
    const Fields& fields);

}  // namespace millbeck::runtime
