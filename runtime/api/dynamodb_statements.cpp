#include "runtime/api/dynamodb_statements.hpp"

#include <algorithm>
#include <utility>

#include "runtime/api/capacity.hpp"
#include "runtime/api/statement_batch.hpp"
#include "runtime/api/statement_reads.hpp"
#include "runtime/api/statement_writes.hpp"

namespace millbeck::runtime {
namespace {

namespace partiql = capture::expression::partiql;
using base::Code;
using partiql::Verb;

bool is_read(const StatementCall& call) {
    return call.statement.verb() == Verb::Select;
}

std::string write_answer(const capture::WriteResult& result, ReturnCapacity capacity,
                         const std::string& table) {
    std::string body = R"({"Items":[)";
    if (result.attributes && *result.attributes != "{}") {
        body += *result.attributes;
    }
    body += ']';
    if (capacity != ReturnCapacity::None) {
        body.append(R"(,"ConsumedCapacity":)")
            .append(capacity_json(capacity, table, write_units(result)));
    }
    return body += '}';
}

void send_refused(Reply& reply, const capture::WriteResult& result, Verb verb) {
    if (verb == Verb::Insert && result.refusal->code == Code::ConditionFailed) {
        return reply.fail(kDuplicateItem, "Duplicate primary key exists in table");
    }
    const std::string item = result.attributes ? R"("Item":)" + *result.attributes : "";
    reply.fail(wire_error(result.refusal->code), result.refusal->message, item);
}

// What no statement of a transaction may be, whatever its table.
base::Status check_statement(const partiql::Statement& statement) {
    if (statement.returning() != partiql::Returning::Nothing) {
        return base::fail(Code::Invalid,
                          "RETURNING clause is not supported in ExecuteTransaction.");
    }
    if (statement.index()) {
        return base::fail(Code::Invalid,
                          statement.verb() == Verb::Select
                              ? "Reads on indices are not supported within transactions."
                              : "Operations on indices are not supported in transactions");
    }
    return {};
}

// EXISTS must say more of its one item than that it is there.
base::Status check_exists(TableKeys& tables, const partiql::Statement& statement) {
    if (statement.verb() != Verb::Exists) {
        return {};
    }
    MB_TRY(const capture::KeySchema* keys, tables.find(statement.table()));
    const auto target = statement.target(*keys);
    return target && !target->key_only
               ? base::Status{}
               : base::fail(Code::Invalid,
                            "EXISTS() must contain a single item read with additional condition");
}

// The same error, but for missing tables, with the place of its statement.
base::Error placed(std::size_t at, base::Error error) {
    if (error.code == Code::Invalid) {
        error.message.insert(
            0, "Validation failed in TransactStatements[" + std::to_string(at) + "]: ");
    }
    return error;
}

base::Result<TransactGetItemsRequest> make_reads(const capture::TableStore& store,
                                                 const ExecuteTransactionRequest& request) {
    TransactGetItemsRequest reads;
    reads.capacity = request.capacity;
    TableKeys tables(store);
    for (std::size_t i = 0; i < request.calls.size(); ++i) {
        if (auto checked = check_statement(request.calls[i].statement); !checked) {
            return tl::unexpected(placed(i, checked.error()));
        }
        auto read = make_single_read(tables, request.calls[i], "ExecuteTransaction");
        if (!read) {
            return tl::unexpected(placed(i, read.error()));
        }
        reads.items.push_back(std::move(read->item));
        reads.projections.push_back(std::move(read->projection));
    }
    return reads;
}

base::Result<TransactWriteItemsRequest> make_writes(const capture::TableStore& store,
                                                    const ExecuteTransactionRequest& request) {
    TransactWriteItemsRequest writes;
    writes.call = TransactionCall::ExecuteTransaction;
    writes.token = request.token;
    writes.capacity = request.capacity;
    TableKeys tables(store);
    for (std::size_t i = 0; i < request.calls.size(); ++i) {
        const StatementCall& call = request.calls[i];
        auto checked = check_statement(call.statement);
        if (checked) {
            checked = check_exists(tables, call.statement);
        }
        if (!checked) {
            return tl::unexpected(placed(i, checked.error()));
        }
        auto write = make_write(tables, call);
        if (!write) {
            return tl::unexpected(placed(i, write.error()));
        }
        writes.writes.push_back(std::move(*write));
    }
    return writes;
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): as all calls; reading moves nothing.
void StatementRoutes::handle(ExecuteStatementRequest request, Reply reply) {
    const Verb verb = request.call.statement.verb();
    if (verb == Verb::Select) {
        auto body = read_statement(context_.store, request);
        return body ? reply.send(std::move(*body)) : reply.fail(body.error());
    }
    if (verb == Verb::Exists) {
        return reply.fail(
            {Code::Invalid, "EXISTS can only be used in ExecuteTransaction write requests."});
    }
    if (request.next_token) {
        return reply.fail({Code::Invalid, "Invalid NextToken"});  // no write ever gave one
    }
    TableKeys tables(context_.store);
    auto write = make_write(tables, request.call);
    if (!write) {
        return reply.fail(write.error());
    }
    set_report(*write, request.capacity);
    std::vector<capture::Commit> commits(1);
    commits.front().push_back(std::move(*write));
    context_.store.submit(
        std::move(commits),
        [verb, capacity = request.capacity, table = request.call.statement.table().value(),
         reply =
             std::move(reply)](base::Result<std::vector<capture::WriteResult>> results) mutable {
            if (!results) {
                return reply.fail(results.error());
            }
            if (results->front().refusal) {
                return send_refused(reply, results->front(), verb);
            }
            reply.send(write_answer(results->front(), capacity, table));
        });
}

void StatementRoutes::handle(BatchExecuteStatementRequest request, Reply reply) {
    run_batch(context_.store, std::move(request), std::move(reply));
}

void StatementRoutes::handle(ExecuteTransactionRequest request, Reply reply) {
    const auto reads = std::ranges::count_if(request.calls, is_read);
    if (reads != 0 && static_cast<std::size_t>(reads) != request.calls.size()) {
        return reply.fail({Code::Invalid,
                           "ExecuteTransaction API does not support both read and write "
                           "operations in the same request."});
    }
    if (reads != 0) {
        const auto made = make_reads(context_.store, request);
        return made ? transactions_.handle(*made, std::move(reply)) : reply.fail(made.error());
    }
    auto made = make_writes(context_.store, request);
    return made ? transactions_.handle(std::move(*made), std::move(reply))
                : reply.fail(made.error());
}

}  // namespace millbeck::runtime
