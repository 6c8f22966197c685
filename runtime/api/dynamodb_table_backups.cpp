#include "runtime/api/dynamodb_table_backups.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/api/backup_json.hpp"
#include "runtime/api/json_writer.hpp"
#include "runtime/api/lane_reply.hpp"
#include "runtime/api/resource_arn.hpp"
#include "runtime/api/restored_tables.hpp"
#include "runtime/api/table_json.hpp"
#include "runtime/restore/table_backups.hpp"
#include "runtime/restore/table_restores.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;

void fail_not_found(Reply& reply, const NamedBackup& named) {
    reply.fail(kBackupNotFound, "Backup not found: " + named.arn);
}

void fail_being_created(Reply& reply, const NamedBackup& named) {
    reply.fail(kBackupInUse, "Backup is being created: " + named.arn);
}

}  // namespace

bool TableBackupRoutes::refused(std::string_view call, Reply& reply) const {
    if (context_.backups != nullptr && context_.restores != nullptr) {
        return false;
    }
    reply.fail({Code::Unsupported, fmt::format("{} is not supported here", call)});
    return true;
}

void TableBackupRoutes::handle(CreateBackupRequest request, const Reply& reply) {
    answer_in(lane_, reply, [this, request = std::move(request)](Reply answer) {
        create(request, std::move(answer));
    });
}

void TableBackupRoutes::create(const CreateBackupRequest& request, Reply reply) {
    if (refused("CreateBackup", reply)) {
        return;
    }
    const auto begun = context_.backups->begin(request.table, request.name);
    if (!begun && begun.error().code == Code::NotFound) {
        return reply.fail(kTableNotFound, "Table not found: " + request.table.value());
    }
    if (!begun) {
        return reply.fail(begun.error());
    }
    reply.send(backup_details_json(*begun, context_.identity));
}

void TableBackupRoutes::handle(const ListBackupsRequest& request, Reply reply) {
    if (refused("ListBackups", reply)) {
        return;
    }
    const BackupPage page =
        request.of_aws_backup ? BackupPage{} : context_.backups->list(request.choice);
    reply.send(backup_page_json(page, context_.identity));
}

void TableBackupRoutes::handle(const DescribeBackupRequest& request, Reply reply) {
    if (refused("DescribeBackup", reply)) {
        return;
    }
    const auto backup = context_.backups->find(request.backup.id);
    if (!backup) {
        return fail_not_found(reply, request.backup);
    }
    reply.send(backup_description_json(*backup, context_.identity));
}

void TableBackupRoutes::handle(DeleteBackupRequest request, const Reply& reply) {
    answer_in(lane_, reply, [this, request = std::move(request)](Reply answer) {
        remove(request.backup, std::move(answer));
    });
}

void TableBackupRoutes::remove(const NamedBackup& named, Reply reply) {
    if (refused("DeleteBackup", reply)) {
        return;
    }
    const auto backup = context_.backups->find(named.id);
    if (!backup) {
        return fail_not_found(reply, named);
    }
    const std::string arn = backup_arn(context_.identity, *backup);
    if (backup->type == BackupType::System) {
        return reply.fail(
            {Code::Invalid, fmt::format("Invalid Request: User is not allowed to delete the system "
                                        "backup with arn {}. It will "
                                        "automatically expire on {}Z",
                                        arn, base::to_iso8601(*backup->expires))});
    }
    if (context_.restores->reads(arn)) {
        return reply.fail(kBackupInUse, "Backup is being used to restore table: " + arn);
    }
    auto removed = context_.backups->remove(named.id);
    if (!removed && removed.error().code == Code::InUse) {
        return fail_being_created(reply, named);
    }
    if (!removed) {
        return reply.fail(removed.error());
    }
    removed->state = BackupState::Deleted;
    reply.send(backup_description_json(*removed, context_.identity));
}

void TableBackupRoutes::handle(RestoreTableFromBackupRequest request, const Reply& reply) {
    answer_in(lane_, reply, [this, request = std::move(request)](Reply answer) {
        restore(request, std::move(answer));
    });
}

void TableBackupRoutes::restore(const RestoreTableFromBackupRequest& request, Reply reply) {
    if (refused("RestoreTableFromBackup", reply)) {
        return;
    }
    const auto backup = context_.backups->find(request.backup.id);
    if (!backup) {
        return fail_not_found(reply, request.backup);
    }
    if (backup->state != BackupState::Available) {
        return fail_being_created(reply, request.backup);
    }
    auto spec = restored_spec(backup->table, request.target, request.overrides);
    if (!spec) {
        return reply.fail(spec.error());
    }
    const std::string arn = backup_arn(context_.identity, *backup);
    if (const auto same = restored_table(context_, request.target)) {
        return reply.fail(kTableInUse,
                          fmt::format("Table: {} is already being restored from backup: {}",
                                      request.target.value(),
                                      context_.restores->note_of(same->uuid)->source_backup_arn));
    }
    if (context_.restores->reads(arn)) {
        return reply.fail(kBackupInUse, "Backup is being used to restore another table: " + arn);
    }
    begin_restore(*backup, request.target, std::move(*spec), std::move(reply));
}

void TableBackupRoutes::begin_restore(const Backup& backup, const shardlog::TableName& target,
                                      capture::TableSpec spec, Reply reply) {
    const auto begun = context_.restores->begin(
        {.target = std::move(spec),
         .note = {shardlog::table_arn(context_.identity, backup.table.spec.name),
                  backup_arn(context_.identity, backup), backup.created},
         .open = [backups = context_.backups, id = backup.id] { return backups->image(id); }});
    if (!begun && begun.error().code == Code::InUse) {
        return reply.fail(kTableAlreadyExists, "Table already exists: " + target.value());
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
