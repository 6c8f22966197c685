// For supervisors and scrapers.
//   GET /health/live   200 as long as the process answers
//   GET /health/ready  200, or 503 naming trigger, shard and reason of what is not delivered in
//                      time, and why writes are refused (trigger and shard are "" then):
//                      {"status":"unhealthy","reasons":[{"trigger":..,"shard":..,"reason":..}]}
//   GET /metrics       Prometheus text format 0.0.4
#pragma once

#include <memory>

#include "base/http_server.hpp"
#include "runtime/api/api.hpp"

namespace millbeck::runtime {

// Threads: handle() by any number of connection threads.
class HealthRoutes {
  public:
    static std::unique_ptr<HealthRoutes> create(const ApiContext& context);
    virtual ~HealthRoutes() = default;

    // True when the path is mine; then `respond` was called.
    virtual bool handle(const base::HttpRequest& request, const base::Responder& respond) = 0;
};

}  // namespace millbeck::runtime
