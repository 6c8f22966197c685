// Query and Scan, as far as one request alone can tell. The order of the checks is the service's,
// and not the same for the two: a Scan looks at Select and the starting key last.
#include <string>
#include <utility>

#include <fmt/format.h>

#include "runtime/api/fields.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
namespace expression = capture::expression;
using base::Code;

tl::unexpected<base::Error> invalid(std::string text) {
    return base::fail(Code::Invalid, std::move(text));
}

// Select against what else says which attributes are wanted.
base::Status check_select(const Fields& fields) {
    const std::string_view select = fields.text("Select");
    std::string_view projection;
    for (const std::string_view name : {"ProjectionExpression", "AttributesToGet"}) {
        if (projection.empty() && fields.find(name)) {
            projection = name;
        }
    }
    if (select == "SPECIFIC_ATTRIBUTES" && projection.empty()) {
        return invalid(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES");
    }
    if (!select.empty() && select != "SPECIFIC_ATTRIBUTES" && !projection.empty()) {
        return invalid(fmt::format("Cannot specify the {} when choosing to get {}", projection,
                                   select == "COUNT" ? "only the Count" : select));
    }
    if (select == "ALL_PROJECTED_ATTRIBUTES" && !fields.find("IndexName")) {
        return invalid(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
    }
    return {};
}

// Said as a constraint, though it is found after other checks.
base::Status check_select_choice(const Fields& fields) {
    const std::string_view text = fields.text("Select");
    const auto& choices = find_member(shape_of(Operation::Query), "Select")->shape->choices;
    if (text.empty() || std::ranges::find(choices, text) != choices.end()) {
        return {};
    }
    return invalid(fmt::format(
        "1 validation error detected: Value '{}' at 'select' failed to satisfy constraint: Member "
        "must satisfy enum value set: [{}]",
        text, fmt::join(choices, ", ")));
}

base::Status check_select_fits(const Fields& fields) {
    auto select = check_select(fields);
    return select ? select
                  : invalid("1 validation error detected: " + std::move(select).error().message);
}

base::Result<std::optional<shardlog::Item>> parse_start_key(const Fields& fields,
                                                            const ParseContext& context) {
    const auto key = fields.find("ExclusiveStartKey");
    if (!key) {
        return std::optional<shardlog::Item>();
    }
    auto item = shardlog::parse_item(*key, context.wording);
    // What is no value, or is nested too deep, is found before the newer layer looks.
    if (!item && (item.error().message.starts_with("Supplied AttributeValue ") ||
                  item.error().message.starts_with("Nesting Levels "))) {
        return invalid("The provided starting key is invalid: " + item.error().message);
    }
    MB_TRY(auto parsed, std::move(item));
    return std::optional<shardlog::Item>(std::move(parsed));
}

// ALL_PROJECTED_ATTRIBUTES and SPECIFIC_ATTRIBUTES say nothing more: check_select() saw to it.
capture::Select parse_select(std::string_view text) {
    if (text == "COUNT") {
        return capture::Select::Count;
    }
    return text == "ALL_ATTRIBUTES" ? capture::Select::All : capture::Select::Items;
}

// What a Query and a Scan have in common and what needs no check of its own.
base::Result<ReadRequest> start_read(const Fields& fields) {
    ReadRequest request;
    MB_TRY(request.page.table, parse_table_name(fields.text("TableName")));
    request.given.note(request.page.table, fields.text("TableName"));
    if (fields.find("IndexName")) {
        request.page.index = fields.text("IndexName");
    }
    request.page.consistency = fields.flag("ConsistentRead").value_or(false)
                                   ? capture::Consistency::Strong
                                   : capture::Consistency::Eventual;
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    request.page.select = parse_select(fields.text("Select"));
    if (fields.find("Limit")) {
        request.page.limit = static_cast<std::size_t>(fields.number("Limit", 1));
    }
    return request;
}

base::Result<capture::ScanSegment> parse_segment(const Fields& fields) {
    const bool given = fields.find("Segment").has_value();
    const bool total_given = fields.find("TotalSegments").has_value();
    if (given && !total_given) {
        return invalid(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present");
    }
    if (!given && total_given) {
        return invalid(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present");
    }
    const std::int64_t index = fields.number("Segment", 0);
    const std::int64_t total = fields.number("TotalSegments", 1);
    if (index >= total) {
        return invalid(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments");
    }
    return capture::ScanSegment{static_cast<std::uint32_t>(index),
                                static_cast<std::uint32_t>(total)};
}

// Filter and projection; one way of saying it excludes the other.
base::Status read_expressions(ExpressionReader& reader, capture::PageRequest& page) {
    MB_TRY(auto filter, reader.condition(expression::Kind::Filter));
    if (filter) {
        page.filter = std::move(filter);
    }
    MB_TRY(auto projection, reader.projection());
    if (projection) {
        page.projection = std::move(projection);
    }
    return reader.finish();
}

// KeyConditions may stand beside expressions, but not beside the one that replaces it.
base::Status check_query_mix(const Fields& fields, const ParseContext& context) {
    // What is missing is named, as in the older layer.
    const ParseContext older{context.expressions};
    if (fields.find("KeyConditionExpression")) {
        return check_expression_members(
            fields, older, {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
            {"AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"});
    }
    return check_expression_members(
        fields, older, {"ProjectionExpression", "FilterExpression", "KeyConditionExpression"},
        {"AttributesToGet", "QueryFilter", "ConditionalOperator"});
}

}  // namespace

base::Result<Request> parse_query(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::Query), body);
    MB_TRY(auto read, start_read(fields));
    MB_TRY_STATUS(check_query_mix(fields, context));
    MB_TRY_STATUS(check_names_to_get(fields));
    MB_TRY_STATUS(check_select_choice(fields));
    MB_TRY(read.page.filter, parse_legacy_filter(fields, "QueryFilter", context));
    MB_TRY(read.page.projection, parse_attributes_to_get(fields));
    MB_TRY(read.page.start_after, parse_start_key(fields, context));
    MB_TRY_STATUS(check_select_fits(fields));
    if (!fields.find("KeyConditions") && !fields.find("KeyConditionExpression")) {
        return invalid(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request.");
    }
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    MB_TRY(const auto key_condition, reader.condition(expression::Kind::KeyCondition));
    MB_TRY_STATUS(read_expressions(reader, read.page));
    if (key_condition) {
        MB_TRY(read.page.terms, expression::key_terms(*key_condition));
    } else {
        MB_TRY(read.page.terms, parse_key_conditions(fields, context));
    }
    read.page.order = fields.flag("ScanIndexForward").value_or(true) ? capture::Order::Ascending
                                                                     : capture::Order::Descending;
    return QueryRequest{std::move(read)};
}

base::Result<Request> parse_scan(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::Scan), body);
    MB_TRY(auto read, start_read(fields));
    MB_TRY_STATUS(
        check_expression_members(fields, context, {"ProjectionExpression", "FilterExpression"},
                                 {"AttributesToGet", "ScanFilter", "ConditionalOperator"}));
    MB_TRY_STATUS(check_names_to_get(fields));
    MB_TRY(read.page.filter, parse_legacy_filter(fields, "ScanFilter", context));
    MB_TRY(read.page.projection, parse_attributes_to_get(fields));
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    MB_TRY_STATUS(read_expressions(reader, read.page));
    MB_TRY_STATUS(check_select_choice(fields));
    MB_TRY_STATUS(check_select_fits(fields));
    MB_TRY(read.page.segment, parse_segment(fields));
    MB_TRY(read.page.start_after, parse_start_key(fields, context));
    return ScanRequest{std::move(read)};
}

}  // namespace millbeck::runtime
