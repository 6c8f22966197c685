// CreateBackup, ListBackups, DescribeBackup, DeleteBackup, RestoreTableFromBackup.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Calls that change something answer from the control lane, one after the other: so
// a backup is not deleted while a restore of it begins.
class TableBackupRoutes {
  public:
    TableBackupRoutes(const ApiContext& context, ControlLane& lane)
        : context_(context), lane_(lane) {}

    void handle(CreateBackupRequest request, const Reply& reply);
    void handle(const ListBackupsRequest& request, Reply reply);
    void handle(const DescribeBackupRequest& request, Reply reply);
    void handle(DeleteBackupRequest request, const Reply& reply);
    void handle(RestoreTableFromBackupRequest request, const Reply& reply);

  private:
    void create(const CreateBackupRequest& request, Reply reply);
    void remove(const NamedBackup& named, Reply reply);
    void restore(const RestoreTableFromBackupRequest& request, Reply reply);
    void begin_restore(const Backup& backup, const shardlog::TableName& target,
                       capture::TableSpec spec, Reply reply);
    // True: the call was answered, as backups are not kept here.
    bool refused(std::string_view call, Reply& reply) const;

    ApiContext context_;
    ControlLane& lane_;
};

}  // namespace millbeck::runtime
