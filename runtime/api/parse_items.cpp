#include "runtime/api/fields.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;

using capture::ReturnValues;

// PutItem and DeleteItem: what comes back can only be the old item.
base::Result<ReturnValues> parse_return_old(const Fields& fields) {
    const std::string_view text = fields.text("ReturnValues", "NONE");
    if (text == "NONE") {
        return ReturnValues::None;
    }
    if (text == "ALL_OLD") {
        return ReturnValues::AllOld;
    }
    return base::fail(base::Code::Invalid, "ReturnValues can only be ALL_OLD or NONE");
}

ReturnValues parse_return_any(const Fields& fields) {
    const std::string_view text = fields.text("ReturnValues", "NONE");
    if (text == "ALL_OLD") {
        return ReturnValues::AllOld;
    }
    if (text == "UPDATED_OLD") {
        return ReturnValues::UpdatedOld;
    }
    if (text == "ALL_NEW") {
        return ReturnValues::AllNew;
    }
    return text == "UPDATED_NEW" ? ReturnValues::UpdatedNew : ReturnValues::None;
}

ReturnCapacity parse_capacity(const Fields& fields) {
    return parse_return_capacity(fields.text("ReturnConsumedCapacity"));
}

ReturnMetrics parse_metrics(const Fields& fields) {
    return parse_return_metrics(fields.text("ReturnItemCollectionMetrics"));
}

// Of PutItem and DeleteItem.
base::Result<capture::WriteCondition> parse_only_condition(const Fields& fields,
                                                           const ParseContext& context) {
    capture::WriteCondition condition;
    condition.on_failure = parse_on_failure(fields);
    MB_TRY(condition.holds, parse_expected(fields, context));
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    MB_TRY(auto expressed, reader.condition());
    MB_TRY_STATUS(reader.finish());
    if (expressed) {
        condition.holds = std::move(expressed);
    }
    return condition;
}

base::Status check_no_mixing(const Fields& fields, const ParseContext& context) {
    return check_expression_members(fields, context, {"ConditionExpression"},
                                    {"Expected", "ConditionalOperator"});
}

}  // namespace

ReturnCapacity parse_return_capacity(std::string_view text) {
    if (text == "TOTAL") {
        return ReturnCapacity::Total;
    }
    return text == "INDEXES" ? ReturnCapacity::Indexes : ReturnCapacity::None;
}

ReturnMetrics parse_return_metrics(std::string_view text) {
    return text == "SIZE" ? ReturnMetrics::Size : ReturnMetrics::None;
}

base::Result<Request> parse_put_item(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::PutItem), body);
    PutItemRequest request;
    MB_TRY(request.write.table, parse_table_name(fields.text("TableName")));
    request.given.note(request.write.table, fields.text("TableName"));
    MB_TRY_STATUS(check_no_mixing(fields, context));
    MB_TRY(request.write.item, shardlog::parse_item(*fields.find("Item"), context.wording));
    MB_TRY(request.write.return_values, parse_return_old(fields));
    MB_TRY(request.write.condition, parse_only_condition(fields, context));
    request.capacity = parse_capacity(fields);
    request.metrics = parse_metrics(fields);
    return request;
}

base::Result<Request> parse_get_item(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::GetItem), body);
    GetItemRequest request;
    MB_TRY(request.table, parse_table_name(fields.text("TableName")));
    request.given.note(request.table, fields.text("TableName"));
    MB_TRY_STATUS(
        check_expression_members(fields, context, {"ProjectionExpression"}, {"AttributesToGet"}));
    MB_TRY(request.key, shardlog::parse_item(*fields.find("Key"), context.wording));
    MB_TRY(request.projection, parse_projection(fields, context));
    request.consistent = fields.flag("ConsistentRead").value_or(false);
    request.capacity = parse_capacity(fields);
    return request;
}

base::Result<Request> parse_delete_item(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::DeleteItem), body);
    DeleteItemRequest request;
    MB_TRY(request.write.table, parse_table_name(fields.text("TableName")));
    request.given.note(request.write.table, fields.text("TableName"));
    MB_TRY_STATUS(check_no_mixing(fields, context));
    MB_TRY(request.write.key, shardlog::parse_item(*fields.find("Key"), context.wording));
    MB_TRY(request.write.return_values, parse_return_old(fields));
    MB_TRY(request.write.condition, parse_only_condition(fields, context));
    request.capacity = parse_capacity(fields);
    request.metrics = parse_metrics(fields);
    return request;
}

base::Result<Request> parse_update_item(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::UpdateItem), body);
    UpdateItemRequest request;
    capture::UpdateWrite& write = request.write;
    MB_TRY(write.table, parse_table_name(fields.text("TableName")));
    request.given.note(write.table, fields.text("TableName"));
    MB_TRY_STATUS(
        check_expression_members(fields, context, {"UpdateExpression", "ConditionExpression"},
                                 {"AttributeUpdates", "Expected", "ConditionalOperator"}));
    MB_TRY(write.key, shardlog::parse_item(*fields.find("Key"), context.wording));
    MB_TRY(auto update, parse_attribute_updates(fields, context));
    MB_TRY(write.condition.holds, parse_expected(fields, context));
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    MB_TRY(auto condition, reader.condition());
    MB_TRY(auto expressed, reader.update());
    MB_TRY_STATUS(reader.finish());
    if (expressed) {
        update = std::move(expressed);
        write.limit = capture::UpdateLimit::ItemAndUpdate;
    }
    if (update) {
        write.update = std::move(*update);
    }
    if (condition) {
        write.condition.holds = std::move(condition);
    }
    write.condition.on_failure = parse_on_failure(fields);
    write.return_values = parse_return_any(fields);
    request.capacity = parse_capacity(fields);
    request.metrics = parse_metrics(fields);
    return request;
}

}  // namespace millbeck::runtime
