#include "runtime/api/dynamodb_backups.hpp"

#include <utility>

#include "runtime/api/json_writer.hpp"
#include "runtime/api/lane_reply.hpp"
#include "runtime/api/restore_window.hpp"
#include "runtime/api/restored_tables.hpp"
#include "runtime/api/table_json.hpp"
#include "runtime/restore/table_restores.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using capture::TableDescription;

void fail_table(Reply& reply, const base::Error& error, const shardlog::TableName& table) {
    if (error.code != Code::NotFound) {
        return reply.fail(error);
    }
    reply.fail(kTableNotFound, "Table not found: " + table.value());
}

}  // namespace

// Every table here can be recovered from its log; that is what ENABLED says of the service's.
std::string BackupRoutes::continuous_backups(const TableDescription& table) const {
    const auto window = restore_window(table, context_.log.history(), context_.clock.wall());
    JsonWriter json;
    json.begin_object().key("ContinuousBackupsDescription").begin_object();
    json.key("ContinuousBackupsStatus").text("ENABLED");
    json.key("PointInTimeRecoveryDescription").begin_object();
    json.key("PointInTimeRecoveryStatus").text(window ? "ENABLED" : "DISABLED");
    if (window) {
        json.key("RecoveryPeriodInDays").integer(table.recovery->days);
        json.key("EarliestRestorableDateTime").seconds(window->earliest);
        json.key("LatestRestorableDateTime").seconds(window->latest);
    }
    return json.end_object().end_object().end_object().take();
}

void BackupRoutes::handle(const DescribeContinuousBackupsRequest& request, Reply reply) {
    const auto table = context_.store.describe_table(request.table);
    if (!table) {
        return fail_table(reply, table.error(), request.table);
    }
    reply.send(continuous_backups(*table));
}

void BackupRoutes::handle(UpdateContinuousBackupsRequest request, const Reply& reply) {
    auto posted = lane_.post([this, request = std::move(request), answer = Reply(reply)]() mutable {
        capture::TableUpdate update;
        update.name = request.table;
        update.recovery_days = request.days;
        const auto changed = context_.store.update_table(update);
        if (!changed) {
            return fail_table(answer, changed.error(), request.table);
        }
        answer.send(continuous_backups(*changed));
    });
    if (!posted) {
        Reply(reply).fail(posted.error());  // the task and its copy are gone
    }
}

void BackupRoutes::handle(RestoreTableToPointInTimeRequest request, const Reply& reply) {
    answer_in(lane_, reply, [this, request = std::move(request)](Reply answer) {
        restore(request, std::move(answer));
    });
}

void BackupRoutes::restore(const RestoreTableToPointInTimeRequest& request, Reply reply) {
    if (context_.restores == nullptr) {
        return reply.fail({Code::Unsupported, "RestoreTableToPointInTime is not supported here"});
    }
    const auto source = context_.store.describe_table(request.source);
    if (!source) {
        return fail_table(reply, source.error(), request.source);
    }
    const auto& history = context_.log.history();
    const auto window = restore_window(*source, history, context_.clock.wall());
    if (!window) {
        return reply.fail(
            kPointInTimeRecoveryUnavailable,
            "Point in time recovery is not enabled for table '" + request.source.value() + "'");
    }
    const base::WallTime time = request.time.value_or(window->latest);
    if (time < window->earliest || time > window->latest) {
        return reply.fail(kInvalidRestoreTime,
                          "RestoreDateTime is not between EarliestRestorableDateTime and "
                          "LatestRestorableDateTime of table '" +
                              request.source.value() + "'");
    }
    auto spec = restored_spec(*source, request.target, request.overrides);
    if (!spec) {
        return reply.fail(spec.error());
    }
    auto open = image_opener(context_, request.source, request.time);
    if (!open) {
        return reply.fail(open.error());
    }
    const auto begun = context_.restores->begin(
        {.target = std::move(*spec),
         .note = {shardlog::table_arn(context_.identity, request.source), "", time},
         .open = std::move(*open)});
    if (!begun && begun.error().code == Code::InUse) {
        return reply.fail(kTableAlreadyExists, begun.error().message);
    }
    if (!begun) {
        return reply.fail(begun.error());
    }
    JsonWriter json;
    json.begin_object().key("TableDescription");
    json.raw(table_json(*begun, context_.identity, restore_summary(context_, *begun)));
    reply.send(json.end_object().take());
}

}  // namespace millbeck::runtime
