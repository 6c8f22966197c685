#include "runtime/api/request_parser.hpp"

#include <simdjson.h>

#include "runtime/api/constraints.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/shapes.hpp"
#include "runtime/api/type_check.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;

// A parser keeps its memory, about ten bytes for each of the largest document it has seen: the
// thread's own one serves requests up to this size, larger ones get one that is thrown away.
constexpr std::size_t kKeptBodyBytesMax = 1U << 20U;

// NOLINTNEXTLINE(readability-function-size): a table.
base::Result<Request> build(Operation operation, dom::element body, const ParseContext& context) {
    switch (operation) {
        case Operation::CreateTable:
            return parse_create_table(body);
        case Operation::DescribeTable:
            return parse_describe_table(body);
        case Operation::ListTables:
            return parse_list_tables(body);
        case Operation::DeleteTable:
            return parse_delete_table(body);
        case Operation::UpdateTable:
            return parse_update_table(body);
        case Operation::PutItem:
            return parse_put_item(body, context);
        case Operation::GetItem:
            return parse_get_item(body, context);
        case Operation::DeleteItem:
            return parse_delete_item(body, context);
        case Operation::UpdateItem:
            return parse_update_item(body, context);
        case Operation::BatchWriteItem:
            return parse_batch_write_item(body);
        case Operation::BatchGetItem:
            return parse_batch_get_item(body, context);
        case Operation::TransactWriteItems:
            return parse_transact_write_items(body, context);
        case Operation::TransactGetItems:
            return parse_transact_get_items(body, context);
        case Operation::ExecuteStatement:
            return parse_execute_statement(body);
        case Operation::BatchExecuteStatement:
            return parse_batch_execute_statement(body);
        case Operation::ExecuteTransaction:
            return parse_execute_transaction(body);
        case Operation::Query:
            return parse_query(body, context);
        case Operation::Scan:
            return parse_scan(body, context);
        case Operation::TagResource:
            return parse_tag_resource(body);
        case Operation::UntagResource:
            return parse_untag_resource(body);
        case Operation::ListTagsOfResource:
            return parse_list_tags(body);
        case Operation::DescribeLimits:
            return parse_describe_limits(body);
        case Operation::DescribeEndpoints:
            return parse_describe_endpoints(body);
        case Operation::DescribeContinuousBackups:
            return parse_describe_continuous_backups(body);
        case Operation::UpdateContinuousBackups:
            return parse_update_continuous_backups(body);
        case Operation::RestoreTableToPointInTime:
            return parse_restore_table_to_point_in_time(body);
        case Operation::CreateBackup:
            return parse_create_backup(body);
        case Operation::ListBackups:
            return parse_list_backups(body);
        case Operation::DescribeBackup:
            return parse_describe_backup(body);
        case Operation::DeleteBackup:
            return parse_delete_backup(body);
        case Operation::RestoreTableFromBackup:
            return parse_restore_table_from_backup(body);
        case Operation::ExportTableToPointInTime:
            return parse_export_table_to_point_in_time(body);
        case Operation::DescribeExport:
            return parse_describe_export(body);
        case Operation::ListExports:
            return parse_list_exports(body);
        case Operation::DescribeTimeToLive:
            return parse_describe_time_to_live(body);
        case Operation::UpdateTimeToLive:
            return parse_update_time_to_live(body);
        case Operation::ListStreams:
            return parse_list_streams(body);
        case Operation::DescribeStream:
            return parse_describe_stream(body);
        case Operation::GetShardIterator:
            return parse_get_shard_iterator(body);
        case Operation::GetRecords:
            return parse_get_records(body);
    }
    base::check_failed(__FILE__, __LINE__, "operation", "not an enumerator");
}

// Calls whose values and expressions the service checks in its newer layer.
shardlog::Wording wording_of(Operation operation) {
    switch (operation) {
        case Operation::PutItem:
        case Operation::UpdateItem:
        case Operation::DeleteItem:
        case Operation::GetItem:
        case Operation::BatchGetItem:
        case Operation::Query:
        case Operation::Scan:
            return shardlog::Wording::Newer;
        default:
            return shardlog::Wording::Older;
    }
}

// Single writes report all that is wrong with a request alone as a constraint.
bool reports_as_constraint(Operation operation) {
    return operation == Operation::PutItem || operation == Operation::UpdateItem ||
           operation == Operation::DeleteItem;
}

// What is no value at all is found before the newer layer looks.
bool is_of_older_layer(std::string_view message) {
    return message.find("Supplied AttributeValue ") != std::string_view::npos;
}

base::Result<Request> check_and_build(Operation operation, dom::element body,
                                      const ParseContext& context) {
    if (operation == Operation::CreateTable &&
        !Fields(shape_of(operation), body).find("TableName")) {
        return base::fail(
            Code::Invalid,
            "The parameter 'TableName' is required but was not present in the request");
    }
    MB_TRY_STATUS(check_constraints(shape_of(operation), body));
    auto request = build(operation, body, {context.expressions, wording_of(operation)});
    if (!request && request.error().code == Code::Invalid && reports_as_constraint(operation) &&
        !is_of_older_layer(request.error().message)) {
        request.error().message.insert(0, "1 validation error detected: ");
    }
    if (const auto* put = request ? std::get_if<PutItemRequest>(&*request) : nullptr) {
        MB_TRY_STATUS(check_item_size(put->write.item));
    }
    return request;
}

base::Result<Request> parse_document(std::string_view target, dom::element body,
                                     const ParseContext& context, const BetweenChecks& between) {
    MB_TRY(const Operation operation, find_operation(target));
    if (between) {
        MB_TRY_STATUS(between());
    }
    const Shape& shape = shape_of(operation);
    MB_TRY_STATUS(check_types(shape, body, ItemDepth::Outside));
    auto request = check_and_build(operation, body, context);
    if (!request) {
        // A wrong JSON type anywhere wins over a broken rule anywhere.
        MB_TRY_STATUS(check_types(shape, body, ItemDepth::Inside));
    }
    return request;
}

base::Result<Request> parse_with(dom::parser& parser, std::string_view target,
                                 std::string_view body, const ParseContext& context,
                                 const BetweenChecks& between) {
    dom::element document;
    const auto failed = parser.parse(body.data(), body.size(), true).get(document);
    if (failed != simdjson::SUCCESS) {
        return base::fail(Code::Malformed, "");
    }
    return parse_document(target, document, context, between);
}

// A request without a body: the service looks at target and signature before it misses the JSON.
base::Result<Request> parse_nothing(std::string_view target, const BetweenChecks& between) {
    MB_TRY([[maybe_unused]] const Operation operation, find_operation(target));
    if (between) {
        MB_TRY_STATUS(between());
    }
    return base::fail(Code::Malformed, "");
}

}  // namespace

base::Result<Request> parse_request(std::string_view target, std::string_view body,
                                    const ParseContext& context, const BetweenChecks& between) {
    if (body.empty()) {
        return parse_nothing(target, between);
    }
    if (body.size() > kKeptBodyBytesMax) {
        dom::parser parser;
        return parse_with(parser, target, body, context, between);
    }
    thread_local dom::parser parser;
    return parse_with(parser, target, body, context, between);
}

}  // namespace millbeck::runtime
