#include "sinks/postgres/postgres_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/pg_locks.hpp"
#include "sinks/postgres/pg_values.hpp"
#include "sinks/sql/statements.hpp"

namespace millbeck::sinks {

using base::Result;
using base::Status;
using sql::Column;
using sql::quote_literal;
using sql::quote_name;
using sql::Shape;

namespace {

// 'the "table"'::regclass, or NULL when there is none.
std::string regclass(const std::string& table) {
    return fmt::format("to_regclass({})", quote_literal(quote_name(table)));
}

}  // namespace

Status PostgresSession::run(const std::string& sql, base::Instant deadline) {
    MB_TRY([[maybe_unused]] const auto rows, connection_->run(sql, deadline));
    return {};
}

// The server gives up when we do: what nobody waits for must not hold locks.
std::string PostgresSession::begin_text(base::Instant deadline) const {
    const auto left =
        std::chrono::ceil<base::Milliseconds>(deadline - shared_.clock.instant()).count();
    constexpr std::int64_t kMostMs = 2'000'000'000;
    return fmt::format("BEGIN; SET LOCAL statement_timeout = {}; ",
                       std::clamp<std::int64_t>(left, 1, kMostMs));
}

Status PostgresSession::change(base::Instant deadline, const std::function<Status()>& work) {
    // The positions table is everybody's, so making it is guarded by a lock of everybody.
    MB_TRY_STATUS(
        run(begin_text(deadline) + take_lock("", "") + "; " + take_lock(shared_.sink_name, ""),
            deadline));
    if (Status done = work(); !done) {
        if (connection_->is_usable()) {
            return done;  // the server's own error has rolled back
        }
        static_cast<void>(connection_->run("ROLLBACK", deadline));
        return done;
    }
    return run("COMMIT", deadline);
}

std::string PostgresSession::side_tables(const Shape* shape) const {
    std::string text = sql::create_positions() + "; ";
    if (shape != nullptr) {
        text += sql::create_tombstones(postgres_dialect(), shared_.names.tombstones, *shape) + "; ";
    }
    if (!shared_.names.history.empty()) {
        text += sql::create_history(postgres_dialect(), shared_.names.history) + "; ";
    }
    return text;
}

Result<std::shared_ptr<const Shape>> PostgresSession::read_shape(base::Instant deadline) {
    MB_TRY(const std::vector<PgRows> found,
           connection_->run(
               fmt::format("SELECT a.attname, format_type(a.atttypid, a.atttypmod), "
                           "coalesce(array_position(i.indkey::int2[], a.attnum), -1), "
                           "a.attgenerated <> '' FROM pg_attribute a LEFT JOIN pg_index i ON "
                           "i.indrelid = a.attrelid AND i.indisprimary WHERE a.attrelid = {} AND "
                           "a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                           regclass(shared_.names.copy)),
               deadline));
    const PgRows& rows = found.at(0);
    if (rows.size() == 0) {
        return std::shared_ptr<const Shape>();
    }
    sql::FoundTable table;
    for (int row = 0; row < rows.size(); ++row) {
        const bool is_generated = rows.text(row, 3) == "t";
        table.add({rows.text(row, 0), is_generated ? sql::ColumnType::Foreign
                                                   : postgres_column_type(rows.text(row, 1))},
                  std::stoi(rows.text(row, 2)));
    }
    return table.shape(shared_.options, shared_.names.copy);
}

Result<bool> PostgresSession::has_tables(const std::vector<std::string>& names,
                                         base::Instant deadline) {
    std::string all = "SELECT true";
    for (const std::string& name : names) {
        all += name.empty() ? "" : fmt::format(" AND {} IS NOT NULL", regclass(name));
    }
    MB_TRY(const std::vector<PgRows> found, connection_->run(all, deadline));
    return found.at(0).text(0, 0) == "t";
}

Result<sql::TargetState> PostgresSession::load(base::Instant deadline) {
    const sql::TableNames& names = shared_.names;
    MB_TRY(const bool has_state,
           has_tables({std::string(sql::kPositionsTable), names.history}, deadline));
    if (!has_state) {
        MB_TRY_STATUS(change(deadline, [&] { return run(side_tables(nullptr), deadline); }));
    }
    sql::TargetState state;
    MB_TRY(const std::vector<PgRows> marks,
           connection_->run(fmt::format("SELECT generation, position FROM {} WHERE sink = {} AND "
                                        "shard = ''",
                                        sql::kPositionsTable, quote_literal(shared_.sink_name)),
                            deadline));
    if (marks.at(0).size() > 0) {
        state.generation = marks[0].text(0, 0);
        state.was_made = !marks[0].text(0, 1).empty();
    }
    MB_TRY(state.shape, read_shape(deadline));
    MB_TRY(const bool has_tombstones, has_tables({names.tombstones}, deadline));
    if (state.shape != nullptr && !has_tombstones) {
        MB_TRY_STATUS(
            change(deadline, [&] { return run(side_tables(state.shape.get()), deadline); }));
    }
    return state;
}

Status PostgresSession::create(const Shape& shape, base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY_STATUS(check_owner(deadline));
        return run(sql::create_copy(postgres_dialect(), shared_.names.copy, shape) + "; " +
                       side_tables(&shape) +
                       fmt::format("UPDATE {} SET position = {} WHERE sink = {} AND shard = ''",
                                   sql::kPositionsTable, quote_literal(shared_.names.copy),
                                   quote_literal(shared_.sink_name)),
                   deadline);
    });
}

Status PostgresSession::add(const std::vector<Column>& columns, base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY(const auto shape, read_shape(deadline));
        std::string text;
        for (const Column& column : columns) {
            const bool is_there = shape == nullptr || shape->has(column.name);
            text += is_there
                        ? ""
                        : sql::add_column(postgres_dialect(), shared_.names.copy, column) + "; ";
        }
        return text.empty() ? Status{} : run(text, deadline);
    });
}

// Two sinks that empty and fill one table would undo each other's work for ever.
Status PostgresSession::check_owner(base::Instant deadline) {
    MB_TRY(const std::vector<PgRows> others,
           connection_->run(fmt::format("SELECT sink FROM {} WHERE shard = '' AND position = {} "
                                        "AND sink <> {}",
                                        sql::kPositionsTable, quote_literal(shared_.names.copy),
                                        quote_literal(shared_.sink_name)),
                            deadline));
    if (others.at(0).size() > 0) {
        return sql::fail_owned(shared_.names.copy, others[0].text(0, 0));
    }
    return {};
}

Result<std::optional<Positions>> PostgresSession::positions(const std::string& generation,
                                                            base::Instant deadline) {
    MB_TRY(const std::vector<PgRows> found,
           connection_->run(fmt::format("SELECT shard, position FROM {} WHERE sink = {} AND "
                                        "generation = {} AND shard <> ''",
                                        sql::kPositionsTable, quote_literal(shared_.sink_name),
                                        quote_literal(generation)),
                            deadline));
    Positions positions;
    for (int row = 0; row < found.at(0).size(); ++row) {
        positions.emplace(found[0].text(row, 0), found[0].text(row, 1));
    }
    return positions;
}

Status PostgresSession::begin(const std::string& generation, const Shape* shape,
                              base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY_STATUS(check_owner(deadline));
        std::string text;
        if (shape != nullptr) {
            text = fmt::format("TRUNCATE {}, {}; ", quote_name(shared_.names.copy),
                               quote_name(shared_.names.tombstones));
        }
        text += fmt::format(
            "DELETE FROM {0} WHERE sink = {1}; INSERT INTO {0} (sink, generation, shard, position) "
            "VALUES ({1}, {2}, '', {3})",
            sql::kPositionsTable, quote_literal(shared_.sink_name), quote_literal(generation),
            quote_literal(shape != nullptr ? shared_.names.copy : ""));
        return run(text, deadline);
    });
}

}  // namespace millbeck::sinks
