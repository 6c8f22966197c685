#include "runtime/restore/table_backups.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "runtime/restore/backup_file.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::TableImage;

namespace {

constexpr std::size_t kSuffixDigits = 8;
constexpr std::string_view kSystemSuffix = "00000000";

std::string make_id(base::WallTime now, std::string_view suffix) {
    return fmt::format("{:014}-{}", base::to_millis(now), suffix);
}

bool has_expired(const Backup& backup, base::WallTime now) {
    return backup.expires && *backup.expires <= now;
}

bool is_chosen(const Backup& backup, const BackupChoice& choice) {
    return (!choice.table || backup.table.spec.name == *choice.table) &&
           (!choice.type || backup.type == *choice.type) &&
           (!choice.from || backup.created >= *choice.from) &&
           (!choice.until || backup.created < *choice.until);
}

}  // namespace

Result<std::unique_ptr<TableBackups>> TableBackups::open(const Context& context,
                                                         const base::Path& folder) {
    const base::Path rows = folder / "rows";
    MB_TRY_STATUS(context.files.create_folders(rows));
    MB_TRY(auto notes, BackupStore::open(folder / "backups.db"));
    std::unique_ptr<TableBackups> made(new TableBackups(context, rows, std::move(notes)));
    MB_TRY_STATUS(made->recover());
    return made;
}

// A file without an available backup is half written, or was to be removed.
Status TableBackups::recover() {
    MB_TRY(auto stored, notes_->list());
    const base::MutexLock lock(mutex_);
    std::set<std::string> wanted;
    for (Backup& one : stored) {
        if (one.state == BackupState::Available && !has_expired(one, context_.clock.wall())) {
            wanted.insert(file_of(one.id).filename().native());
            std::string id = one.id;
            backups_.emplace(std::move(id), std::move(one));
            continue;
        }
        if (one.state == BackupState::Creating) {
            base::log(base::LogLevel::Warn, "backup",
                      "a backup was not whole at the last stop; it is removed",
                      {{"table", one.table.spec.name.value()}, {"backup", one.name}});
        }
        MB_TRY_STATUS(notes_->remove(one.id));
    }
    MB_TRY(const auto names, context_.files.list(rows_));
    for (const std::string& name : names) {
        if (!wanted.contains(name)) {
            MB_TRY_STATUS(context_.files.remove(rows_ / name));
        }
    }
    return {};
}

Result<Backup> TableBackups::begin(const shardlog::TableName& table, const std::string& name) {
    MB_TRY(auto image, context_.store.image(table));
    Backup backup;
    backup.name = name;
    MB_TRY(backup.table, context_.store.describe_table(table));
    backup.created = context_.clock.wall();
    backup.id = make_id(backup.created, base::make_hex(context_.random, kSuffixDigits));
    return start(std::move(backup), [image = std::move(image)] {
        return Result<std::shared_ptr<const TableImage>>(image);
    });
}

Status TableBackups::begin_system(const capture::TableDescription& table, ImageOpener open) {
    Backup backup;
    backup.name = table.spec.name.value() + "$DeletedTableBackup";
    backup.type = BackupType::System;
    backup.table = table;
    backup.created = context_.clock.wall();
    while (find(make_id(backup.created, kSystemSuffix))) {
        backup.created += base::Milliseconds{1};
    }
    backup.id = make_id(backup.created, kSystemSuffix);
    backup.expires = backup.created + kSystemKept;
    MB_TRY_STATUS(start(std::move(backup), std::move(open)));
    return {};
}

Result<Backup> TableBackups::start(Backup backup, ImageOpener open) {
    forget_expired();
    MB_TRY_STATUS(notes_->add(backup));
    {
        const base::MutexLock lock(mutex_);
        backups_.insert_or_assign(backup.id, backup);
    }
    const Status posted = lane_.post([this, id = backup.id, open = std::move(open)](
                                         const std::stop_token& stop) { run(id, open, stop); });
    if (!posted) {
        forget(backup.id);
        return tl::unexpected(posted.error());
    }
    return backup;
}

void TableBackups::run(const std::string& id, const ImageOpener& open,
                       const std::stop_token& stop) {
    const Status done = finish(id, open, stop);
    if (done || stop.stop_requested()) {
        return;
    }
    const auto backup = find(id);
    base::log(base::LogLevel::Error, "backup", "a backup failed; it is removed",
              {{"table", backup ? backup->table.spec.name.value() : ""},
               {"backup", backup ? backup->name : id},
               {"error", done.error().message}});
    forget(id);
}

Status TableBackups::finish(const std::string& id, const ImageOpener& open,
                            const std::stop_token& stop) {
    MB_TRY(const auto image, open());
    MB_TRY(const BackupTotals totals, write_backup_file(context_.files, file_of(id), *image, stop));
    Backup whole;
    {
        const base::MutexLock lock(mutex_);
        whole = backups_.at(id);
    }
    whole.table.item_count = totals.rows;
    whole.table.size_bytes = totals.bytes;
    whole.state = BackupState::Available;
    MB_TRY_STATUS(notes_->finish(whole));
    const base::MutexLock lock(mutex_);
    backups_.insert_or_assign(id, std::move(whole));
    return {};
}

// What cannot be removed now is at the next start.
void TableBackups::forget(const std::string& id) {
    const Status removed = notes_->remove(id);
    const Status erased = removed ? context_.files.remove(file_of(id)) : removed;
    if (!erased) {
        base::log(base::LogLevel::Warn, "backup", "the rows of a backup are still on disk",
                  {{"file", file_of(id).native()}, {"error", erased.error().message}});
    }
    const base::MutexLock lock(mutex_);
    backups_.erase(id);
}

void TableBackups::forget_expired() {
    std::vector<std::string> expired;
    {
        const base::MutexLock lock(mutex_);
        for (const auto& [id, backup] : backups_) {
            if (has_expired(backup, context_.clock.wall())) {
                expired.push_back(id);
            }
        }
    }
    for (const std::string& id : expired) {
        forget(id);
    }
}

std::optional<Backup> TableBackups::find(const std::string& id) const {
    const base::MutexLock lock(mutex_);
    const auto found = backups_.find(id);
    if (found == backups_.end() || has_expired(found->second, context_.clock.wall())) {
        return std::nullopt;
    }
    return found->second;
}

BackupPage TableBackups::list(const BackupChoice& choice) const {
    BackupPage page;
    const base::MutexLock lock(mutex_);
    for (auto at = backups_.upper_bound(choice.after); at != backups_.end(); ++at) {
        if (!is_chosen(at->second, choice) || has_expired(at->second, context_.clock.wall())) {
            continue;
        }
        if (page.backups.size() == choice.limit) {
            page.is_last = false;
            return page;
        }
        page.backups.push_back(at->second);
    }
    return page;
}

Result<Backup> TableBackups::remove(const std::string& id) {
    auto backup = find(id);
    if (!backup) {
        return base::fail(Code::NotFound, "there is no backup " + id);
    }
    if (backup->state != BackupState::Available) {
        return base::fail(Code::InUse, "the backup is being created");
    }
    MB_TRY_STATUS(notes_->remove(id));
    forget(id);
    return *std::move(backup);
}

Result<std::shared_ptr<const TableImage>> TableBackups::image(const std::string& id) const {
    return open_backup_file(context_.files, file_of(id));
}

}  // namespace millbeck::runtime
