// Every contract of sinks, on a copy in an SQLite file.
#include <optional>

#include "tests/sinks/copy_contract.hpp"
#include "tests/sinks/position_contract.hpp"
#include "tests/sinks/sink_contract.hpp"
#include "tests/sinks/sql/sql_contract.hpp"
#include "tests/sinks/sqlite/sqlite_harness.hpp"

namespace millbeck::sinks {
namespace {

class SqliteSinkTarget final : public SinkTarget {
  public:
    std::unique_ptr<Sink> open_working() override { return folder_.open_plain(); }
    std::unique_ptr<Sink> open_refusing() override {
        SqliteOptions options;
        options.path = folder_.folder();  // which is no file
        return std::move(folder_.open(options).value());
    }
    // Another program holds the file's lock for ever.
    std::unique_ptr<Sink> open_hanging() override {
        SqliteOptions options;
        options.path = folder_.folder() / "held.sqlite";
        holder_.emplace(base::Database::open(options.path, base::Durability::Full).value());
        lock_.emplace(base::Transaction::begin(*holder_).value());
        return std::move(folder_.open(options).value());
    }
    std::vector<std::string> durable_ids() override {
        const auto found = folder_.query("SELECT name FROM sqlite_master WHERE name = 'orders'");
        return found.empty() ? found : folder_.query("SELECT id FROM orders ORDER BY _sequence");
    }

  private:
    SqliteFolder folder_;
    std::optional<base::Database> holder_;
    std::optional<base::Transaction> lock_;
};

class SqliteKeeper final : public KeeperTarget {
  public:
    std::unique_ptr<Sink> open() override { return folder_.open_plain(); }
    bool lose_everything() override {
        folder_.lose_everything();
        return true;
    }
    std::size_t visible() override {
        const auto found = folder_.query("SELECT name FROM sqlite_master WHERE name = 'orders'");
        return found.empty() ? 0 : folder_.query("SELECT id FROM orders").size();
    }

  private:
    SqliteFolder folder_;
};

template <sql::Columns columns>
class SqliteCopy final : public CopyTarget {
  public:
    std::unique_ptr<Sink> open() override {
        SqliteOptions options;
        options.columns = columns;
        return std::move(folder_.open(options).value());
    }

  private:
    SqliteFolder folder_;
};

class SqliteDatabase final : public SqlTarget {
  public:
    base::Result<std::unique_ptr<Sink>> open(const sql::TableOptions& options,
                                             const std::string& sink) override {
        SqliteOptions mine;
        static_cast<sql::TableOptions&>(mine) = options;
        return folder_.open(std::move(mine), sink);
    }
    std::vector<std::string> query(const std::string& sql) override { return folder_.query(sql); }

  private:
    SqliteFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, SinkContract, testing::Values(&make_target<SqliteSinkTarget>));
INSTANTIATE_TEST_SUITE_P(Sqlite, PositionContract, testing::Values(&make_keeper<SqliteKeeper>));
INSTANTIATE_TEST_SUITE_P(SqliteTyped, CopyContract,
                         testing::Values(&make_copy<SqliteCopy<sql::Columns::Typed>>));
INSTANTIATE_TEST_SUITE_P(SqliteJson, CopyContract,
                         testing::Values(&make_copy<SqliteCopy<sql::Columns::Json>>));
INSTANTIATE_TEST_SUITE_P(Sqlite, SqlContract, testing::Values(&make_database<SqliteDatabase>));

}  // namespace
}  // namespace millbeck::sinks
