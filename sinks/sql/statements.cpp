#include "sinks/sql/statements.hpp"

#include <fmt/format.h>

namespace millbeck::sinks::sql {
namespace {

std::string quote(std::string_view text, char mark) {
    std::string quoted(1, mark);
    for (const char c : text) {
        quoted.append(c == mark ? 2 : 1, c);
    }
    return quoted + mark;
}

std::string define_keys(const Dialect& dialect, const Shape& shape) {
    std::string text;
    for (const Column& key : shape.keys()) {
        text +=
            fmt::format("{} {} NOT NULL, ", quote_name(key.name), dialect.key_type_name(key.type));
    }
    return text;
}

}  // namespace

std::string quote_name(std::string_view name) {
    return quote(name, '"');
}

std::string quote_literal(std::string_view text) {
    return quote(text, '\'');
}

std::string list_names(const std::vector<Column>& columns, std::string_view prefix) {
    std::string text;
    for (const Column& column : columns) {
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", prefix, quote_name(column.name));
    }
    return text;
}

std::string equal_keys(const std::vector<Column>& keys, std::string_view left,
                       std::string_view right) {
    std::string text;
    for (const Column& key : keys) {
        const std::string name = quote_name(key.name);
        text +=
            fmt::format("{}{}.{} = {}.{}", text.empty() ? "" : " AND ", left, name, right, name);
    }
    return text;
}

std::string create_positions() {
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {} (sink text NOT NULL, generation text NOT NULL, "
        "shard text NOT NULL, position text NOT NULL, PRIMARY KEY (sink, shard))",
        kPositionsTable);
}

std::string create_copy(const Dialect& dialect, const std::string& table, const Shape& shape) {
    std::string text = fmt::format("CREATE TABLE IF NOT EXISTS {} (", quote_name(table)) +
                       define_keys(dialect, shape);
    for (const Column& column : shape.columns()) {
        text += fmt::format("{} {}, ", quote_name(column.name), dialect.type_name(column.type));
    }
    return text + fmt::format("{} {} NOT NULL, PRIMARY KEY ({}))", quote_name(kSequenceColumn),
                              dialect.sequence_type, list_names(shape.keys()));
}

std::string create_tombstones(const Dialect& dialect, const std::string& table,
                              const Shape& shape) {
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {} ({}{} {} NOT NULL, {} bigint NOT NULL, "
        "PRIMARY KEY ({}))",
        quote_name(table), define_keys(dialect, shape), quote_name(kSequenceColumn),
        dialect.sequence_type, quote_name(kRemovedAtColumn), list_names(shape.keys()));
}

std::string create_history(const Dialect& dialect, const std::string& table) {
    return fmt::format(
        "CREATE TABLE IF NOT EXISTS {0} (generation text NOT NULL, shard text NOT NULL, "
        "sequence {1} NOT NULL, event text NOT NULL, time {2} NOT NULL, key {3} NOT NULL, "
        "new_image {3}, old_image {3}, PRIMARY KEY (generation, shard, sequence))",
        quote_name(table), dialect.sequence_type, dialect.time_type, dialect.json_type);
}

std::string add_column(const Dialect& dialect, const std::string& table, const Column& column) {
    return fmt::format("ALTER TABLE {} ADD COLUMN {} {}", quote_name(table),
                       quote_name(column.name), dialect.type_name(column.type));
}

// An equal sequence is the same change again, or a row read at that very position: both may repair
// what somebody else has changed.
std::string on_conflict_take_newer(const Shape& shape) {
    const std::string sequence = quote_name(kSequenceColumn);
    std::string text = fmt::format(" ON CONFLICT ({}) DO UPDATE SET ", list_names(shape.keys()));
    for (const Column& column : shape.columns()) {
        text += fmt::format("{0} = excluded.{0}, ", quote_name(column.name));
    }
    return text + fmt::format("{0} = excluded.{0} WHERE c.{0} <= excluded.{0}", sequence);
}

std::string on_conflict_raise_tombstone(const Shape& shape) {
    return fmt::format(
        " ON CONFLICT ({0}) DO UPDATE SET {1} = excluded.{1}, {2} = excluded.{2} "
        "WHERE d.{1} < excluded.{1}",
        list_names(shape.keys()), quote_name(kSequenceColumn), quote_name(kRemovedAtColumn));
}

}  // namespace millbeck::sinks::sql
