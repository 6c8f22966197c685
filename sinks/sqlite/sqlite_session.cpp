#include "sinks/sqlite/sqlite_session.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/errno_error.hpp"
#include "sinks/sql/statements.hpp"
#include "sinks/sqlite/sqlite_prepared.hpp"
#include "sinks/sqlite/sqlite_turn.hpp"
#include "sinks/sqlite/sqlite_values.hpp"

namespace millbeck::sinks {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using sql::Column;
using sql::quote_name;
using sql::Shape;

namespace {

// One try for the file's lock; the deadline and a stop are looked at between two.
constexpr std::string_view kTuning =
    "PRAGMA busy_timeout = 20; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768";

Status look_at(const base::Path& path, struct stat& found) {
    if (::stat(path.c_str(), &found) != 0) {
        return tl::unexpected<base::Error>(base::errno_error(path.native(), errno));
    }
    return {};
}

}  // namespace

SqliteSession::SqliteSession(SqliteShared& shared, base::Database database, dev_t device,
                             ino_t inode)
    : shared_(shared), database_(std::move(database)), device_(device), inode_(inode) {}

SqliteSession::~SqliteSession() = default;

Result<std::unique_ptr<sql::Session>> SqliteSession::open(SqliteShared& shared) {
    const base::Path& path = shared.options.path;
    const base::MutexLock opening(shared.opening);
    MB_TRY(base::Database database, base::Database::open(path, shared.options.durability));
    MB_TRY_STATUS(database.execute(kTuning));
    struct stat found {};
    MB_TRY_STATUS(look_at(path, found));
    return std::unique_ptr<sql::Session>(
        std::make_unique<SqliteSession>(shared, std::move(database), found.st_dev, found.st_ino));
}

bool SqliteSession::is_usable() const {
    struct stat found {};
    return look_at(shared_.options.path, found).has_value() && found.st_dev == device_ &&
           found.st_ino == inode_;
}

Status SqliteSession::change(base::Instant deadline, const std::function<Status()>& work) {
    MB_TRY(SqliteTurn turn, SqliteTurn::take(shared_, database_, deadline));
    MB_TRY_STATUS(work());
    return turn.commit();
}

Result<bool> SqliteSession::has_table(const std::string& name) {
    if (name.empty()) {
        return true;
    }
    MB_TRY(base::Statement query,
           database_.prepare("SELECT 1 FROM sqlite_master WHERE lower(name) = lower(?)"));
    query.bind(1, name);
    return query.step();
}

Result<std::shared_ptr<const Shape>> SqliteSession::read_shape() {
    MB_TRY(base::Statement query,
           database_.prepare("SELECT name, type, pk FROM pragma_table_info(?)"));
    query.bind(1, shared_.names.copy);
    sql::FoundTable table;
    bool is_there = false;
    for (;;) {
        MB_TRY(const bool found, query.step());
        if (!found) {
            break;
        }
        is_there = true;
        table.add({query.column_text(0), sqlite_column_type(query.column_text(1))},
                  static_cast<int>(query.column_int(2)) - 1);
    }
    return is_there ? table.shape(shared_.options, shared_.names.copy)
                    : Result<std::shared_ptr<const Shape>>(nullptr);
}

Status SqliteSession::read_mark(sql::TargetState& state) {
    MB_TRY(base::Statement query,
           database_.prepare("SELECT generation, position FROM millbeck_positions WHERE sink = ? "
                             "AND shard = ''"));
    query.bind(1, shared_.sink_name);
    MB_TRY(const bool found, query.step());
    if (found) {
        state.generation = query.column_text(0);
        state.was_made = !query.column_is_null(1) && !query.column_text(1).empty();
    }
    return {};
}

Status SqliteSession::make_side_tables(const Shape* shape) {
    MB_TRY_STATUS(database_.execute(sql::create_positions()));
    if (shape != nullptr) {
        MB_TRY_STATUS(database_.execute(
            sql::create_tombstones(sqlite_dialect(), shared_.names.tombstones, *shape)));
    }
    if (!shared_.names.history.empty()) {
        MB_TRY_STATUS(
            database_.execute(sql::create_history(sqlite_dialect(), shared_.names.history)));
    }
    return {};
}

Result<sql::TargetState> SqliteSession::load(base::Instant deadline) {
    MB_TRY_STATUS(shared_.go_on(deadline));
    MB_TRY(const bool has_positions, has_table(std::string(sql::kPositionsTable)));
    MB_TRY(const bool has_history, has_table(shared_.names.history));
    if (!has_positions || !has_history) {
        MB_TRY_STATUS(change(deadline, [&] { return make_side_tables(nullptr); }));
    }
    sql::TargetState state;
    MB_TRY_STATUS(read_mark(state));
    MB_TRY(state.shape, read_shape());
    MB_TRY(const bool has_tombstones, has_table(shared_.names.tombstones));
    if (state.shape != nullptr && !has_tombstones) {
        MB_TRY_STATUS(change(deadline, [&] { return make_side_tables(state.shape.get()); }));
    }
    return state;
}

Status SqliteSession::create(const Shape& shape, base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY_STATUS(check_owner());
        MB_TRY_STATUS(
            database_.execute(sql::create_copy(sqlite_dialect(), shared_.names.copy, shape)));
        MB_TRY_STATUS(make_side_tables(&shape));
        MB_TRY(base::Statement mark,
               database_.prepare("UPDATE millbeck_positions SET position = ? WHERE sink = ? AND "
                                 "shard = ''"));
        mark.bind(1, shared_.names.copy).bind(2, shared_.sink_name);
        return mark.run();
    });
}

Status SqliteSession::add(const std::vector<Column>& columns, base::Instant deadline) {
    return change(deadline, [&]() -> Status {
        MB_TRY(const auto shape, read_shape());
        for (const Column& column : columns) {
            const bool is_there = shape == nullptr || shape->has(column.name);
            if (!is_there) {
                MB_TRY_STATUS(database_.execute(
                    sql::add_column(sqlite_dialect(), shared_.names.copy, column)));
            }
        }
        return {};
    });
}

// Two sinks that empty and fill one table would undo each other's work for ever.
Status SqliteSession::check_owner() {
    MB_TRY(
        base::Statement query,
        database_.prepare("SELECT sink FROM millbeck_positions WHERE shard = '' AND position = ? "
                          "AND sink <> ?"));
    query.bind(1, shared_.names.copy).bind(2, shared_.sink_name);
    MB_TRY(const bool found, query.step());
    if (found) {
        return sql::fail_owned(shared_.names.copy, query.column_text(0));
    }
    return {};
}

Result<sql::Written> SqliteSession::write(const sql::Writing& writing, base::Instant deadline) {
    MB_TRY(SqliteTurn turn, SqliteTurn::take(shared_, database_, deadline));
    MB_TRY(const bool has_positions, has_table(std::string(sql::kPositionsTable)));
    if (!has_positions) {
        return sql::Written::ShapeChanged;
    }
    sql::TargetState state;
    MB_TRY_STATUS(read_mark(state));
    if (!writing.batch.generation.empty() && state.generation != writing.batch.generation) {
        return sql::Written::GenerationLost;
    }
    if (auto written = write_all(writing, deadline); !written) {
        MB_TRY(const bool differs, differs_from(writing.shape));
        if (written.error().code == Code::Internal && differs) {
            prepared_.reset();
            return sql::Written::ShapeChanged;
        }
        return tl::unexpected<base::Error>(std::move(written).error());
    }
    MB_TRY_STATUS(turn.commit());
    return sql::Written::All;
}

Result<bool> SqliteSession::differs_from(const Shape& shape) {
    MB_TRY(const bool has_history, has_table(shared_.names.history));
    MB_TRY(const bool has_tombstones, has_table(shared_.names.tombstones));
    MB_TRY(const auto now, read_shape());
    return !has_history || !has_tombstones || now == nullptr || now->keys() != shape.keys() ||
           now->columns() != shape.columns();
}

}  // namespace millbeck::sinks
