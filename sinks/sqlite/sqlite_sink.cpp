#include "sinks/sqlite/sqlite_sink.hpp"

#include <utility>

#include "sinks/sql/sql_sink.hpp"
#include "sinks/sqlite/sqlite_session.hpp"
#include "sinks/sqlite/sqlite_values.hpp"

namespace millbeck::sinks {
namespace {

// Shards that read their JSON while one of them writes.
constexpr unsigned kConcurrency = 4;

class SqliteBackend final : public sql::Backend {
  public:
    SqliteBackend(SqliteOptions options, sql::TableNames names, const SinkContext& context)
        : shared_(std::move(options), std::move(names), context.name, context.clock) {}

    [[nodiscard]] const sql::Dialect& dialect() const override { return sqlite_dialect(); }
    // One writes, one waits for its turn, one may read the copy back.
    [[nodiscard]] unsigned sessions_max() const override { return 3; }
    base::Result<std::unique_ptr<sql::Session>> connect(base::Instant deadline) override {
        MB_TRY_STATUS(shared_.go_on(deadline));
        return SqliteSession::open(shared_);
    }
    void cut() override { shared_.cut(); }

  private:
    SqliteShared shared_;
};

}  // namespace

base::Result<std::unique_ptr<Sink>> open_sqlite(SqliteOptions options, const SinkContext& context) {
    if (options.path.empty()) {
        return base::fail(base::Code::Invalid, "an SQLite copy needs the path of its file");
    }
    MB_TRY(sql::TableNames names, sql::check_options(options, context.name, context.table));
    sql::TableOptions table = static_cast<const sql::TableOptions&>(options);
    auto backend = std::make_unique<SqliteBackend>(std::move(options), std::move(names), context);
    return std::unique_ptr<Sink>(std::make_unique<sql::SqlSink>(
        std::move(table), std::move(backend), kConcurrency, context));
}

}  // namespace millbeck::sinks
