// A table copied into a PostgreSQL database (12 or newer).
//   Promise: exactly-once effect (see sql/sql_sink.hpp). Delivered means that the server has
//   committed; how durable that is, is its setting synchronous_commit. A transaction that was given
//   up at a deadline or left behind by a crash ends before the next one of its shard begins: both
//   hold the shard's advisory lock.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "sinks/postgres/postgres_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Invalid, without repeating the text, which may hold a password: it is empty, or libpq cannot read
// it.
base::Status check_postgres_connection(const std::string& connection);

// Connects at the first use. Errors: Invalid (an option). The context outlives the sink.
base::Result<std::unique_ptr<Sink>> open_postgres(PostgresOptions options,
                                                  const SinkContext& context);

}  // namespace millbeck::sinks
