// The settings that copies in SQLite and in PostgreSQL have in common.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/config/setting.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::runtime {

// typed, json, or a map from column to type.
base::Status set_columns(sinks::sql::TableOptions& options, const Value& value);
// true, false, or a name.
base::Status set_history(sinks::sql::TableOptions& options, const Value& value);

// T: SqliteOptions, PostgresOptions.
// NOLINTNEXTLINE(readability-function-size): a table.
template <typename T>
void append_sql_settings(std::vector<Setting<T>>& settings) {
    using namespace std::chrono_literals;
    using sinks::sql::NewAttributes;
    settings.push_back(special_setting<T>(
        "into", "name", "{table}",
        "The copy's table; {table} and {sink} are filled in. `_tombstones` is made beside it.",
        [](T& t, const Value& value) -> base::Status {
            MB_TRY(t.into, text_of(value, "a name"));
            return {};
        }));
    settings.push_back(special_setting<T>(
        "columns", "typed, json, or a map from name to text, number, boolean, binary or json",
        "typed",
        "typed: a column for each attribute; a map: the same, and these columns from the start. "
        "json: the key's columns and one document.",
        [](T& t, const Value& value) { return set_columns(t, value); }));
    settings.push_back(choice_setting<T, NewAttributes>(
        "new_attributes", [](T & t) -> auto& { return t.new_attributes; },
        {{"add", NewAttributes::Add},
         {"extra", NewAttributes::Extra},
         {"ignore", NewAttributes::Ignore}},
        "What becomes of an attribute without a column: it gets one, or its value goes into the "
        "JSON column _extra, or is left out. A value of another type than its column's goes into "
        "_extra."));
    settings.push_back(number_setting<T>(
        "columns_max", [](T & t) -> auto& { return t.columns_max; }, 1, 1'000, false,
        "Attribute columns at most; later attributes go into _extra."));
    settings.push_back(special_setting<T>(
        "history", "true, false or a name", "false",
        "A table with one row for each change, never changed again; true: {table}_history.",
        [](T& t, const Value& value) { return set_history(t, value); }));
    settings.push_back(duration_setting<T>(
        "tombstones", [](T & t) -> auto& { return t.tombstones; }, 0s, 24h * 365,
        "How long a deleted key is remembered, so that a late older change does not bring it "
        "back."));
}

}  // namespace millbeck::runtime
