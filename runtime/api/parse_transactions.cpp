// TransactWriteItems and TransactGetItems.
#include <string>
#include <utility>
#include <vector>

#include "runtime/api/fields.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/request_token.hpp"
#include "runtime/api/shapes.hpp"
#include "shardlog/item_parser.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;

// Of items, keys and expression values. Source: ServiceQuotas, "Transactional ... operations".
constexpr std::size_t kTransactionBytesMax = 4U << 20U;

// What the actions of a transaction come to.
struct Sums {
    std::size_t bytes = 0;
    GivenTables given;
};

base::Result<shardlog::TableName> parse_table(const Fields& fields, Sums& sums) {
    MB_TRY(auto table, parse_table_name(fields.text("TableName")));
    sums.given.note(table, fields.text("TableName"));
    return table;
}

// The expressions of one action. `update` stays as it is for actions that have none.
base::Status parse_action(const Fields& fields, const ParseContext& context,
                          capture::WriteCondition& condition, capture::expression::Update* update,
                          Sums& sums) {
    MB_TRY(auto reader, ExpressionReader::create(fields, context));
    if (update != nullptr) {
        MB_TRY(auto parsed, reader.update());
        MB_CHECK(parsed.has_value(), "the shape requires it");
        *update = std::move(*parsed);
    }
    MB_TRY(condition.holds, reader.condition());
    condition.on_failure = parse_on_failure(fields);
    sums.bytes += reader.values_size_bytes();
    return reader.finish();
}

base::Result<capture::Write> parse_put(dom::element action, const ParseContext& context,
                                       Sums& sums) {
    const Fields fields(shapes::kTransactPut, action);
    capture::PutWrite put;
    MB_TRY(put.table, parse_table(fields, sums));
    MB_TRY_STATUS(check_expression_members(fields, context, {"ConditionExpression"}, {}));
    MB_TRY(put.item, shardlog::parse_item(*fields.find("Item")));
    sums.bytes += put.item.size_bytes();
    MB_TRY_STATUS(parse_action(fields, context, put.condition, nullptr, sums));
    return put;
}

base::Result<capture::Write> parse_update(dom::element action, const ParseContext& context,
                                          Sums& sums) {
    const Fields fields(shapes::kTransactUpdate, action);
    capture::UpdateWrite update;
    MB_TRY(update.table, parse_table(fields, sums));
    MB_TRY(update.key, shardlog::parse_item(*fields.find("Key")));
    sums.bytes += update.key.size_bytes();
    MB_TRY_STATUS(parse_action(fields, context, update.condition, &update.update, sums));
    return update;
}

// Delete and ConditionCheck.
template <typename Write>
base::Result<capture::Write> parse_by_key(const Shape& shape, dom::element action,
                                          const ParseContext& context, Sums& sums) {
    const Fields fields(shape, action);
    Write write;
    MB_TRY(write.table, parse_table(fields, sums));
    MB_TRY_STATUS(check_expression_members(fields, context, {"ConditionExpression"}, {}));
    MB_TRY(write.key, shardlog::parse_item(*fields.find("Key")));
    sums.bytes += write.key.size_bytes();
    MB_TRY_STATUS(parse_action(fields, context, write.condition, nullptr, sums));
    return write;
}

base::Result<capture::Write> parse_write(dom::element element, const ParseContext& context,
                                         Sums& sums) {
    const Fields fields(shapes::kTransactWriteItem, element);
    const auto put = fields.find("Put");
    const auto update = fields.find("Update");
    const auto remove = fields.find("Delete");
    const auto check = fields.find("ConditionCheck");
    const int given = (put ? 1 : 0) + (update ? 1 : 0) + (remove ? 1 : 0) + (check ? 1 : 0);
    if (given == 0) {
        return base::fail(
            Code::Invalid,
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
    }
    if (given > 1) {
        return base::fail(Code::Invalid,
                          "TransactItems can only contain one of Check, Put, Update or Delete");
    }
    if (put) {
        return parse_put(*put, context, sums);
    }
    if (update) {
        return parse_update(*update, context, sums);
    }
    return remove
               ? parse_by_key<capture::DeleteWrite>(shapes::kTransactDelete, *remove, context, sums)
               : parse_by_key<capture::CheckWrite>(shapes::kTransactCheck, *check, context, sums);
}

}  // namespace

base::Result<Request> parse_transact_write_items(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::TransactWriteItems), body);
    TransactWriteItemsRequest request;
    Sums sums;
    for (const dom::element element : list_of(*fields.find("TransactItems"))) {
        MB_TRY(auto write, parse_write(element, context, sums));
        request.writes.push_back(std::move(write));
    }
    if (sums.bytes > kTransactionBytesMax) {
        return base::fail(Code::Invalid,
                          "The aggregate size of the items in the transaction cannot exceed 4 MB");
    }
    request.given = std::move(sums.given);
    request.token = parse_request_token(fields, "TransactItems");
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    request.metrics = parse_return_metrics(fields.text("ReturnItemCollectionMetrics"));
    return request;
}

base::Result<Request> parse_transact_get_items(dom::element body, const ParseContext& context) {
    const Fields fields(shape_of(Operation::TransactGetItems), body);
    TransactGetItemsRequest request;
    for (const dom::element element : list_of(*fields.find("TransactItems"))) {
        const Fields inner(shapes::kTransactGet,
                           *Fields(shapes::kTransactGetItem, element).find("Get"));
        capture::ItemAddress item;
        MB_TRY(item.table, parse_table_name(inner.text("TableName")));
        request.given.note(item.table, inner.text("TableName"));
        MB_TRY_STATUS(check_expression_members(inner, context, {"ProjectionExpression"}, {}));
        MB_TRY(item.key, shardlog::parse_item(*inner.find("Key")));
        MB_TRY(auto projection, parse_projection(inner, context));
        request.items.push_back(std::move(item));
        request.projections.push_back(std::move(projection));
    }
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    return request;
}

}  // namespace millbeck::runtime
