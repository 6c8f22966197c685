// ExecuteStatement, BatchExecuteStatement and ExecuteTransaction.
#include <string>
#include <utility>
#include <vector>

#include "runtime/api/attribute_value.hpp"
#include "runtime/api/fields.hpp"
#include "runtime/api/parameter_numbers.hpp"
#include "runtime/api/parse_expressions.hpp"
#include "runtime/api/request_parts.hpp"
#include "runtime/api/request_token.hpp"
#include "runtime/api/shapes.hpp"

namespace millbeck::runtime {
namespace {

namespace dom = simdjson::dom;
using base::Code;
using capture::expression::partiql::Statement;

base::Result<std::vector<std::string>> parse_parameters(const Fields& fields) {
    std::vector<std::string> parameters;
    if (const auto given = fields.find("Parameters")) {
        for (const dom::element value : list_of(*given)) {
            MB_TRY_STATUS(check_parameter_numbers(value));
            MB_TRY(parameters.emplace_back(), parse_attribute_value(value));
        }
    }
    return parameters;
}

base::Result<StatementCall> parse_call(const Fields& fields) {
    MB_TRY(auto parameters, parse_parameters(fields));
    MB_TRY(auto statement, Statement::parse(fields.text("Statement"), std::move(parameters)));
    const bool consistent =
        fields.knows("ConsistentRead") && fields.flag("ConsistentRead").value_or(false);
    return StatementCall{std::move(statement), consistent, parse_on_failure(fields)};
}

}  // namespace

base::Result<Request> parse_execute_statement(dom::element body) {
    const Fields fields(shape_of(Operation::ExecuteStatement), body);
    MB_TRY(auto call, parse_call(fields));
    ExecuteStatementRequest request{std::move(call), {}, std::nullopt, kNoLimit, {}};
    std::string content(fields.text("Statement"));
    if (const auto parameters = fields.find("Parameters")) {
        content.append(1, '\0').append(simdjson::minify(*parameters));
    }
    request.fingerprint = hash_of(content);
    if (fields.find("NextToken")) {
        request.next_token = fields.text("NextToken");
    }
    if (fields.find("Limit")) {
        request.limit = static_cast<std::size_t>(fields.number("Limit", 1));
    }
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    return request;
}

base::Result<Request> parse_batch_execute_statement(dom::element body) {
    const Fields fields(shape_of(Operation::BatchExecuteStatement), body);
    BatchExecuteStatementRequest request;
    for (const dom::element element : list_of(*fields.find("Statements"))) {
        auto call = parse_call(Fields(shapes::kBatchStatement, element));
        if (!call && call.error().code == Code::Malformed) {
            return tl::unexpected(std::move(call).error());
        }
        request.calls.push_back(std::move(call));
    }
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    return request;
}

base::Result<Request> parse_execute_transaction(dom::element body) {
    const Fields fields(shape_of(Operation::ExecuteTransaction), body);
    ExecuteTransactionRequest request;
    for (const dom::element element : list_of(*fields.find("TransactStatements"))) {
        const Fields inner(shapes::kTransactStatement, element);
        MB_TRY(auto parameters, parse_parameters(inner));
        auto statement = Statement::parse(inner.text("Statement"), std::move(parameters));
        if (!statement) {
            return base::fail(Code::Invalid, "Validation failed in TransactStatements[" +
                                                 std::to_string(request.calls.size()) +
                                                 "]: " + statement.error().message);
        }
        request.calls.push_back({std::move(*statement), true, parse_on_failure(inner)});
    }
    request.token = parse_request_token(fields, "TransactStatements");
    request.capacity = parse_return_capacity(fields.text("ReturnConsumedCapacity"));
    return request;
}

}  // namespace millbeck::runtime
