// The settings of copies in a PostgreSQL database.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "sinks/postgres/postgres_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::PostgresOptions>>& postgres_settings();

// The one-line form: the connection. Invalid: libpq cannot read it.
base::Result<sinks::PostgresOptions> postgres_from_text(const std::string& text);

}  // namespace millbeck::runtime
