// Every contract of sinks, on a copy in a PostgreSQL server.
#include <optional>

#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/position_contract.hpp"
#include "tests/sinks/postgres/postgres_harness.hpp"
#include "tests/sinks/sink_contract.hpp"
#include "tests/sinks/sql/sql_contract.hpp"

namespace millbeck::sinks {
namespace {

class PostgresTarget final : public SinkTarget {
  public:
    ~PostgresTarget() override { schema_.query("DROP ROLE IF EXISTS millbeck_reader"); }
    std::unique_ptr<Sink> open_working() override { return schema_.open_plain(); }
    // Somebody who may look and not write.
    std::unique_ptr<Sink> open_refusing() override {
        schema_.query("CREATE ROLE millbeck_reader LOGIN");
        PostgresOptions options;
        options.connection = schema_.connection("millbeck_reader");
        return std::move(schema_.open(options).value());
    }
    // A port that takes connections and says nothing, ever.
    std::unique_ptr<Sink> open_hanging() override {
        sockaddr_in address = tests::target_server_parts::loopback(0);
        socklen_t size = sizeof address;
        silent_ = base::UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's own cast
        EXPECT_EQ(::bind(silent_.get(), generic, size), 0);
        EXPECT_EQ(::listen(silent_.get(), 8), 0);
        EXPECT_EQ(::getsockname(silent_.get(), generic, &size), 0);
        PostgresOptions options;
        options.connection = "host=127.0.0.1 user=postgres dbname=postgres port=" +
                             std::to_string(ntohs(address.sin_port));
        return std::move(schema_.open(options).value());
    }
    std::vector<std::string> durable_ids() override {
        return schema_.has_copy() ? schema_.query("SELECT id FROM orders ORDER BY _sequence")
                                  : std::vector<std::string>{};
    }

  private:
    PostgresSchema schema_;
    base::UniqueFd silent_;
};

// The server accepts, answers, and then waits for a lock that somebody holds.
class LockedTarget final : public SinkTarget {
  public:
    LockedTarget() {
        const auto sink = schema_.open_plain();
        EXPECT_EQ(sink->deliver(make_batch(1'000'000, 1), soon()).kind, Outcome::Kind::Delivered);
        schema_.query("DELETE FROM orders");
    }
    std::unique_ptr<Sink> open_working() override { return schema_.open_plain(); }
    std::unique_ptr<Sink> open_refusing() override {
        schema_.query("ALTER TABLE orders ADD CHECK (length(id) > 100)");
        return schema_.open_plain();
    }
    std::unique_ptr<Sink> open_hanging() override {
        connection_ = schema_.connection();
        holder_ = std::move(
            PgConnection::open({.connection = connection_, .clock = clock_, .interrupt = nullptr},
                               soon())
                .value());
        EXPECT_TRUE(holder_->run("BEGIN; LOCK TABLE orders", soon()));
        return schema_.open_plain();
    }
    std::vector<std::string> durable_ids() override {
        return schema_.query("SELECT id FROM orders ORDER BY _sequence");
    }

  private:
    [[nodiscard]] base::Instant soon() const {
        return clock_.instant() + base::Milliseconds{60'000};
    }
    base::SystemClock clock_;
    PostgresSchema schema_;
    std::string connection_;
    std::unique_ptr<PgConnection> holder_;
};

class PostgresKeeper final : public KeeperTarget {
  public:
    std::unique_ptr<Sink> open() override { return schema_.open_plain(); }
    bool lose_everything() override {
        schema_.lose_everything();
        return true;
    }
    std::size_t visible() override {
        return schema_.has_copy() ? schema_.query("SELECT id FROM orders").size() : 0;
    }

  private:
    PostgresSchema schema_;
};

template <sql::Columns columns>
class PostgresCopy final : public CopyTarget {
  public:
    std::unique_ptr<Sink> open() override {
        PostgresOptions options;
        options.columns = columns;
        return std::move(schema_.open(options).value());
    }

  private:
    PostgresSchema schema_;
};

class PostgresDatabase final : public SqlTarget {
  public:
    base::Result<std::unique_ptr<Sink>> open(const sql::TableOptions& options,
                                             const std::string& sink) override {
        PostgresOptions mine;
        static_cast<sql::TableOptions&>(mine) = options;
        mine.connection = schema_.connection();
        return open_postgres(std::move(mine), {.name = sink,
                                               .table = "orders",
                                               .clock = clock_,
                                               .random = *random_,
                                               .metrics = metrics_,
                                               .files = *files_});
    }
    std::vector<std::string> query(const std::string& sql) override { return schema_.query(sql); }

  private:
    PostgresSchema schema_;
    base::SystemClock clock_;
    base::Metrics metrics_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(7);
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

INSTANTIATE_TEST_SUITE_P(Postgres, SinkContract, testing::Values(&make_target<PostgresTarget>));
INSTANTIATE_TEST_SUITE_P(PostgresLocked, SinkContract, testing::Values(&make_target<LockedTarget>));
INSTANTIATE_TEST_SUITE_P(Postgres, PositionContract, testing::Values(&make_keeper<PostgresKeeper>));
INSTANTIATE_TEST_SUITE_P(PostgresTyped, CopyContract,
                         testing::Values(&make_copy<PostgresCopy<sql::Columns::Typed>>));
INSTANTIATE_TEST_SUITE_P(PostgresJson, CopyContract,
                         testing::Values(&make_copy<PostgresCopy<sql::Columns::Json>>));
INSTANTIATE_TEST_SUITE_P(Postgres, SqlContract, testing::Values(&make_database<PostgresDatabase>));

}  // namespace
}  // namespace millbeck::sinks
