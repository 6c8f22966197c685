// One page of a SELECT: gets, queries or a scan, one after the other.
#pragma once

#include <string>

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/api/requests.hpp"

namespace millbeck::runtime {

// The body of the answer. Errors: NotFound; Invalid, with the service's text; those of the store.
base::Result<std::string> read_statement(const capture::TableStore& store,
                                         const ExecuteStatementRequest& request);

}  // namespace millbeck::runtime
