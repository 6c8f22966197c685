// The server killed while it is written to: what it holds then is whole.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "sinks/position_keeper.hpp"
#include "tests/sinks/postgres/postgres_harness.hpp"
#include "tests/sinks/sql/kill_stream.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::sinks {
namespace {

class PostgresKillTest : public testing::Test {
  protected:
    static base::Instant in(int milliseconds) {
        return base::SystemClock().instant() + base::Milliseconds{milliseconds};
    }
    std::unique_ptr<Sink> open() {
        PostgresOptions options;
        options.history = "{table}_history";
        return std::move(schema_.open(options).value());
    }
    static std::size_t position_of(Sink& sink) {
        const auto positions = sink.position_keeper()->positions(kKillGeneration, in(60'000));
        EXPECT_TRUE(positions) << positions.error().message;
        EXPECT_TRUE(positions->has_value()) << "the server forgot what it had committed";
        const auto found = (*positions)->find("shard");
        return found == (*positions)->end() ? 0 : std::stoul(found->second);
    }

    PostgresServer server_;
    PostgresSchema schema_{server_};
};

// If it fails, a crash leaves rows without their position, or counts a change twice.
TEST_F(PostgresKillTest, WhatWasCommittedIsWhole) {
    auto sink = open();
    ASSERT_TRUE(sink->position_keeper()->begin(kKillGeneration, in(60'000)));
    std::mt19937_64 random(tests::test_seed(20'262));
    std::size_t position = 0;
    for (int round = 0; round < kill_rounds(); ++round) {
        // Killed some batches on, at any moment of one.
        std::atomic<std::size_t> batches = 0;
        const std::size_t wanted = 1 + random() % 20;
        const std::size_t spins = random() % 400'000;
        std::jthread killer([&] {
            batches.wait(0);
            for (std::size_t now = batches; now < wanted; now = batches) {
                batches.wait(now);
            }
            for (std::atomic<std::size_t> spin = 0; spin < spins;) {
                ++spin;
            }
            server_.kill();
        });
        std::size_t failures = 0;
        for (; failures == 0;) {
            const Outcome outcome = sink->deliver(kill_batch(position), in(60'000));
            if (outcome.kind == Outcome::Kind::Delivered) {
                position += kKillBatch;
                ++batches;
                batches.notify_all();
            } else {
                ASSERT_NE(outcome.kind, Outcome::Kind::PositionLost);
                ++failures;
            }
        }
        killer.join();
        server_.start();
        // Either this program goes on, or it was killed as well and asks where it was.
        if (random() % 2 == 0) {
            sink = open();
            const std::size_t durable = position_of(*sink);
            EXPECT_TRUE(durable == position || durable == position + kKillBatch) << durable;
            position = durable;
        } else {
            const Outcome again = sink->deliver(kill_batch(position), in(60'000));
            ASSERT_EQ(again.kind, Outcome::Kind::Delivered) << again.error.message;
            position += kKillBatch;
        }
        EXPECT_EQ(schema_.query("SELECT id, n FROM orders ORDER BY id COLLATE \"C\""),
                  kill_rows(position));
        EXPECT_EQ(schema_.query(kKillCounters), kill_counters(position));
    }
}

}  // namespace
}  // namespace millbeck::sinks
