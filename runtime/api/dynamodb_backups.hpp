// DescribeContinuousBackups, UpdateContinuousBackups, RestoreTableToPointInTime.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Calls that change something answer from the control lane.
class BackupRoutes {
  public:
    BackupRoutes(const ApiContext& context, ControlLane& lane) : context_(context), lane_(lane) {}

    void handle(const DescribeContinuousBackupsRequest& request, Reply reply);
    void handle(UpdateContinuousBackupsRequest request, const Reply& reply);
    void handle(RestoreTableToPointInTimeRequest request, const Reply& reply);

  private:
    [[nodiscard]] std::string continuous_backups(const capture::TableDescription& table) const;
    void restore(const RestoreTableToPointInTimeRequest& request, Reply reply);

    ApiContext context_;
    ControlLane& lane_;
};

}  // namespace millbeck::runtime
