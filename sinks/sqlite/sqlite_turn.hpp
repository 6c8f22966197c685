// A session's turn to write: a transaction that has the file's lock; inside of the sessions.
#pragma once

#include <optional>
#include <utility>

#include "base/sqlite.hpp"
#include "sinks/sqlite/sqlite_session.hpp"

namespace millbeck::sinks {

// Among this sink's sessions first, then among all programs that use the file.
class SqliteTurn {
  public:
    static base::Result<SqliteTurn> take(SqliteShared& shared, base::Database& database,
                                         base::Instant deadline) {
        MB_TRY_STATUS(shared.take_turn(deadline));
        SqliteTurn turn(shared);
        for (;;) {
            MB_TRY_STATUS(shared.go_on(deadline));
            auto begun = base::Transaction::begin(database);
            if (begun) {
                turn.transaction_.emplace(std::move(*begun));
                return turn;
            }
            if (begun.error().code != base::Code::Unavailable) {
                return tl::unexpected<base::Error>(std::move(begun).error());
            }
        }
    }
    SqliteTurn(SqliteTurn&& other) noexcept
        : shared_(std::exchange(other.shared_, nullptr)),
          transaction_(std::move(other.transaction_)) {}
    SqliteTurn(const SqliteTurn&) = delete;
    SqliteTurn& operator=(const SqliteTurn&) = delete;
    SqliteTurn& operator=(SqliteTurn&&) = delete;
    ~SqliteTurn() {
        transaction_.reset();
        if (shared_ != nullptr) {
            shared_->end_turn();
        }
    }
    base::Status commit() { return transaction_->commit(); }

  private:
    explicit SqliteTurn(SqliteShared& shared) : shared_(&shared) {}
    SqliteShared* shared_;
    std::optional<base::Transaction> transaction_;
};

}  // namespace millbeck::sinks
