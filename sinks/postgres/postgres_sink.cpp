#include "sinks/postgres/postgres_sink.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/pg_connection.hpp"
#include "sinks/postgres/pg_values.hpp"
#include "sinks/postgres/postgres_session.hpp"
#include "sinks/sql/sql_sink.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::fail;
using namespace std::chrono_literals;

constexpr unsigned kConnectionsMax = 64;

class PostgresBackend final : public sql::Backend {
  public:
    PostgresBackend(PostgresOptions options, sql::TableNames names, const SinkContext& context)
        : shared_{std::move(options), std::move(names), context.name, context.clock, {}} {}

    [[nodiscard]] const sql::Dialect& dialect() const override { return postgres_dialect(); }
    // One more, so that reading the copy back stops no delivery.
    [[nodiscard]] unsigned sessions_max() const override { return shared_.options.connections + 1; }

    base::Result<std::unique_ptr<sql::Session>> connect(base::Instant deadline) override {
        const base::Instant patience = shared_.clock.instant() + shared_.options.connect_timeout;
        auto opened = PgConnection::open({.connection = shared_.options.connection,
                                          .clock = shared_.clock,
                                          .interrupt = &shared_.interrupt},
                                         std::min(deadline, patience));
        if (!opened && opened.error().code == Code::DeadlineExceeded && patience < deadline) {
            return fail(Code::Unavailable, "postgres did not answer within connect_timeout");
        }
        MB_TRY(std::unique_ptr<PgConnection> connection, std::move(opened));
        return std::unique_ptr<sql::Session>(
            std::make_unique<PostgresSession>(shared_, std::move(connection)));
    }
    void cut() override { shared_.interrupt.fire(); }

  private:
    PostgresShared shared_;
};

}  // namespace

base::Status check_postgres_connection(const std::string& connection) {
    return connection.empty()
               ? base::Status(fail(Code::Invalid, "a PostgreSQL copy needs a connection"))
               : PgConnection::check(connection);
}

base::Result<std::unique_ptr<Sink>> open_postgres(PostgresOptions options,
                                                  const SinkContext& context) {
    MB_TRY_STATUS(check_postgres_connection(options.connection));
    if (options.connections < 1 || options.connections > kConnectionsMax) {
        return fail(Code::Invalid, fmt::format("connections must be 1 to {}", kConnectionsMax));
    }
    if (options.connect_timeout < 100ms || options.connect_timeout > 10min) {
        return fail(Code::Invalid, "connect_timeout must be 100ms to 10m");
    }
    MB_TRY(sql::TableNames names, sql::check_options(options, context.name, context.table));
    sql::TableOptions table = static_cast<const sql::TableOptions&>(options);
    const unsigned concurrency = options.connections;
    auto backend = std::make_unique<PostgresBackend>(std::move(options), std::move(names), context);
    return std::unique_ptr<Sink>(
        std::make_unique<sql::SqlSink>(std::move(table), std::move(backend), concurrency, context));
}

}  // namespace millbeck::sinks
