// What a batch does to the tables, worked out before any database is asked; pure.
//   parse_batch: the newest change of each key, as a row of named values
//   missing_columns, first_shape: what the table lacks for these rows
//   place: every value in its column, or in `_extra`, or left out, by rule
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "sinks/sql/column.hpp"
#include "sinks/sql/dialect.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks::sql {

// The newest change of one key in a batch. Views are the batch's.
struct ParsedRow {
    std::string_view sequence;
    Row key;  // under the names of the copy
    Row row;  // what the mapping leaves of the new image; empty when removed
    bool removed = false;
};

// One change as the history keeps it.
struct HistoryRow {
    std::string_view sequence;
    std::string_view event;
    std::int64_t milliseconds = 0;
    std::string key;        // plain JSON
    std::string new_image;  // plain JSON, mapped; "": none
    std::string old_image;
};

struct ParsedBatch {
    std::vector<ParsedRow> rows;
    std::vector<HistoryRow> history;
    std::vector<std::string> refused;  // ids of messages that no row can be made of
    std::string refusal;               // why, of the first of them
};

struct PlanTerms {
    bool with_history = false;
    std::size_t key_bytes_max = 0;
};

// Refused: no image where one must be, JSON that is none, a key that is too long.
ParsedBatch parse_batch(const Batch& batch, const RowMapping& mapping, const PlanTerms& terms);

base::Result<ParsedRow> parse_row(const Message& message, const RowMapping& mapping);

// Whether a column of ours has this name, in lower case.
bool is_our_name(std::string_view name);

// A table for keys like this one: key columns, declared ones, `_extra` or `document`. Errors:
// Invalid (a key attribute's name cannot be a column's).
base::Result<Shape> first_shape(const Dialect& dialect, const TableOptions& options,
                                const Row& key);

// Columns that `new_attributes: add` asks for; each name once, with the type of its first value.
std::vector<Column> missing_columns(const Dialect& dialect, const TableOptions& options,
                                    const Shape& shape, const std::vector<ParsedRow>& rows);

// A row in the order of a shape's columns.
struct PlacedRow {
    std::string_view sequence;
    std::vector<Value> keys;
    std::vector<Value> values;  // Null where there is none; empty when removed
    bool removed = false;
};

// Errors: Invalid (the key has other columns than the table's).
base::Result<std::vector<Value>> place_key(const Shape& shape, const Row& key);
base::Result<PlacedRow> place(const TableOptions& options, const Shape& shape, ParsedRow parsed);

}  // namespace millbeck::sinks::sql
