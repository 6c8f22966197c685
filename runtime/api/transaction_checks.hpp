// What can be said about a transaction once its tables are known, before any item is read.
#pragma once

#include <optional>
#include <variant>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/cancellation.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// Why a transaction cannot be made: an error of the request, or of one of its actions.
using Refusal = std::variant<base::Error, CancellationReasons>;

// nullopt: nothing speaks against it. Threads: any.
std::optional<Refusal> check_transaction(const capture::TableStore& store,
                                         const capture::Commit& writes);
std::optional<Refusal> check_transaction(const capture::TableStore& store,
                                         const TransactGetItemsRequest& request);

}  // namespace millbeck::runtime
