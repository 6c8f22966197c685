// Which tables were made by a restore, and which are being made: one SQLite file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "base/sqlite.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// What a description tells of a restored table for ever.
struct RestoreNote {
    std::string source_table_arn;
    std::string source_backup_arn;  // "": none
    base::WallTime as_of{};
};

struct StoredRestore {
    std::string table_uuid;
    shardlog::TableName target;
    shardlog::TableName hidden;  // the name while it is being made
    bool done = false;
    RestoreNote note;
};

// Threads: any. Errors: those of the database.
class RestoreStore {
  public:
    static base::Result<std::unique_ptr<RestoreStore>> open(const base::Path& file);

    // Before the table is made: a crash leaves no table that nobody knows of.
    base::Status begin(const shardlog::TableName& hidden, const shardlog::TableName& target,
                       const RestoreNote& note);
    // The table that was made has this id.
    base::Status set_uuid(const shardlog::TableName& hidden, const std::string& uuid);
    base::Status finish(const shardlog::TableName& hidden);
    base::Status forget(const shardlog::TableName& hidden);

    base::Result<std::vector<StoredRestore>> list();

  private:
    explicit RestoreStore(base::Database database) : database_(std::move(database)) {}
    base::Status run(std::string_view sql, std::string_view first, std::string_view second = {});

    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
