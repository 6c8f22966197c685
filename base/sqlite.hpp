// SQLite in RAII: a database, its statements, its transactions. Small and transactional things
// only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace millbeck::base {

// What a commit waits for. Full: synced to disk. Normal: survives the death of the process, a power
// cut may lose the newest commits (never the order of them).
enum class Durability { Full, Normal };

// What a value is stored as, whatever its column was declared for.
// Source: https://www.sqlite.org/datatype3.html section 2
enum class Storage { Null, Integer, Real, Text, Blob };

// A prepared statement. Bind from 1, columns from 0, both as in SQLite.
// A wrong index, or a bind in the middle of the rows, is our bug and aborts.
// Threads: the database's one thread.
class Statement {
  public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&& other) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);        // copied
    Statement& bind_blob(int index, std::string_view bytes);  // copied
    Statement& bind_real(int index, double value);            // not a NaN
    Statement& bind_null(int index);

    // True: a row is ready. False: done. Resets itself when done or failed.
    Result<bool> step();

    // Steps to the end, ignoring rows, and resets. For INSERT, UPDATE, DELETE.
    Status run();

    // Back to the start, bindings cleared (so does the end of step()); for a statement left in the
    // middle of its rows.
    void reset();

    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::int64_t column_int(int index) const;
    [[nodiscard]] double column_real(int index) const;
    [[nodiscard]] std::string column_text(int index) const;  // also for blobs
    [[nodiscard]] bool column_is_null(int index) const;
    // Requires: asked before the column is read as anything else, which may convert it.
    [[nodiscard]] Storage column_storage(int index) const;

  private:
    friend class Database;
    explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
    sqlite3_stmt* handle_ = nullptr;
};

// One connection, in WAL mode, busy timeout 5 s, foreign keys on, file mode 0600.
// Threads: one at a time (the owner's lock or strand).
// Errors:  NoSpace (SQLITE_FULL), Corrupt (SQLITE_CORRUPT, NOTADB), Unavailable (another connection
//          held it for longer than the busy timeout), InUse (a UNIQUE or PRIMARY KEY exists
//          already), Invalid (any other constraint), Internal (wrong SQL), Io.
class Database {
  public:
    static Result<Database> open(const Path& path, Durability durability);
    static Result<Database> open_in_memory();

    Database(Database&& other) noexcept;
    Database& operator=(Database&& other) noexcept;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    Result<Statement> prepare(std::string_view sql);

    // Runs one or more statements without results: schema, pragmas.
    Status execute(std::string_view sql);

    // Brings the schema to `versions.size()`: runs versions[i] for each i not yet run, each in a
    // transaction, remembering the number in PRAGMA user_version. A newer file is refused
    // (Corrupt).
    Status migrate(std::span<const std::string_view> versions);

  private:
    explicit Database(sqlite3* handle) : handle_(handle) {}
    sqlite3* handle_ = nullptr;
};

// BEGIN IMMEDIATE; rolls back unless commit() succeeded. The database must not move meanwhile.
class Transaction {
  public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    Status commit();

  private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace millbeck::base
