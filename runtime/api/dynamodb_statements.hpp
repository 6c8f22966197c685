// ExecuteStatement, BatchExecuteStatement, ExecuteTransaction.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/dynamodb_transactions.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Threads: any. Writes answer from the committer's thread.
class StatementRoutes {
  public:
    // The transactions must outlive this.
    StatementRoutes(const ApiContext& context, TransactionRoutes& transactions)
        : context_(context), transactions_(transactions) {}

    void handle(ExecuteStatementRequest request, Reply reply);
    void handle(BatchExecuteStatementRequest request, Reply reply);
    void handle(ExecuteTransactionRequest request, Reply reply);

  private:
    ApiContext context_;
    TransactionRoutes& transactions_;
};

}  // namespace millbeck::runtime
