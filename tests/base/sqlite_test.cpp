#include "base/sqlite.hpp"

#include <array>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::base {
namespace {

using tests::TempFolder;

class SqliteTest : public testing::Test {
  protected:
    Database open(Durability durability = Durability::Full) {
        return Database::open(path_, durability).value();
    }

    static std::int64_t number(Database& database, std::string_view sql) {
        Statement query = database.prepare(sql).value();
        EXPECT_TRUE(query.step().value());
        return query.column_int(0);
    }

    TempFolder folder_;
    Path path_ = folder_.path() / "test.sqlite";
};

TEST_F(SqliteTest, BindsAndReadsEveryType) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d TEXT)"));
    const std::string bytes("\0\xff", 2);
    Statement insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)").value();
    insert.bind(1, std::int64_t{-5}).bind(2, "text").bind_blob(3, bytes).bind_null(4);
    ASSERT_TRUE(insert.run());
    insert.bind(2, std::string_view());
    ASSERT_TRUE(insert.run());

    Statement query = database.prepare("SELECT a, b, c, d FROM t ORDER BY rowid").value();
    ASSERT_TRUE(query.step().value());
    EXPECT_EQ(query.column_int(0), -5);
    EXPECT_EQ(query.column_text(1), "text");
    EXPECT_EQ(query.column_text(2), bytes);
    EXPECT_TRUE(query.column_is_null(3));
    ASSERT_TRUE(query.step().value());
    EXPECT_TRUE(query.column_is_null(0)) << "bindings of the row before do not leak";
    EXPECT_FALSE(query.column_is_null(1)) << "an empty text is not NULL";
    EXPECT_FALSE(query.step().value());
}

// If it fails, a number that a double cannot hold is read back as another.
TEST_F(SqliteTest, TellsWhatAValueIsStoredAs) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a)"));
    Statement insert = database.prepare("INSERT INTO t VALUES (?)").value();
    insert.bind(1, std::int64_t{7});
    ASSERT_TRUE(insert.run());
    insert.bind_real(1, 0.25);
    ASSERT_TRUE(insert.run());
    insert.bind(1, "12345678901234567890123456789");
    ASSERT_TRUE(insert.run());
    insert.bind_blob(1, "x");
    ASSERT_TRUE(insert.run());
    insert.bind_null(1);
    ASSERT_TRUE(insert.run());
    Statement query = database.prepare("SELECT a FROM t ORDER BY rowid").value();
    for (const Storage expected :
         {Storage::Integer, Storage::Real, Storage::Text, Storage::Blob, Storage::Null}) {
        ASSERT_TRUE(query.step().value());
        EXPECT_EQ(query.column_storage(0), expected);
        if (expected == Storage::Real) {
            EXPECT_EQ(query.column_real(0), 0.25);
        }
    }
}

// If it fails, a checkpoint half written is read back as whole.
TEST_F(SqliteTest, ATransactionCountsOnlyWhenCommitted) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a)"));
    {
        Transaction dropped = Transaction::begin(database).value();
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1)"));
    }
    EXPECT_EQ(number(database, "SELECT count(*) FROM t"), 0);
    {
        Transaction kept = Transaction::begin(database).value();
        ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1)"));
        ASSERT_TRUE(kept.commit());
    }
    EXPECT_EQ(number(database, "SELECT count(*) FROM t"), 1);
}

TEST_F(SqliteTest, MigratesOnceAndKeepsWhatWorked) {
    const std::array<std::string_view, 2> versions = {
        "CREATE TABLE a (x)", "CREATE TABLE b (x); INSERT INTO b VALUES (1)"};
    {
        Database database = open();
        ASSERT_TRUE(database.migrate(std::span(versions).first(1)));
    }
    Database database = open();
    ASSERT_TRUE(database.migrate(versions));
    ASSERT_TRUE(database.migrate(versions));
    EXPECT_EQ(number(database, "SELECT count(*) FROM b"), 1);

    const std::array<std::string_view, 3> broken = {versions[0], versions[1],
                                                    "CREATE TABLE c (x); CREATE TABLE a (x)"};
    EXPECT_EQ(database.migrate(broken).error().code, Code::Internal);
    EXPECT_EQ(number(database, "PRAGMA user_version"), 2);
    EXPECT_EQ(number(database, "SELECT count(*) FROM sqlite_master WHERE name = 'c'"), 0);
}

// If it fails, an older program misreads and then damages a newer one's file.
TEST_F(SqliteTest, RefusesTheFileOfANewerProgram) {
    Database database = open();
    ASSERT_TRUE(database.execute("PRAGMA user_version = 7"));
    const std::array<std::string_view, 1> versions = {"CREATE TABLE a (x)"};
    EXPECT_EQ(database.migrate(versions).error().code, Code::Corrupt);
}

// If it fails, a full disk is reported as a bug, and what fitted before is lost.
TEST_F(SqliteTest, AFullDiskIsNoSpaceAndTheDatabaseGoesOn) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a); PRAGMA max_page_count = 10"));
    Statement insert = database.prepare("INSERT INTO t VALUES (?)").value();
    {
        Transaction transaction = Transaction::begin(database).value();
        Status status;
        for (int i = 0; i < 100 && status; ++i) {
            status = insert.bind(1, std::string(1000, 'x')).run();
        }
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Code::NoSpace);
    }
    EXPECT_EQ(number(database, "SELECT count(*) FROM t"), 0);
    EXPECT_TRUE(insert.bind(1, "small").run());
}

TEST_F(SqliteTest, ErrorsSayWhatTheCallerCanDo) {
    Database database = open();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a PRIMARY KEY, b CHECK (b > 0))"));
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES (1, 1)"));
    EXPECT_EQ(database.execute("INSERT INTO t VALUES (1, 1)").error().code, Code::InUse);
    EXPECT_EQ(database.execute("INSERT INTO t VALUES (2, 0)").error().code, Code::Invalid);
    EXPECT_EQ(database.execute("SELEC").error().code, Code::Internal);
    EXPECT_EQ(database.prepare("SELECT * FROM nowhere").error().code, Code::Internal);
    EXPECT_EQ(Database::open(folder_.path() / "no" / "f", Durability::Full).error().code,
              Code::NotFound);
    const auto files = system_files();
    ASSERT_TRUE(write_atomically(*files, folder_.path() / "junk", std::string(4096, 'j')));
    EXPECT_EQ(Database::open(folder_.path() / "junk", Durability::Full).error().code,
              Code::Corrupt);
}

TEST_F(SqliteTest, OpensInWalModeAsDurableAsAskedAndPrivate) {
    const mode_t old_mask = ::umask(0);
    {
        Database full = open(Durability::Full);
        ASSERT_TRUE(full.execute("CREATE TABLE t (a)"));
        EXPECT_EQ(number(full, "PRAGMA synchronous"), 2);
        EXPECT_EQ(number(full, "PRAGMA foreign_keys"), 1);
        EXPECT_EQ(number(full, "PRAGMA busy_timeout"), 5000);
        for (const char* suffix : {"", "-wal", "-shm"}) {
            struct stat status {};
            ASSERT_EQ(::stat((path_.native() + suffix).c_str(), &status), 0);
            EXPECT_EQ(status.st_mode & 0777u, 0600u) << suffix;
        }
    }
    ::umask(old_mask);
    Database normal = open(Durability::Normal);
    EXPECT_EQ(number(normal, "PRAGMA synchronous"), 1);
    EXPECT_TRUE(Database::open_in_memory().value().execute("CREATE TABLE t (a)"));
}

TEST_F(SqliteTest, AStatementMayOutliveItsDatabase) {
    auto database = std::make_unique<Database>(open());
    Statement query = database->prepare("SELECT 7").value();
    database.reset();
    ASSERT_TRUE(query.step().value());
    EXPECT_EQ(query.column_int(0), 7);
}

}  // namespace
}  // namespace millbeck::base
