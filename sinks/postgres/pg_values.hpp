// Values in PostgreSQL: how each kind is written for COPY or into a statement, and read back. Pure.
//
// Its texts hold no NUL byte. By rule NUL is kept as the two characters U+2400 (SYMBOL FOR NULL)
// and 0, and U+2400 as itself twice: nothing else changes, and reading back gives the same text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/row.hpp"
#include "sinks/sql/column.hpp"
#include "sinks/sql/dialect.hpp"

namespace millbeck::sinks {

const sql::Dialect& postgres_dialect();

// The type that format_type() names; Foreign when it is none of ours.
sql::ColumnType postgres_column_type(std::string_view name);

std::string encode_text(std::string_view text);
std::string decode_text(std::string_view text);
// The same in JSON, where NUL is written \u0000.
std::string encode_json(std::string_view json);
std::string decode_json(std::string_view json);

// A field of COPY's text format, without the tab behind it.
// Source: https://www.postgresql.org/docs/15/sql-copy.html "Text Format"
void append_copy_field(std::string& out, const Value& value);
void append_copy_text(std::string& out, std::string_view text);  // must not hold NUL

// 'a', 1, true, '\x00'::bytea. Requires: not Null.
std::string literal_of(const Value& value);

// From the text that a SELECT gives. Errors: Corrupt.
base::Result<Value> value_of(std::string_view text, sql::ColumnType type);

}  // namespace millbeck::sinks
