// The system backup that DeleteTable leaves of a table with point-in-time recovery.
#pragma once

#include <memory>
#include <optional>

#include "capture/table.hpp"
#include "runtime/api/api.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Looks at the table before it is deleted; what is written between the look and the end is found in
// the log, which is kept for it. Costs DeleteTable a snapshot and a row in a database.
// Source: Developer guide, "Point-in-time recovery", deletion of a table.
class LastBackup {
  public:
    // nullopt: the table has no recovery, or there is no such table, or no backups here.
    static std::optional<LastBackup> prepare(const ApiContext& context,
                                             const shardlog::TableName& table);

    // The table is deleted. That no backup can be begun is logged: the table is gone all the same.
    void begin(const ApiContext& context);

  private:
    capture::TableDescription table_;
    std::shared_ptr<const shardlog::TableImage> image_;
    std::shared_ptr<shardlog::Pin> log_;  // from the image on
};

}  // namespace millbeck::runtime
