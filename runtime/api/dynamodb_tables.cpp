#include "runtime/api/dynamodb_tables.hpp"

#include <utility>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/last_backup.hpp"
#include "runtime/api/restored_tables.hpp"
#include "runtime/api/table_json.hpp"

namespace millbeck::runtime {
namespace {

// The answer to what took a maximum away has the -1 that did; see capture/capacity.hpp.
void show_removed(capture::Throughput& maximum, const capture::UnitsChange& asked) {
    if (asked.read_units == -1) {
        maximum.read_units = -1;
    }
    if (asked.write_units == -1) {
        maximum.write_units = -1;
    }
}

void show_removed(capture::TableDescription& table, const capture::TableUpdate& update) {
    show_removed(table.spec.maximum, update.maximum);
    for (capture::IndexDescription& index : table.indexes) {
        for (const capture::IndexCapacity& change : update.index_capacities) {
            if (change.index == index.spec.name) {
                show_removed(index.spec.maximum, change.maximum);
            }
        }
    }
}

}  // namespace

void TableRoutes::answer_table(std::string_view member,
                               const base::Result<capture::TableDescription>& table, Reply reply) {
    if (!table) {
        return reply.fail(table.error());
    }
    JsonWriter json;
    json.begin_object().key(member);
    json.raw(table_json(*table, context_.identity, restore_summary(context_, *table)));
    json.end_object();
    reply.send(json.take());
}

void TableRoutes::post(std::function<void()> task, const Reply& reply) {
    if (auto posted = lane_.post(std::move(task)); !posted) {
        Reply(reply).fail(posted.error());  // the task and its copy are gone
    }
}

void TableRoutes::handle(CreateTableRequest request, const Reply& reply) {
    post(
        [this, request = std::move(request), reply] {
            if (restored_table(context_, request.spec.name)) {
                return Reply(reply).fail(
                    {base::Code::InUse, "Table already exists: " + request.spec.name.value()});
            }
            answer_table("TableDescription", context_.store.create_table(request.spec), reply);
        },
        reply);
}

void TableRoutes::handle(UpdateTableRequest request, const Reply& reply) {
    post(
        [this, request = std::move(request), reply] {
            if (restored_table(context_, request.update.name)) {
                return Reply(reply).fail(being_created(request.update.name));
            }
            auto table = context_.store.update_table(request.update);
            if (table) {
                show_removed(*table, request.update);
            }
            answer_table("TableDescription", table, reply);
        },
        reply);
}

void TableRoutes::handle(DeleteTableRequest request, const Reply& reply) {
    post(
        [this, request = std::move(request), reply] {
            if (restored_table(context_, request.table)) {
                return Reply(reply).fail(being_created(request.table));
            }
            auto last = LastBackup::prepare(context_, request.table);
            const auto deleted = context_.store.delete_table(request.table);
            if (deleted && last) {
                last->begin(context_);
            }
            answer_table("TableDescription", deleted, reply);
        },
        reply);
}

void TableRoutes::handle(const DescribeTableRequest& request, Reply reply) {
    auto restored = restored_table(context_, request.table);
    answer_table("Table",
                 restored ? base::Result<capture::TableDescription>(std::move(*restored))
                          : context_.store.describe_table(request.table),
                 std::move(reply));
}

void TableRoutes::handle(const ListTablesRequest& request, Reply reply) {
    // One more than asked for tells whether a page follows.
    auto names =
        with_restored(context_, context_.store.list_tables(request.after, request.limit + 1),
                      request.after, request.limit + 1);
    const bool more = names.size() > request.limit;
    if (more) {
        names.pop_back();
    }
    JsonWriter json;
    json.begin_object().key("TableNames").begin_array();
    for (const auto& name : names) {
        json.text(name.value());
    }
    json.end_array();
    if (more) {
        json.key("LastEvaluatedTableName").text(names.back().value());
    }
    reply.send(json.end_object().take());
}

}  // namespace millbeck::runtime
