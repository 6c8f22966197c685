// BatchWriteItem, BatchGetItem.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Writes answer from the committer's thread.
class BatchRoutes {
  public:
    explicit BatchRoutes(const ApiContext& context) : context_(context) {}

    void handle(BatchWriteItemRequest request, Reply reply);
    void handle(const BatchGetItemRequest& request, Reply reply);

  private:
    ApiContext context_;
};

}  // namespace millbeck::runtime
