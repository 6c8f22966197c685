#include "runtime/api/dynamodb_transactions.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "runtime/api/cancellation.hpp"
#include "runtime/api/capacity.hpp"
#include "runtime/api/collection_metrics.hpp"
#include "runtime/api/item_keys.hpp"
#include "runtime/api/projected_item.hpp"
#include "runtime/api/transaction_checks.hpp"

namespace millbeck::runtime {

// What the answer still needs when the transaction is made.
struct TransactionRoutes::Note {
    ReturnCapacity capacity = ReturnCapacity::None;
    std::vector<std::string> tables;  // by action; empty when capacity is None
    std::string metrics;              // ItemCollectionMetrics as it is, or ""
    TransactionCall call = TransactionCall::TransactWriteItems;
    std::vector<bool> puts;       // by action; of ExecuteTransaction
    std::vector<bool> deletions;  // those on a condition, likewise
    std::optional<TransactionToken> token;
};

namespace {

using base::Code;

constexpr std::size_t kAnswerBytesMax = 4U << 20U;  // of items; Source: API_TransactGetItems

// The service prepares and commits, and counts both.
constexpr double kPhases = 2;

void send_refused(Reply& reply, const Refusal& refusal) {
    if (const auto* error = std::get_if<base::Error>(&refusal)) {
        return reply.fail(*error);
    }
    send_cancelled(reply, std::get<CancellationReasons>(refusal));
}

// How an answer begins: ExecuteTransaction has a list that writes leave empty.
std::string_view beginning(TransactionCall call) {
    return call == TransactionCall::ExecuteTransaction ? R"({"Responses":[])" : "{";
}

// An INSERT of ExecuteTransaction fails in words of its own. `puts`: by action, or empty.
void name_duplicates(CancellationReasons& reasons, const std::vector<bool>& puts) {
    for (std::size_t i = 0; i < puts.size(); ++i) {
        if (puts[i] && reasons[i].code == "ConditionalCheckFailed") {
            reasons[i] = {"DuplicateItem", "Duplicate primary key exists in table", std::nullopt};
        }
    }
}

// A DELETE of ExecuteTransaction on a condition is content without an item, but shown as failed
// where another statement cancels the transaction. `deletions`: by action, or empty.
void name_missing(CancellationReasons& reasons, const std::vector<bool>& deletions,
                  std::span<const capture::WriteResult> results) {
    if (std::ranges::any_of(reasons, [](const CancellationReason& reason) {
            return reason.code == "ValidationError";
        })) {
        return;  // then no condition is shown
    }
    for (std::size_t i = 0; i < deletions.size(); ++i) {
        if (deletions[i] && results[i].old_size_bytes == 0) {
            reasons[i] = {"ConditionalCheckFailed", "The conditional request failed", std::nullopt};
        }
    }
}

bool is_deletion_on_condition(const capture::Write& write) {
    const auto* deletion = std::get_if<capture::DeleteWrite>(&write);
    return deletion != nullptr && deletion->condition.holds.has_value();
}

UnitsByTable read_by_table(std::span<const capture::ItemAddress> addresses,
                           std::span<const capture::StoredItem> items, const GivenTables& given) {
    UnitsByTable units;
    for (std::size_t i = 0; i < items.size(); ++i) {
        units[given.shown(addresses[i].table)].table +=
            kPhases * read_units(items[i].size_bytes, Consistency::Strong);
    }
    return units;
}

}  // namespace

TransactionRoutes::TransactionRoutes(const ApiContext& context)
    : context_(context), tokens_(context.clock) {
    if (const base::Status loaded = tokens_.load(context.store); !loaded) {
        base::log(
            base::LogLevel::Warn, "api",
            "transactions from before the start may be made twice, their tokens cannot be read",
            {{"error", loaded.error().message}});
    }
}

void TransactionRoutes::handle(TransactWriteItemsRequest request, Reply reply) {
    if (!request.token) {
        return make(std::move(request), std::move(reply));
    }
    switch (tokens_.begin(*request.token)) {
        case TokenState::New:
            return make(std::move(request), std::move(reply));
        case TokenState::Done:
            return answer_again(request, std::move(reply));
        case TokenState::InProgress:
            return reply.fail(kTransactionInProgress,
                              "The transaction with the given request token is already in "
                              "progress.");
        case TokenState::Mismatch:
            return reply.fail(kIdempotentMismatch,
                              "DynamoDB rejected the request because you retried a request with a "
                              "different payload but with an idempotent token that was already "
                              "used.");
    }
}

void TransactionRoutes::make(TransactWriteItemsRequest request, Reply reply) {
    if (const auto refused = check_transaction(context_.store, request.writes)) {
        end_token(request.token, TransactionTokens::Outcome::Failed);
        return send_refused(reply, *refused);
    }
    Note note{request.capacity,
              {},
              collections_member(context_.store, request.metrics, request.writes, request.given),
              request.call,
              {},
              {},
              request.token};
    if (request.call == TransactionCall::ExecuteTransaction) {
        for (const auto& write : request.writes) {
            note.puts.push_back(std::holds_alternative<capture::PutWrite>(write));
            note.deletions.push_back(is_deletion_on_condition(write));
        }
    }
    if (request.capacity != ReturnCapacity::None) {
        for (auto& write : request.writes) {
            set_report(write, request.capacity);
            note.tables.push_back(request.given.shown(table_of(write)));
        }
    }
    std::vector<capture::Commit> commits;
    commits.push_back(std::move(request.writes));
    if (note.token) {
        commits.front().emplace_back(tokens_.row(*note.token));
    }
    context_.store.submit(std::move(commits),
                          [this, note = std::move(note), reply = std::move(reply)](
                              base::Result<std::vector<capture::WriteResult>> results) {
                              answer(std::move(results), note, reply);
                          });
}

void TransactionRoutes::answer(base::Result<std::vector<capture::WriteResult>> results,
                               const Note& note, Reply reply) {
    if (results && note.token) {
        results->pop_back();  // of the token's row, which is no action of the client's
    }
    auto cancelled = results ? cancellation_of(*results) : std::nullopt;
    const bool made = results && !cancelled;
    end_token(note.token,
              made ? TransactionTokens::Outcome::Completed : TransactionTokens::Outcome::Failed);
    if (!results) {
        return reply.fail(results.error());
    }
    if (cancelled) {
        name_duplicates(*cancelled, note.puts);
        name_missing(*cancelled, note.deletions, *results);
        return send_cancelled(reply, *cancelled);
    }
    UnitsByTable units;
    for (std::size_t i = 0; i < note.tables.size(); ++i) {
        units[note.tables[i]] += write_units((*results)[i]) *= kPhases;
    }
    std::string body(beginning(note.call));
    body += note.metrics;
    append_capacities(body, note.capacity, units, Direction::Write);
    reply.send(body += '}');
}

// Made before: nothing happens, and the service counts what it reads to find that out.
void TransactionRoutes::answer_again(const TransactWriteItemsRequest& request, Reply reply) {
    std::string body(beginning(request.call));
    if (request.capacity != ReturnCapacity::None) {
        TableKeys tables(context_.store);
        std::vector<capture::ItemAddress> addresses;
        for (const auto& write : request.writes) {
            const auto keys = tables.find(table_of(write));
            if (!keys) {
                return reply.fail(keys.error());
            }
            addresses.push_back({table_of(write), key_of(**keys, attributes_of(write))});
        }
        const auto items = context_.store.get_items(addresses);
        if (!items) {
            return reply.fail(items.error());
        }
        append_capacities(body, request.capacity, read_by_table(addresses, *items, request.given),
                          Direction::Read);
    }
    reply.send(body += '}');
}

void TransactionRoutes::end_token(const std::optional<TransactionToken>& token,
                                  TransactionTokens::Outcome outcome) {
    if (token) {
        tokens_.end(*token, outcome);
    }
}

void TransactionRoutes::handle(const TransactGetItemsRequest& request, Reply reply) {
    if (const auto refused = check_transaction(context_.store, request)) {
        return send_refused(reply, *refused);
    }
    const auto items = context_.store.get_items(request.items);
    if (!items) {
        return reply.fail(items.error());
    }
    std::size_t bytes = 0;
    std::string body = R"({"Responses":[)";
    for (std::size_t i = 0; i < items->size(); ++i) {
        const capture::StoredItem& item = (*items)[i];
        body += i == 0 ? "{" : ",{";
        if (item.present()) {
            bytes += item.size_bytes;
            body += R"("Item":)";
            append_item(body, item, request.projections[i]);
        }
        body += '}';
    }
    if (bytes > kAnswerBytesMax) {
        return reply.fail({Code::Invalid,
                           "The aggregate size of the items in the transaction cannot exceed 4 "
                           "MB"});
    }
    body += ']';
    append_capacities(body, request.capacity, read_by_table(request.items, *items, request.given),
                      Direction::Read);
    reply.send(body += '}');
}

}  // namespace millbeck::runtime
