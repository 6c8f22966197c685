#include "runtime/config/postgres_settings.hpp"

#include "runtime/config/sql_settings.hpp"
#include "sinks/postgres/postgres_sink.hpp"

namespace millbeck::runtime {

using sinks::PostgresOptions;
using namespace std::chrono_literals;

namespace {

base::Status set_connection(PostgresOptions& options, const Value& value) {
    MB_TRY(options.connection, text_of(value, "a connection"));
    return sinks::check_postgres_connection(options.connection);
}

}  // namespace

const std::vector<Setting<PostgresOptions>>& postgres_settings() {
    static const std::vector<Setting<PostgresOptions>> settings = [] {
        std::vector<Setting<PostgresOptions>> rows{
            required(special_setting<PostgresOptions>(
                "connection", "URI or key=value words", "",
                "postgresql://user@host:5432/database?sslmode=verify-full, or libpq's words; what "
                "it leaves out comes from PG* variables and ~/.pgpass.",
                set_connection)),
            number_setting<PostgresOptions>(
                "connections", [](PostgresOptions & o) -> auto& { return o.connections; }, 1, 64,
                false, "Batches written at once."),
            duration_setting<PostgresOptions>(
                "connect_timeout", [](PostgresOptions & o) -> auto& { return o.connect_timeout; },
                100ms, 10min, "How long to wait for a connection at most."),
        };
        append_sql_settings(rows);
        return rows;
    }();
    return settings;
}

base::Result<PostgresOptions> postgres_from_text(const std::string& text) {
    PostgresOptions options;
    MB_TRY_STATUS(set_connection(options, Value::of(text)));
    return options;
}

}  // namespace millbeck::runtime
