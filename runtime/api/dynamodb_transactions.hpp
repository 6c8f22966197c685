// TransactWriteItems, TransactGetItems.
#pragma once

#include "runtime/api/api.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"
#include "runtime/api/transaction_tokens.hpp"

namespace millbeck::runtime {

// Threads: any. Writes answer from the committer's thread.
class TransactionRoutes {
  public:
    explicit TransactionRoutes(const ApiContext& context);

    void handle(TransactWriteItemsRequest request, Reply reply);
    void handle(const TransactGetItemsRequest& request, Reply reply);

  private:
    struct Note;

    void make(TransactWriteItemsRequest request, Reply reply);
    void answer(base::Result<std::vector<capture::WriteResult>> results, const Note& note,
                Reply reply);
    void answer_again(const TransactWriteItemsRequest& request, Reply reply);
    void end_token(const std::optional<TransactionToken>& token,
                   TransactionTokens::Outcome outcome);

    ApiContext context_;
    TransactionTokens tokens_;
};

}  // namespace millbeck::runtime
