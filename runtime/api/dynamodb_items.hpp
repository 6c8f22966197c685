// PutItem, GetItem, DeleteItem, UpdateItem.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Writes answer from the committer's thread.
class ItemRoutes {
  public:
    explicit ItemRoutes(const ApiContext& context) : context_(context) {}

    void handle(PutItemRequest request, Reply reply);
    void handle(const GetItemRequest& request, Reply reply);
    void handle(DeleteItemRequest request, Reply reply);
    void handle(UpdateItemRequest request, Reply reply);

  private:
    ApiContext context_;
};

}  // namespace millbeck::runtime
