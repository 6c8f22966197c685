// What UpdateTable may change about indexes, as a pure decision with the service's messages.
#pragma once

#include "base/result.hpp"
#include "capture/table_store.hpp"

namespace millbeck::capture {

// Takes the index to be deleted out of `table` and sets units of capacity; whether the new one may
// be made is only checked. `table`: its settings are updated already; `before`: how it was.
// Errors: Invalid, NotFound, LimitExceeded, with `table` undefined.
// Source: API_UpdateTable, GlobalSecondaryIndexUpdates.
base::Status apply_index_changes(TableDescription& table, const TableDescription& before,
                                 const TableUpdate& update);

// The new index with its capacity. Requires: `update` has one, and was applied to `table`.
// Errors: Invalid.
base::Result<IndexSpec> index_to_make(const TableSpec& table, const TableUpdate& update);

}  // namespace millbeck::capture
