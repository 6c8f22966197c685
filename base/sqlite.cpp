#include "base/sqlite.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "base/errno_error.hpp"
#include "base/sqlite_error.hpp"
#include "base/unique_fd.hpp"

namespace millbeck::base {
namespace {

constexpr int kBusyTimeoutMs = 5000;

// Makes the file itself, so that its mode is 0600 whatever the umask; SQLite gives the -wal and
// -shm files the same mode. An existing file is not even opened here: closing a descriptor would
// drop the POSIX locks of any other connection of this process.
// Source: https://www.sqlite.org/howtocorrupt.html section 2.2
Status create_private(const Path& path) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system call's signature.
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd.valid() && errno != EEXIST) {
        return tl::unexpected<Error>(
            errno_error(fmt::format("create database {}", path.native()), errno));
    }
    return {};
}

}  // namespace

Result<Database> Database::open(const Path& path, Durability durability) {
    MB_TRY_STATUS(create_private(path));
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &handle,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(handle);
    const std::string place = fmt::format("open database {}", path.native());
    if (opened != SQLITE_OK) {
        return with_context(place, fail_sqlite(handle).value());
    }
    sqlite3_busy_timeout(handle, kBusyTimeoutMs);
    auto journal = database.prepare("PRAGMA journal_mode = WAL");
    if (!journal) {
        return with_context(place, journal.error());
    }
    const auto row = journal->step();
    if (!row) {
        return with_context(place, row.error());
    }
    if (const std::string mode = journal->column_text(0); mode != "wal") {
        return fail(Code::Io, fmt::format("{}: wanted WAL mode, got {}", place, mode));
    }
    journal->reset();
    const Status tuned = database.execute(
        durability == Durability::Full ? "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"
                                       : "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    if (!tuned) {
        return with_context(place, tuned.error());
    }
    return database;
}

Result<Database> Database::open_in_memory() {
    sqlite3* handle = nullptr;
    const int opened =
        sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Database database(handle);
    if (opened != SQLITE_OK) {
        return fail_sqlite(handle);
    }
    MB_TRY_STATUS(database.execute("PRAGMA foreign_keys = ON"));
    return database;
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

// close_v2: statements that outlive the database keep the connection until they go.
Database::~Database() {
    sqlite3_close_v2(handle_);
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int prepared = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (prepared != SQLITE_OK) {
        return fail_sqlite(handle_);
    }
    MB_CHECK(statement != nullptr, "an empty SQL text was prepared");
    return Statement(statement);
}

Status Database::execute(std::string_view sql) {
    const std::string text(sql);
    if (sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        return fail_sqlite(handle_);
    }
    return {};
}

Status Database::migrate(std::span<const std::string_view> versions) {
    std::int64_t current = 0;
    {
        MB_TRY(Statement query, prepare("PRAGMA user_version"));
        MB_TRY([[maybe_unused]] const bool row, query.step());
        current = query.column_int(0);
    }
    if (current < 0 || static_cast<std::size_t>(current) > versions.size()) {
        return fail(Code::Corrupt,
                    fmt::format("the database has schema version {}, this program knows {}: it was "
                                "written by a newer one",
                                current, versions.size()));
    }
    for (auto next = static_cast<std::size_t>(current); next < versions.size(); ++next) {
        MB_TRY(Transaction transaction, Transaction::begin(*this));
        MB_TRY_STATUS(execute(versions[next]));
        MB_TRY_STATUS(execute(fmt::format("PRAGMA user_version = {}", next + 1)));
        MB_TRY_STATUS(transaction.commit());
    }
    return {};
}

Result<Transaction> Transaction::begin(Database& database) {
    MB_TRY_STATUS(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
    if (database_ != nullptr) {
        // Fails only when SQLite has rolled back by itself, as after a full disk.
        static_cast<void>(database_->execute("ROLLBACK"));
    }
}

Status Transaction::commit() {
    MB_TRY_STATUS(database_->execute("COMMIT"));
    database_ = nullptr;
    return {};
}

}  // namespace millbeck::base
