// A table copied into an SQLite file.
//   Promise: exactly-once effect (see sql/sql_sink.hpp). Delivered means committed and, with
//   Durability::Full, synced. A file that was removed or replaced is noticed before the next batch.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"
#include "sinks/sqlite/sqlite_options.hpp"

namespace millbeck::sinks {

// Does not touch the file. Errors: Invalid (an option). The context outlives the sink.
base::Result<std::unique_ptr<Sink>> open_sqlite(SqliteOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
