// CreateTable, DescribeTable, ListTables, DeleteTable, UpdateTable.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/control_lane.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Calls that change tables answer from the control lane.
class TableRoutes {
  public:
    TableRoutes(const ApiContext& context, ControlLane& lane) : context_(context), lane_(lane) {}

    void handle(CreateTableRequest request, const Reply& reply);
    void handle(const DescribeTableRequest& request, Reply reply);
    void handle(const ListTablesRequest& request, Reply reply);
    void handle(DeleteTableRequest request, const Reply& reply);
    void handle(UpdateTableRequest request, const Reply& reply);

  private:
    void answer_table(std::string_view member, const base::Result<capture::TableDescription>& table,
                      Reply reply);
    void post(std::function<void()> task, const Reply& reply);

    ApiContext context_;
    ControlLane& lane_;
};

}  // namespace millbeck::runtime
