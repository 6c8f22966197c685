// Which backups there are: one SQLite file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "runtime/restore/backup.hpp"

namespace millbeck::runtime {

// Threads: any. Errors: those of the database.
class BackupStore {
  public:
    static base::Result<std::unique_ptr<BackupStore>> open(const base::Path& file);

    // A backup that is being created.
    base::Status add(const Backup& backup);
    // Its file is whole, and holds what backup.table says.
    base::Status finish(const Backup& backup);
    base::Status remove(const std::string& id);
    base::Result<std::vector<Backup>> list();

  private:
    explicit BackupStore(base::Database database) : database_(std::move(database)) {}

    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
