// BatchExecuteStatement: statements that are done or refused each for itself.
#pragma once

#include "capture/table_store.hpp"
#include "runtime/api/reply.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Answers when the last statement is done: writes on the committer's thread.
void run_batch(capture::TableStore& store, BatchExecuteStatementRequest request, Reply reply);

}  // namespace millbeck::runtime
