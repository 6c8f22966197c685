// Query and Scan.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any.
class ReadRoutes {
  public:
    explicit ReadRoutes(const ApiContext& context) : context_(context) {}

    void handle(const QueryRequest& request, Reply reply) {
        answer(request.read, std::move(reply));
    }
    void handle(const ScanRequest& request, Reply reply) { answer(request.read, std::move(reply)); }

  private:
    void answer(const ReadRequest& request, Reply reply);

    ApiContext context_;
};

}  // namespace millbeck::runtime
