// Settings of a copy in a PostgreSQL database.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks {

// Tables, columns and mapping: see sql::TableOptions.
struct PostgresOptions : sql::TableOptions {
    // Where and as whom: a URI (postgresql://user@host:5432/database?sslmode=verify-full) or
    // libpq's `key=value` words; what it leaves out comes from PG* variables and ~/.pgpass. Never
    // logged.
    // Source: https://www.postgresql.org/docs/15/libpq-connect.html section 34.1.1
    std::string connection;
    unsigned connections = 4;  // batches written at once; 1..64
    // How long to wait for a connection at most; 100 ms to 10 min.
    base::Milliseconds connect_timeout{10'000};
};

}  // namespace millbeck::sinks
