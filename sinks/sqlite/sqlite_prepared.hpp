// The statements that write a batch, prepared once for a shape; inside of the session.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.hpp"
#include "sinks/sqlite/sqlite_session.hpp"

namespace millbeck::sinks {

struct SqliteSession::Prepared {
    std::vector<sql::Column> keys;  // of the shape that they are for
    std::vector<sql::Column> columns;
    base::Statement upsert;
    base::Statement upsert_unless_removed;
    base::Statement remove;
    base::Statement raise_tombstone;
    base::Statement has_tombstones;
    base::Statement write_position;
    std::optional<base::Statement> history;
};

// By key alone: `?1` and on are the key's values.
std::string remove_text(const std::string& table, const sql::Shape& shape);

// Binds from `index` on, one after the other; returns the next index.
int bind_values(base::Statement& statement, int index, const std::vector<Value>& values);

}  // namespace millbeck::sinks
