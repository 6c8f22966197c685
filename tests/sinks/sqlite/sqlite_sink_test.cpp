// What only a copy in an SQLite file does.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sinks/position_keeper.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/sqlite/sqlite_harness.hpp"

namespace millbeck::sinks {
namespace {

class SqliteSinkTest : public testing::Test {
  protected:
    [[nodiscard]] base::Instant soon() const {
        return clock_.instant() + base::Milliseconds{60'000};
    }
    Outcome deliver(Sink& sink, const std::string& id, const std::string& more = "") {
        return sink.deliver(
            batch_of({.messages = {{.id = id,
                                    .key = key_of("a"),
                                    .new_image = R"({"id":{"S":"a"})" + more + "}"}}}),
            soon());
    }

    base::SystemClock clock_;
    SqliteFolder folder_;
};

TEST_F(SqliteSinkTest, NeedsAPath) {
    const auto opened = open_sqlite({}, {.name = "copy",
                                         .table = "orders",
                                         .clock = clock_,
                                         .random = *base::seeded_random(1),
                                         .metrics = *std::make_unique<base::Metrics>(),
                                         .files = *base::system_files()});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::Code::Invalid);
}

// If it fails, other users of the machine read the copy.
TEST_F(SqliteSinkTest, TheFileIsPrivate) {
    const auto sink = folder_.open_plain();
    ASSERT_EQ(deliver(*sink, "1").kind, Outcome::Kind::Delivered);
    struct stat found {};
    ASSERT_EQ(::stat(folder_.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777u, 0600u);
}

// A double would round it: as text it is whole.
TEST_F(SqliteSinkTest, NumbersAreWhatTheyCanBeExactly) {
    const auto sink = folder_.open_plain();
    ASSERT_EQ(deliver(*sink, "1",
                      R"(,"a":{"N":"7"},"b":{"N":"0.5"},"c":{"N":"0.12345678901234567890"},)"
                      R"("d":{"N":"9223372036854775808"})")
                  .kind,
              Outcome::Kind::Delivered);
    EXPECT_EQ(folder_.query("SELECT typeof(a), typeof(b), typeof(c), typeof(d), c, d FROM orders"),
              std::vector<std::string>{
                  "integer|real|text|text|0.12345678901234567890|9223372036854775808"});
}

// SQLite's names ignore case: the second spelling of one has no column.
TEST_F(SqliteSinkTest, NamesThatDifferInCaseOnly) {
    const auto sink = folder_.open_plain();
    ASSERT_EQ(deliver(*sink, "1", R"(,"Name":{"S":"x"},"name":{"S":"y"})").kind,
              Outcome::Kind::Delivered);
    EXPECT_EQ(folder_.query("SELECT name, _extra FROM orders"),
              std::vector<std::string>{R"(x|{"name":"y"})"});
}

TEST_F(SqliteSinkTest, AMissingFolderIsAFailureUntilItIsThere) {
    SqliteOptions options;
    options.path = folder_.folder() / "later" / "copy.sqlite";
    const auto sink = std::move(folder_.open(options).value());
    EXPECT_NE(deliver(*sink, "1").kind, Outcome::Kind::Delivered);
    std::filesystem::create_directory(folder_.folder() / "later");
    EXPECT_EQ(deliver(*sink, "1").kind, Outcome::Kind::Delivered);
}

// If it fails, tombstones grow for ever.
TEST_F(SqliteSinkTest, OldTombstonesGo) {
    SqliteOptions options;
    options.tombstones = base::Milliseconds{0};
    const auto remove = [&](Sink& sink) {
        return sink
            .deliver(batch_of({.messages = {{.id = "5",
                                             .key = key_of("a"),
                                             .new_image = "",
                                             .event = Event::Remove}}}),
                     soon())
            .kind;
    };
    auto sink = std::move(folder_.open(options).value());
    EXPECT_EQ(remove(*sink), Outcome::Kind::Delivered);
    EXPECT_EQ(folder_.query("SELECT count(*) FROM orders_tombstones"),
              std::vector<std::string>{"0"});
    options.tombstones = base::Milliseconds{3'600'000};
    sink = std::move(folder_.open(options).value());
    EXPECT_EQ(remove(*sink), Outcome::Kind::Delivered);
    EXPECT_EQ(folder_.query("SELECT count(*) FROM orders_tombstones"),
              std::vector<std::string>{"1"});
    folder_.query("UPDATE orders_tombstones SET _removed_at = _removed_at - 3600001");
    sink = std::move(folder_.open(options).value());
    EXPECT_EQ(deliver(*sink, "6").kind, Outcome::Kind::Delivered);
    EXPECT_EQ(folder_.query("SELECT count(*) FROM orders_tombstones"),
              std::vector<std::string>{"0"});
}

}  // namespace
}  // namespace millbeck::sinks
