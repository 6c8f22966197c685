// What only a copy in PostgreSQL does.
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "sinks/position_keeper.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/sinks/postgres/postgres_harness.hpp"

namespace millbeck::sinks {
namespace {

class PostgresSinkTest : public testing::Test {
  protected:
    [[nodiscard]] base::Instant in(int milliseconds) const {
        return clock_.instant() + base::Milliseconds{milliseconds};
    }
    base::SystemClock clock_;
    PostgresSchema schema_;
};

TEST_F(PostgresSinkTest, OptionsAreChecked) {
    std::vector<PostgresOptions> bad(4);
    bad[0].connection = "postgresql://me:secret@host:port:port/x?y";
    bad[1].connection = "password=secret nonsense";
    bad[2].connections = 0;
    bad[3].connect_timeout = base::Milliseconds{1};
    for (const PostgresOptions& options : bad) {
        const auto opened = schema_.open(options);
        ASSERT_FALSE(opened) << options.connection;
        EXPECT_EQ(opened.error().code, base::Code::Invalid);
        EXPECT_EQ(opened.error().message.find("secret"), std::string::npos);
    }
}

// If it fails, a password stands in a log.
TEST_F(PostgresSinkTest, AServerThatIsDownHasSeenNothing) {
    PostgresOptions options;
    options.connection = "postgresql://me:secret@127.0.0.1:" + std::to_string(tests::free_port()) +
                         "/nowhere?connect_timeout=5";
    const auto sink = std::move(schema_.open(options).value());
    const Outcome outcome = sink->deliver(make_batch(1, 1), in(10'000));
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_TRUE(base::retryable(outcome.error.code)) << outcome.error.message;
    EXPECT_EQ(outcome.error.message.find("secret"), std::string::npos) << outcome.error.message;
}

// A value that no column takes, by the server's own limits, fails in its words.
TEST_F(PostgresSinkTest, TheServersRefusalIsTold) {
    const auto sink = schema_.open_plain();
    ASSERT_EQ(sink->deliver(make_batch(1, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    schema_.query("ALTER TABLE orders ADD CONSTRAINT never CHECK (seq < 10)");
    const Outcome outcome = sink->deliver(make_batch(10, 1), in(60'000));
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_NE(outcome.error.message.find("23514"), std::string::npos) << outcome.error.message;
    schema_.query("ALTER TABLE orders DROP CONSTRAINT never");
    EXPECT_EQ(sink->deliver(make_batch(10, 1), in(60'000)).kind, Outcome::Kind::Delivered);
}

// If it fails, what was given up at its deadline is committed later, over newer data.
TEST_F(PostgresSinkTest, WhatIsGivenUpEndsAtTheServerToo) {
    const auto sink = schema_.open_plain();
    ASSERT_EQ(sink->deliver(make_batch(1, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    const std::string connection = schema_.connection();
    const auto holder = PgConnection::open(
        {.connection = connection, .clock = clock_, .interrupt = nullptr}, in(60'000));
    ASSERT_TRUE((*holder)->run("BEGIN; LOCK TABLE orders", in(60'000)));
    EXPECT_EQ(sink->deliver(make_batch(2, 1), in(200)).error.code, base::Code::DeadlineExceeded);
    ASSERT_TRUE((*holder)->run("COMMIT", in(60'000)));
    EXPECT_EQ(sink->deliver(make_batch(3, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(schema_.query("SELECT id FROM orders ORDER BY id"),
              (std::vector<std::string>{"1", "3"}));
}

// A stop must not leave a server working for nobody.
TEST_F(PostgresSinkTest, StopEndsWhatTheServerWaitsFor) {
    const auto sink = schema_.open_plain();
    ASSERT_EQ(sink->deliver(make_batch(1, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    const std::string connection = schema_.connection();
    const auto holder = PgConnection::open(
        {.connection = connection, .clock = clock_, .interrupt = nullptr}, in(60'000));
    ASSERT_TRUE((*holder)->run("BEGIN; LOCK TABLE orders", in(60'000)));
    auto outcome = std::async(std::launch::async,
                              [&] { return sink->deliver(make_batch(2, 1), in(600'000)); });
    const std::string waiting =
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted "
        "AND a.datname = current_database()";
    while (schema_.query(waiting)[0] == "0") {
    }
    sink->stop(in(0));
    EXPECT_NE(outcome.get().kind, Outcome::Kind::Delivered);
    EXPECT_EQ(schema_.query(waiting)[0], "0");
    ASSERT_TRUE((*holder)->run("COMMIT", in(60'000)));
    EXPECT_EQ(schema_.query("SELECT id FROM orders"), std::vector<std::string>{"1"});
}

// A column of a type that we never make is left to whoever made it.
TEST_F(PostgresSinkTest, AnAlteredColumnIsLeftAlone) {
    const auto sink = schema_.open_plain();
    ASSERT_EQ(sink->deliver(make_batch(1, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    schema_.query("ALTER TABLE orders ALTER COLUMN seq TYPE integer");
    ASSERT_EQ(sink->deliver(make_batch(2, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(schema_.query("SELECT id, seq, _extra FROM orders ORDER BY id"),
              (std::vector<std::string>{"1|1|-", "2|2|-"}))
        << "the same numbers still fit";
    const auto fresh = schema_.open_plain();
    ASSERT_EQ(fresh->deliver(make_batch(3, 1), in(60'000)).kind, Outcome::Kind::Delivered);
    EXPECT_EQ(schema_.query("SELECT id, seq, _extra FROM orders WHERE id = '3'"),
              std::vector<std::string>{R"(3|-|{"seq": 3})"});
}

// Shards write at once, each with its own lock, and columns are added under way.
TEST_F(PostgresSinkTest, ManyShardsAtOnce) {
    const auto sink = schema_.open_plain();
    ASSERT_TRUE(sink->position_keeper()->begin("g-1", in(60'000)));
    std::vector<std::jthread> shards;
    for (int shard = 0; shard < 4; ++shard) {
        shards.emplace_back([&, shard] {
            for (int i = 1; i <= 30; ++i) {
                const std::string id = std::to_string(shard) + "-" + std::to_string(i);
                const std::string name = "c" + std::to_string(i % 7) + std::to_string(shard % 2);
                const Outcome outcome = sink->deliver(
                    batch_of({.messages = {{.id = std::to_string(i),
                                            .key = key_of(id),
                                            .new_image = R"({"id":{"S":")" + id + R"("},")" + name +
                                                         R"(":{"N":"1"}})"}},
                              .shard_id = "shard-" + std::to_string(shard),
                              .generation = "g-1",
                              .position = std::to_string(i)}),
                    in(60'000));
                EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
            }
        });
    }
    shards.clear();
    EXPECT_EQ(schema_.query("SELECT count(*), count(_extra) FROM orders"),
              std::vector<std::string>{"120|0"});
    EXPECT_EQ((*sink->position_keeper()->positions("g-1", in(60'000)))->size(), 4u);
}

}  // namespace
}  // namespace millbeck::sinks
