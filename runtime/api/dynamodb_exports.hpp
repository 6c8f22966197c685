// ExportTableToPointInTime, DescribeExport, ListExports.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. An export begins on the control lane.
class ExportRoutes {
  public:
    ExportRoutes(const ApiContext& context, ControlLane& lane) : context_(context), lane_(lane) {}

    void handle(ExportTableToPointInTimeRequest request, const Reply& reply);
    void handle(const DescribeExportRequest& request, Reply reply);
    void handle(const ListExportsRequest& request, Reply reply);

  private:
    void begin(const ExportTableToPointInTimeRequest& request, Reply reply);
    // True: the call was answered, as nothing is exported here.
    bool refused(std::string_view call, Reply& reply) const;

    ApiContext context_;
    ControlLane& lane_;
};

}  // namespace millbeck::runtime
