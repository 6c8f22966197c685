#include "sinks/postgres/pg_connection.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>

namespace millbeck::sinks {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using base::Status;

namespace {

// For asking a server, on a second connection, to end what nobody waits for any more.
constexpr base::Milliseconds kCancelPatience{500};

std::string first_line(const char* text) {
    std::string line(text == nullptr ? "" : text);
    return line.substr(0, line.find('\n'));
}

// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
Code code_of(std::string_view sqlstate) {
    if (sqlstate == "53100") {  // disk_full
        return Code::NoSpace;
    }
    if (sqlstate == "57014") {  // query_canceled: statement_timeout, which is our deadline
        return Code::DeadlineExceeded;
    }
    static constexpr std::array kComeAgain = {"08", "40", "53", "55", "57"};
    for (const std::string_view group : kComeAgain) {
        if (sqlstate.starts_with(group)) {
            return Code::Unavailable;
        }
    }
    return sqlstate.starts_with("22") || sqlstate.starts_with("54") ? Code::Invalid : Code::Io;
}

}  // namespace

PgInterrupt::PgInterrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    MB_CHECK(event_.valid(), "no eventfd for an interrupt");
}

void PgInterrupt::fire() {
    const std::uint64_t one = 1;
    // Fails only when it has been fired 2^64 times.
    static_cast<void>(!::write(event_.get(), &one, sizeof one));
}

void PgRows::clear(pg_result* result) {
    PQclear(result);
}
int PgRows::size() const {
    return PQntuples(result_.get());
}
int PgRows::columns() const {
    return PQnfields(result_.get());
}
bool PgRows::is_null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
}
std::string PgRows::text(int row, int column) const {
    return {PQgetvalue(result_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

PgConnection::PgConnection(const Terms& terms, pg_conn* handle)
    : connection_(terms.connection),
      clock_(terms.clock),
      interrupt_(terms.interrupt),
      handle_(handle) {}

PgConnection::~PgConnection() {
    PQfinish(handle_);
}

Status PgConnection::check(const std::string& connection) {
    char* words = nullptr;
    PQconninfoOption* parsed = PQconninfoParse(connection.c_str(), &words);
    PQfreemem(words);  // may repeat the text, and with it a password
    if (parsed == nullptr) {
        return fail(Code::Invalid,
                    "the connection is no PostgreSQL URI (postgresql://user@host/database) and no "
                    "list of key=value words");
    }
    PQconninfoFree(parsed);
    return {};
}

Result<std::unique_ptr<PgConnection>> PgConnection::open(const Terms& terms,
                                                         base::Instant deadline) {
    const std::array names = {"dbname", "client_encoding", "fallback_application_name",
                              static_cast<const char*>(nullptr)};
    const std::array values = {terms.connection.c_str(), "UTF8", "millbeck",
                               static_cast<const char*>(nullptr)};
    pg_conn* handle = PQconnectStartParams(names.data(), values.data(), 1);
    MB_CHECK(handle != nullptr, "libpq found no memory");
    std::unique_ptr<PgConnection> connection(new PgConnection(terms, handle));
    MB_TRY_STATUS(connection->finish_connecting(deadline));
    // Plans of batches must not depend on how the server is tuned for reports.
    MB_TRY([[maybe_unused]] const auto tuned,
           connection->run("SET jit = off; SET client_min_messages = error; "
                           "SET bytea_output = hex; SET standard_conforming_strings = on; "
                           "SET extra_float_digits = 1",
                           deadline));
    return connection;
}

Status PgConnection::finish_connecting(base::Instant deadline) {
    PQsetNoticeProcessor(
        handle_, [](void*, const char*) {}, nullptr);
    for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
        if (PQstatus(handle_) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) {
            return tl::unexpected<Error>(lost());
        }
        MB_TRY_STATUS(wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline));
        state = PQconnectPoll(handle_);
    }
    if (PQsetnonblocking(handle_, 1) != 0) {
        return tl::unexpected<Error>(lost());
    }
    return {};
}

// Ready, or an error that leaves the connection broken: nobody knows what the server does with what
// it has been sent.
Status PgConnection::wait(short events, base::Instant deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<base::Milliseconds>(deadline - clock_.instant());
        if (left.count() <= 0) {
            is_broken_ = true;
            return fail(Code::DeadlineExceeded, "postgres did not answer before the deadline");
        }
        std::array<pollfd, 2> looked{
            {{PQsocket(handle_), events, 0},
             {interrupt_ == nullptr ? -1 : interrupt_->descriptor(), POLLIN, 0}}};
        constexpr std::int64_t kLongestMs = 60'000;
        ::poll(looked.data(), looked.size(),
               static_cast<int>(std::min<std::int64_t>(left.count(), kLongestMs)));
        if (looked[1].revents != 0) {
            if (PQtransactionStatus(handle_) == PQTRANS_ACTIVE) {
                cancel_at_server();
            }
            is_broken_ = true;
            return fail(Code::Cancelled, "the sink has been stopped");
        }
        if (looked[0].revents != 0) {
            return {};
        }
    }
}

// Not PQcancel: it waits without a limit for a server that hangs.
void PgConnection::cancel_at_server() {
    const base::Instant deadline = clock_.instant() + kCancelPatience;
    const auto second =
        open({.connection = connection_, .clock = clock_, .interrupt = nullptr}, deadline);
    if (second) {
        static_cast<void>((*second)->run(
            fmt::format("SELECT pg_cancel_backend({})", PQbackendPID(handle_)), deadline));
    }
}

Status PgConnection::flush(base::Instant deadline) {
    for (;;) {
        const int left = PQflush(handle_);
        if (left < 0) {
            return tl::unexpected<Error>(lost());
        }
        if (left == 0) {
            return {};
        }
        MB_TRY_STATUS(wait(POLLIN | POLLOUT, deadline));
        // A server that waits for us to read does not read itself.
        if (PQconsumeInput(handle_) == 0) {
            return tl::unexpected<Error>(lost());
        }
    }
}

Status PgConnection::send(const std::string& sql, base::Instant deadline) {
    sqlstate_.clear();
    if (PQsendQuery(handle_, sql.c_str()) == 0) {
        return tl::unexpected<Error>(lost());
    }
    return flush(deadline);
}

Result<pg_result*> PgConnection::result(base::Instant deadline) {
    while (PQisBusy(handle_) != 0) {
        MB_TRY_STATUS(wait(POLLIN, deadline));
        if (PQconsumeInput(handle_) == 0) {
            return tl::unexpected<Error>(lost());
        }
    }
    return PQgetResult(handle_);
}

Result<PgConnection::Step> PgConnection::next(base::Instant deadline) {
    MB_TRY(pg_result* const found, result(deadline));
    Step step;
    if (found == nullptr) {
        return step;
    }
    PgRows rows(found);
    switch (PQresultStatus(found)) {
        case PGRES_TUPLES_OK:
            step.kind = Step::Kind::Rows;
            step.rows.emplace(std::move(rows));
            return step;
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY:
            step.kind = Step::Kind::Done;
            return step;
        case PGRES_COPY_IN:
            step.kind = Step::Kind::CopyIn;
            return step;
        default:
            break;
    }
    Error error = refused(found);
    if (Status undone = roll_back(deadline); !undone) {
        is_broken_ = true;
    }
    return tl::unexpected<Error>(std::move(error));
}

Result<std::vector<PgRows>> PgConnection::run(const std::string& sql, base::Instant deadline) {
    MB_TRY_STATUS(send(sql, deadline));
    std::vector<PgRows> all;
    for (;;) {
        MB_TRY(Step step, next(deadline));
        if (step.kind == Step::Kind::End) {
            return all;
        }
        MB_CHECK(step.kind != Step::Kind::CopyIn, "a COPY was run as a plain statement");
        if (step.rows) {
            all.push_back(std::move(*step.rows));
        }
    }
}

Status PgConnection::copy(std::string_view data, base::Instant deadline) {
    while (!data.empty()) {
        constexpr std::size_t kPieceBytes = 256u << 10;
        const std::string_view piece = data.substr(0, kPieceBytes);
        const int put = PQputCopyData(handle_, piece.data(), static_cast<int>(piece.size()));
        if (put < 0) {
            return tl::unexpected<Error>(lost());
        }
        MB_TRY_STATUS(flush(deadline));
        data.remove_prefix(put == 1 ? piece.size() : 0);
    }
    return {};
}

Status PgConnection::end_copy(base::Instant deadline) {
    for (;;) {
        const int put = PQputCopyEnd(handle_, nullptr);
        if (put < 0) {
            return tl::unexpected<Error>(lost());
        }
        MB_TRY_STATUS(flush(deadline));
        if (put == 1) {
            return {};
        }
    }
}

Status PgConnection::abandon_copy(base::Instant deadline) {
    if (PQputCopyEnd(handle_, "abandoned") != 1) {
        is_broken_ = true;
        return {};
    }
    MB_TRY_STATUS(flush(deadline));
    static_cast<void>(next(deadline));  // the failure that was asked for, and its rollback
    return {};
}

// Reads what is left of the failed statements, then ends their transaction.
Status PgConnection::roll_back(base::Instant deadline) {
    for (;;) {
        MB_TRY(pg_result* const rest, result(deadline));
        if (rest == nullptr) {
            break;
        }
        PQclear(rest);
    }
    if (PQtransactionStatus(handle_) == PQTRANS_IDLE) {
        return {};
    }
    if (PQsendQuery(handle_, "ROLLBACK") == 0) {
        return tl::unexpected<Error>(lost());
    }
    MB_TRY_STATUS(flush(deadline));
    for (;;) {
        MB_TRY(pg_result* const rest, result(deadline));
        if (rest == nullptr) {
            return {};
        }
        PQclear(rest);
    }
}

Error PgConnection::lost() {
    is_broken_ = true;
    return {Code::Unavailable, fmt::format("postgres: {}", first_line(PQerrorMessage(handle_)))};
}

Error PgConnection::refused(const pg_result* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sqlstate_ = state == nullptr ? "" : state;
    if (sqlstate_.empty()) {
        return lost();
    }
    return {
        code_of(sqlstate_),
        fmt::format("postgres: {} (SQLSTATE {})",
                    first_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)), sqlstate_)};
}

bool PgConnection::is_usable() const {
    return !is_broken_ && PQstatus(handle_) == CONNECTION_OK &&
           PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

}  // namespace millbeck::sinks
