// The settings of copies in an SQLite file.
#pragma once

#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "sinks/sqlite/sqlite_options.hpp"

namespace millbeck::runtime {

const std::vector<Setting<sinks::SqliteOptions>>& sqlite_settings();

// The one-line form: the path of the file.
base::Result<sinks::SqliteOptions> sqlite_from_text(const std::string& text);

}  // namespace millbeck::runtime
