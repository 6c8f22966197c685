// Values in SQLite: how each kind is stored, exactly. Pure, but for the statement.
#pragma once

#include "base/sqlite.hpp"
#include "sinks/row.hpp"
#include "sinks/sql/column.hpp"
#include "sinks/sql/dialect.hpp"

namespace millbeck::sinks {

// Numbers have columns without a type, so that SQLite keeps what it is given.
const sql::Dialect& sqlite_dialect();

// The type of a declared column; Foreign when it is none of ours.
sql::ColumnType sqlite_column_type(std::string_view declared);

// A number is an INTEGER when 64 bits hold it, a REAL when a double is exactly the same number
// (its shortest text is the number's), else TEXT with all digits. Binary is a BLOB, JSON and text
// are TEXT, a boolean is 0 or 1.
void bind_value(base::Statement& statement, int index, const Value& value);

// The same value as was bound. Errors: Corrupt (the column holds what we never put there).
base::Result<Value> read_value(const base::Statement& statement, int index, sql::ColumnType type);

// 40 digits, so that texts compare as integers.
std::string padded_sequence(std::string_view digits);

}  // namespace millbeck::sinks
