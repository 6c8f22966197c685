// The session's positions, and the copy read back.
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/statements.hpp"
#include "sinks/sqlite/sqlite_prepared.hpp"
#include "sinks/sqlite/sqlite_session.hpp"
#include "sinks/sqlite/sqlite_values.hpp"

namespace millbeck::sinks {

using base::Result;
using base::Status;
using sql::Column;
using sql::quote_name;
using sql::Shape;

Result<std::optional<Positions>> SqliteSession::positions(const std::string& generation,
                                                          base::Instant deadline) {
    MB_TRY_STATUS(shared_.go_on(deadline));
    MB_TRY(base::Statement query,
           database_.prepare("SELECT shard, position FROM millbeck_positions WHERE sink = ? AND "
                             "generation = ? AND shard <> ''"));
    query.bind(1, shared_.sink_name).bind(2, generation);
    Positions positions;
    for (;;) {
        MB_TRY(const bool found, query.step());
        if (!found) {
            return positions;
        }
        positions.emplace(query.column_text(0), query.column_text(1));
    }
}

Status SqliteSession::begin(const std::string& generation, const Shape* shape,
                            base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY_STATUS(check_owner());
        if (shape != nullptr) {
            MB_TRY_STATUS(database_.execute("DELETE FROM " + quote_name(shared_.names.copy)));
            MB_TRY_STATUS(database_.execute("DELETE FROM " + quote_name(shared_.names.tombstones)));
        }
        MB_TRY(base::Statement forget,
               database_.prepare("DELETE FROM millbeck_positions WHERE sink = ?"));
        forget.bind(1, shared_.sink_name);
        MB_TRY_STATUS(forget.run());
        return write_position(generation, "", shape != nullptr ? shared_.names.copy : "");
    });
}

Status SqliteSession::scan(const Shape& shape, const Visit& visit, base::Instant deadline) {
    MB_TRY(base::Statement query,
           database_.prepare(fmt::format("SELECT {}{}{} FROM {}", sql::list_names(shape.keys()),
                                         shape.columns().empty() ? "" : ", ",
                                         sql::list_names(shape.columns()),
                                         quote_name(shared_.names.copy))));
    for (;;) {
        MB_TRY_STATUS(shared_.go_on(deadline));
        MB_TRY(const bool found, query.step());
        if (!found) {
            return {};
        }
        sql::KeyValues keys;
        std::vector<Value> values;
        int index = 0;
        for (const Column& key : shape.keys()) {
            MB_TRY(Value value, read_value(query, index++, key.type));
            keys.push_back(std::move(value));
        }
        for (const Column& column : shape.columns()) {
            MB_TRY(Value value, read_value(query, index++, column.type));
            values.push_back(std::move(value));
        }
        MB_TRY_STATUS(visit(std::move(keys), std::move(values)));
    }
}

Status SqliteSession::remove(const Shape& shape, const std::vector<sql::KeyValues>& keys,
                             base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY(base::Statement statement,
               database_.prepare(remove_text(shared_.names.copy, shape)));
        for (const sql::KeyValues& key : keys) {
            MB_TRY_STATUS(shared_.go_on(deadline));
            bind_values(statement, 1, key);
            MB_TRY_STATUS(statement.run());
        }
        return {};
    });
}

}  // namespace millbeck::sinks
