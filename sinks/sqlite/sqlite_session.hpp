// One connection to the file of an SQLite copy, and what several of them share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"
#include "sinks/sql/session.hpp"
#include "sinks/sqlite/sqlite_options.hpp"

namespace millbeck::sinks {

// What the sessions of one sink share. SQLite has one writer: they take turns.
class SqliteShared {
  public:
    SqliteShared(SqliteOptions settings, sql::TableNames tables, std::string sink,
                 const base::Clock& clock)
        : options(std::move(settings)),
          names(std::move(tables)),
          sink_name(std::move(sink)),
          clock_(clock) {}

    const SqliteOptions options;
    const sql::TableNames names;
    const std::string sink_name;
    // Held while a session opens the file: of two that turn a new file to WAL mode at once, SQLite
    // refuses one without waiting.
    base::Mutex opening{};

    [[nodiscard]] std::int64_t now_ms() const { return base::to_millis(clock_.wall()); }

    // DeadlineExceeded, Cancelled. Each success is followed by one end_turn().
    base::Status take_turn(base::Instant deadline);
    void end_turn();
    // Cancelled, DeadlineExceeded: asked now and then while something works.
    [[nodiscard]] base::Status go_on(base::Instant deadline) const;
    void cut();

  private:
    const base::Clock& clock_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    bool taken_ MB_GUARDED_BY(mutex_) = false;
    std::atomic<bool> cut_{false};
};

class SqliteSession final : public sql::Session {
  public:
    SqliteSession(SqliteShared& shared, base::Database database, dev_t device, ino_t inode);
    SqliteSession(const SqliteSession&) = delete;
    SqliteSession& operator=(const SqliteSession&) = delete;
    ~SqliteSession() override;

    // `shared` outlives the session.
    static base::Result<std::unique_ptr<sql::Session>> open(SqliteShared& shared);

    base::Result<sql::TargetState> load(base::Instant deadline) override;
    base::Status create(const sql::Shape& shape, base::Instant deadline) override;
    base::Status add(const std::vector<sql::Column>& columns, base::Instant deadline) override;
    base::Result<sql::Written> write(const sql::Writing& writing, base::Instant deadline) override;
    base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                     base::Instant deadline) override;
    base::Status begin(const std::string& generation, const sql::Shape* shape,
                       base::Instant deadline) override;
    base::Status scan(const sql::Shape& shape, const Visit& visit, base::Instant deadline) override;
    base::Status remove(const sql::Shape& shape, const std::vector<sql::KeyValues>& keys,
                        base::Instant deadline) override;
    // False once the file at the path is another one, or none.
    [[nodiscard]] bool is_usable() const override;

  private:
    struct Prepared;

    // Runs `work` in a transaction of its own, alone among the sink's sessions.
    base::Status change(base::Instant deadline, const std::function<base::Status()>& work);
    base::Result<bool> has_table(const std::string& name);
    base::Result<std::shared_ptr<const sql::Shape>> read_shape();
    // Reads generation and `was_made`.
    base::Status read_mark(sql::TargetState& state);
    base::Status make_side_tables(const sql::Shape* shape);
    base::Status check_owner();
    base::Status prepare(const sql::Shape& shape);
    base::Status write_all(const sql::Writing& writing, base::Instant deadline);
    base::Result<bool> differs_from(const sql::Shape& shape);
    base::Status write_rows(const sql::Writing& writing, base::Instant deadline);
    base::Status write_removal(const sql::PlacedRow& row);
    base::Status prune(std::int64_t before_ms);
    base::Status write_history(const sql::Writing& writing);
    base::Status write_position(const std::string& generation, const std::string& shard,
                                const std::string& position);

    SqliteShared& shared_;
    base::Database database_;
    const dev_t device_;
    const ino_t inode_;
    std::unique_ptr<Prepared> prepared_;  // for the shape written last
};

}  // namespace millbeck::sinks
