// Makes the tables of a configuration and finds out whether triggers have something to read.
#pragma once

#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/config/config.hpp"

namespace millbeck::runtime {

// Creates what is missing and enables streams that are off. Invalid, with the place, when a table
// exists with other keys or another view type. Requires: the committer runs.
base::Status ensure_tables(capture::TableStore& store, const Config& config);

// Invalid, with the place, when a trigger's table is not under "tables": all there is in a new
// data folder.
base::Status check_trigger_tables_configured(const Config& config);

// Invalid, with the place, when a trigger's table does not exist or has no stream.
base::Status check_trigger_tables(const capture::TableStore& store, const Config& config);

}  // namespace millbeck::runtime
