// Which exports there are and how they ended: one SQLite file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "runtime/restore/export_record.hpp"

namespace millbeck::runtime {

// Threads: any. Errors: those of the database.
class ExportStore {
  public:
    static base::Result<std::unique_ptr<ExportStore>> open(const base::Path& file);

    base::Status put(const Export& one);
    base::Status remove(const std::string& id);
    base::Result<std::vector<Export>> list();

  private:
    explicit ExportStore(base::Database database) : database_(std::move(database)) {}

    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
