#include "runtime/api/statement_batch.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "base/mutex.hpp"
#include "runtime/api/capacity.hpp"
#include "runtime/api/json_writer.hpp"
#include "runtime/api/projected_item.hpp"
#include "runtime/api/statement_writes.hpp"

namespace millbeck::runtime {
namespace {

namespace partiql = capture::expression::partiql;
using base::Code;
using partiql::Verb;

// Source: API_BatchStatementError, Code.
std::string_view error_name(Code code) {
    switch (code) {
        case Code::Invalid:
        case Code::Unsupported:
            return "ValidationError";
        case Code::NotFound:
            return "ResourceNotFound";
        case Code::ConditionFailed:
            return "ConditionalCheckFailed";
        case Code::LimitExceeded:
            return "RequestLimitExceeded";
        case Code::Unavailable:
            return "ThrottlingError";
        default:
            return "InternalServerError";
    }
}

std::string error_json(std::string_view code, std::string_view message,
                       const std::optional<std::string>& item = std::nullopt) {
    JsonWriter json;
    json.begin_object().key("Code").text(code).key("Message").text(message);
    if (item) {
        json.key("Item").raw(*item);
    }
    return json.end_object().take();
}

// One entry of the answer. `table`: of a statement that was tried, whatever came of it.
struct Outcome {
    std::string error;  // JSON, or ""
    std::string item;   // canonical, or ""
    std::string table;
    Units units;

    [[nodiscard]] std::string json() const {
        JsonWriter json;
        json.begin_object();
        if (!error.empty()) {
            json.key("Error").raw(error);
        }
        if (!table.empty()) {
            json.key("TableName").text(table);
        }
        if (!item.empty()) {
            json.key("Item").raw(item);
        }
        return json.end_object().take();
    }
};

Outcome refused(const base::Error& error) {
    return {error_json(error_name(error.code), error.message), "", "", {}};
}

// The outcomes of one batch while they come in; the last one answers.
// Threads: any.
class Batch {
  public:
    Batch(std::size_t statements, ReturnCapacity capacity, Reply reply)
        : capacity_(capacity), reply_(std::move(reply)), outcomes_(statements), open_(statements) {}

    void set(std::size_t at, Outcome outcome) {
        std::string body;
        {
            const base::MutexLock lock(mutex_);
            outcomes_[at] = std::move(outcome);
            if (--open_ > 0) {
                return;
            }
            body = answer();
        }
        reply_.send(std::move(body));
    }

  private:
    [[nodiscard]] std::string answer() const MB_REQUIRES(mutex_) {
        std::string body = R"({"Responses":[)";
        UnitsByTable units;
        for (const Outcome& outcome : outcomes_) {
            body.append(body.back() == '[' ? "" : ",").append(outcome.json());
            if (!outcome.table.empty()) {
                units[outcome.table] += outcome.units;
            }
        }
        body += ']';
        append_capacities(body, capacity_, units);
        return body += '}';
    }

    const ReturnCapacity capacity_;
    Reply reply_;
    base::Mutex mutex_;
    std::vector<Outcome> outcomes_ MB_GUARDED_BY(mutex_);
    std::size_t open_ MB_GUARDED_BY(mutex_);
};

Outcome outcome_of(const base::Result<std::vector<capture::WriteResult>>& results, Verb verb,
                   const std::string& table) {
    if (!results) {
        return refused(results.error());
    }
    const capture::WriteResult& result = results->front();
    Outcome outcome{"", "", table, write_units(result)};
    if (result.refusal && verb == Verb::Insert && result.refusal->code == Code::ConditionFailed) {
        outcome.error = error_json("DuplicateItem", "Duplicate primary key exists in table");
    } else if (result.refusal) {
        outcome.error = error_json(error_name(result.refusal->code), result.refusal->message,
                                   result.attributes);
    } else if (result.attributes && *result.attributes != "{}") {
        outcome.item = *result.attributes;
    }
    return outcome;
}

// A statement as it was understood, or why it was not.
using Action = std::variant<base::Error, SingleRead, capture::Write>;

Action make_action(TableKeys& tables, const base::Result<StatementCall>& call) {
    if (!call) {
        return call.error();
    }
    if (call->statement.verb() == Verb::Exists) {
        return base::Error{Code::Invalid,
                           "EXISTS can only be used in ExecuteTransaction write requests."};
    }
    if (call->statement.verb() == Verb::Select) {
        auto read = make_single_read(tables, *call, "BatchExecuteStatement");
        return read ? Action(std::move(*read)) : Action(read.error());
    }
    auto write = make_write(tables, *call);
    return write ? Action(std::move(*write)) : Action(write.error());
}

// No reads beside writes, and no item twice.
base::Status check_batch(TableKeys& tables, const BatchExecuteStatementRequest& request,
                         const std::vector<Action>& actions) {
    bool reads = false;
    bool writes = false;
    for (const auto& call : request.calls) {
        if (call) {
            (call->statement.verb() == Verb::Select ? reads : writes) = true;
        }
    }
    if (reads && writes) {
        return base::fail(Code::Invalid,
                          "Read and write requests together in the same batch is not supported.");
    }
    SeenItems seen;
    for (const Action& action : actions) {
        const auto* read = std::get_if<SingleRead>(&action);
        const auto* write = std::get_if<capture::Write>(&action);
        if (read == nullptr && write == nullptr) {
            continue;
        }
        const shardlog::TableName& table = read != nullptr ? read->item.table : table_of(*write);
        MB_TRY(const capture::KeySchema* keys, tables.find(table));
        if (!seen.add(table, *keys, read != nullptr ? read->item.key : attributes_of(*write))) {
            return base::fail(Code::Invalid, "Provided list of item keys contains duplicates");
        }
    }
    return {};
}

Outcome read_item(const capture::TableStore& store, const SingleRead& read, bool consistent) {
    const auto item = store.get_item(read.item.table, read.item.key);
    if (!item) {
        return refused(item.error());
    }
    const auto consistency = consistent ? Consistency::Strong : Consistency::Eventual;
    Outcome outcome{
        "", "", read.item.table.value(), {.table = read_units(item->size_bytes, consistency)}};
    if (item->present()) {
        append_item(outcome.item, *item, read.projection);
    }
    return outcome;
}

}  // namespace

void run_batch(capture::TableStore& store, BatchExecuteStatementRequest request, Reply reply) {
    TableKeys tables(store);
    std::vector<Action> actions;
    for (const auto& call : request.calls) {
        actions.push_back(make_action(tables, call));
    }
    if (auto checked = check_batch(tables, request, actions); !checked) {
        return reply.fail(checked.error());
    }
    const auto batch = std::make_shared<Batch>(actions.size(), request.capacity, std::move(reply));
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (const auto* error = std::get_if<base::Error>(&actions[i])) {
            batch->set(i, refused(*error));
        } else if (const auto* read = std::get_if<SingleRead>(&actions[i])) {
            batch->set(i, read_item(store, *read, request.calls[i]->consistent));
        } else {
            auto& write = std::get<capture::Write>(actions[i]);
            const Verb verb = request.calls[i]->statement.verb();
            set_report(write, request.capacity);
            std::string table = table_of(write).value();
            std::vector<capture::Commit> commits(1);
            commits.front().push_back(std::move(write));
            store.submit(std::move(commits),
                         [batch, i, verb, table = std::move(table)](
                             const base::Result<std::vector<capture::WriteResult>>& results) {
                             batch->set(i, outcome_of(results, verb, table));
                         });
        }
    }
}

}  // namespace millbeck::runtime
