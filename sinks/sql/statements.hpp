// The texts of SQL that both databases understand. Names are quoted, so that any name is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sinks/sql/column.hpp"
#include "sinks/sql/dialect.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks::sql {

// One table for all sinks of a database. The row with shard "" says which generation the sink's
// copy is of, and in `position` the name of the copy's table once it was made.
inline constexpr std::string_view kPositionsTable = "millbeck_positions";

std::string quote_name(std::string_view name);     // "a""b"
std::string quote_literal(std::string_view text);  // 'a''b'

// `"a", "b"`; with `prefix`: `s."a", s."b"`.
std::string list_names(const std::vector<Column>& columns, std::string_view prefix = "");

// `c."a" = s."a" AND c."b" = s."b"`
std::string equal_keys(const std::vector<Column>& keys, std::string_view left,
                       std::string_view right);

std::string create_positions();
std::string create_copy(const Dialect& dialect, const std::string& table, const Shape& shape);
std::string create_tombstones(const Dialect& dialect, const std::string& table, const Shape& shape);
std::string create_history(const Dialect& dialect, const std::string& table);
std::string add_column(const Dialect& dialect, const std::string& table, const Column& column);

// What follows `INSERT INTO copy AS c (...) <rows>`: nothing older overwrites anything newer.
std::string on_conflict_take_newer(const Shape& shape);
// The same of tombstones.
std::string on_conflict_raise_tombstone(const Shape& shape);

}  // namespace millbeck::sinks::sql
