// The front of Lambda's REST API: finds the call for a request, has it run where it may wait, and
// writes its answer as the service does.
#pragma once

#include <memory>

#include "base/http_server.hpp"
#include "runtime/api/api.hpp"
#include "runtime/lambda/route_table.hpp"

namespace millbeck::runtime::lambda {

// Threads: handle() by any number of connection threads; never blocks.
class LambdaRoutes {
  public:
    // Borrows what `context` borrows.
    static std::unique_ptr<LambdaRoutes> create(const ApiContext& context);
    virtual ~LambdaRoutes() = default;

    // True when the path is Lambda's; then `respond` was or will be called, exactly once.
    virtual bool handle(const base::HttpRequest& request, const base::Responder& respond) = 0;
};

}  // namespace millbeck::runtime::lambda
