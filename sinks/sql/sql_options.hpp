// How a table of DynamoDB's becomes tables of a database: the same for SQLite and PostgreSQL.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/row.hpp"
#include "sinks/sql/column.hpp"

namespace millbeck::sinks::sql {

enum class Columns : std::uint8_t {
    Typed,  // key columns, a column for each attribute, `_extra` for what has none
    Json,   // key columns and `document`: the whole row
};

enum class NewAttributes : std::uint8_t {
    Add,     // the table gets a column, of the type of the first value seen
    Extra,   // the value goes into `_extra`
    Ignore,  // the value is left out
};

struct TableOptions {
    // Name of the copy; {table} and {sink} are filled in. 1 to 48 bytes when filled.
    std::string into = "{table}";
    Columns columns = Columns::Typed;
    // Columns that the table gets when it is made (Typed only); others follow `new_attributes`.
    std::map<std::string, ColumnType> declared{};
    NewAttributes new_attributes = NewAttributes::Add;
    // Attribute columns at most; later attributes go into `_extra`. 1..1000
    unsigned columns_max = 250;
    // Name of the append-only history, filled in like `into`; "": none.
    std::string history{};
    // How long a deleted key is remembered, so that a late older change does not bring it back.
    // 0 s (not at all) to 365 days.
    base::Milliseconds tombstones{24 * 3'600'000};
    RowMapping mapping{};
};

// The names of the tables, with the templates filled in.
struct TableNames {
    std::string copy;
    std::string tombstones;  // `<copy>_tombstones`
    std::string history;     // "": none
};

// Invalid, in one sentence: a template with unknown braces, a name that is too long or taken, a
// number out of range, columns declared for a JSON table.
base::Result<TableNames> check_options(const TableOptions& options, const std::string& sink,
                                       const std::string& table);

}  // namespace millbeck::sinks::sql
