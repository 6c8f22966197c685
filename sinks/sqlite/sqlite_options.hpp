// Settings of a copy in an SQLite file.
#pragma once

#include "base/file_system.hpp"
#include "base/sqlite.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks {

// Tables, columns and mapping: see sql::TableOptions.
struct SqliteOptions : sql::TableOptions {
    base::Path path;  // of the file; made when it is missing, 0600. Its folder must be there.
    // What a commit waits for. Normal: a power cut may take the newest commits, and their position
    // with them, so that they are delivered again.
    base::Durability durability = base::Durability::Full;

    // A relative path counts from `folder`.
    void settle_paths(const base::Path& folder) { path = folder / path; }
};

}  // namespace millbeck::sinks
