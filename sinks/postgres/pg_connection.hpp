// One connection of libpq's, never blocking: every wait ends at a deadline or at an interrupt.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

struct pg_conn;
struct pg_result;

namespace millbeck::sinks {

// Once fired, whoever waits with it stops waiting, now and later. Threads: any.
class PgInterrupt {
  public:
    PgInterrupt();
    void fire();
    [[nodiscard]] int descriptor() const { return event_.get(); }

  private:
    base::UniqueFd event_;
};

// What one statement returned, as text.
class PgRows {
  public:
    explicit PgRows(pg_result* result) : result_(result, &clear) {}
    [[nodiscard]] int size() const;
    [[nodiscard]] int columns() const;
    [[nodiscard]] bool is_null(int row, int column) const;
    [[nodiscard]] std::string text(int row, int column) const;  // "" for NULL

  private:
    static void clear(pg_result* result);
    std::unique_ptr<pg_result, void (*)(pg_result*)> result_;
};

// Threads: one. Errors: Unavailable (no connection, lost, or the server is starting or stopping),
// DeadlineExceeded, Cancelled (interrupt), NoSpace, Invalid (it cannot hold such a value), Io (it
// refused for any other reason). Texts of errors are the server's own first lines, never a
// password.
class PgConnection {
  public:
    struct Terms {
        const std::string& connection;  // as PostgresOptions has it
        const base::Clock& clock;
        const PgInterrupt* interrupt;  // null: none
    };
    static base::Result<std::unique_ptr<PgConnection>> open(const Terms& terms,
                                                            base::Instant deadline);
    // Invalid, without repeating the text: libpq cannot read it.
    static base::Status check(const std::string& connection);

    PgConnection(const PgConnection&) = delete;
    PgConnection& operator=(const PgConnection&) = delete;
    ~PgConnection();

    // Runs one or more statements; the rows of each that has some. After an error nothing that
    // follows it was run; a transaction that was open is rolled back.
    base::Result<std::vector<PgRows>> run(const std::string& sql, base::Instant deadline);

    // ---- the same step by step, for COPY ... FROM STDIN inside of `sql`
    struct Step {
        enum class Kind { Rows, Done, CopyIn, End } kind = Kind::End;
        std::optional<PgRows> rows{};
    };
    base::Status send(const std::string& sql, base::Instant deadline);
    base::Result<Step> next(base::Instant deadline);
    base::Status copy(std::string_view data, base::Instant deadline);
    base::Status end_copy(base::Instant deadline);
    // The COPY fails at the server, and with it what follows; ends with a rollback.
    base::Status abandon_copy(base::Instant deadline);

    // SQLSTATE of the newest error of the server's, "" when it was none of its.
    [[nodiscard]] const std::string& sqlstate() const { return sqlstate_; }
    // Connected, and between transactions.
    [[nodiscard]] bool is_usable() const;

  private:
    PgConnection(const Terms& terms, pg_conn* handle);
    base::Status finish_connecting(base::Instant deadline);
    base::Status wait(short events, base::Instant deadline);
    base::Status flush(base::Instant deadline);
    base::Result<pg_result*> result(base::Instant deadline);
    base::Error lost();
    base::Error refused(const pg_result* result);
    base::Status roll_back(base::Instant deadline);
    void cancel_at_server();

    const std::string connection_;
    const base::Clock& clock_;
    const PgInterrupt* interrupt_;
    pg_conn* handle_;
    bool is_broken_ = false;
    std::string sqlstate_;
};

}  // namespace millbeck::sinks
