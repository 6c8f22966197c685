// The program killed while it writes into the file: what is there then is whole.
#include <csignal>
#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "sinks/position_keeper.hpp"
#include "tests/sinks/sql/kill_stream.hpp"
#include "tests/sinks/sqlite/sqlite_harness.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::sinks {
namespace {

base::Instant soon() {
    return base::SystemClock().instant() + base::Milliseconds{60'000};
}

std::unique_ptr<Sink> open(SqliteFolder& folder) {
    SqliteOptions options;
    options.history = "{table}_history";
    return std::move(folder.open(options).value());
}

std::size_t position_of(Sink& sink) {
    const auto positions = sink.position_keeper()->positions(kKillGeneration, soon());
    const auto found = (*positions)->find("shard");
    return found == (*positions)->end() ? 0 : std::stoul(found->second);
}

// Delivers from where the file says it is, for ever; a byte for each batch. Never returns.
[[noreturn]] void run_child(SqliteFolder& folder, int progress) {
    const auto sink = open(folder);
    for (std::size_t position = position_of(*sink);; position += kKillBatch) {
        if (sink->deliver(kill_batch(position), soon()).kind != Outcome::Kind::Delivered ||
            ::write(progress, "x", 1) != 1) {
            ::_exit(1);
        }
    }
}

// If it fails, a crash leaves rows without their position, or a position without its rows.
TEST(SqliteKillTest, WhatWasWrittenIsWhole) {
    SqliteFolder folder;
    {
        const auto sink = open(folder);
        ASSERT_TRUE(sink->position_keeper()->begin(kKillGeneration, soon()));
    }
    std::mt19937_64 random(tests::test_seed(20'261));
    std::size_t delivered = 0;
    for (int round = 0; round < kill_rounds(); ++round) {
        int ends[2] = {-1, -1};  // NOLINT(modernize-avoid-c-arrays): pipe's own type
        ASSERT_EQ(::pipe(ends), 0);
        const base::UniqueFd reading(ends[0]);
        base::UniqueFd writing(ends[1]);
        const pid_t child = ::fork();
        if (child == 0) {
            run_child(folder, writing.get());
        }
        writing.reset();
        std::size_t acknowledged = 0;
        char byte = 0;
        for (auto wanted = 1 + random() % 30; acknowledged < wanted; ++acknowledged) {
            ASSERT_EQ(::read(reading.get(), &byte, 1), 1) << "the child failed";
        }
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        const auto sink = open(folder);
        const std::size_t position = position_of(*sink);
        EXPECT_GE(position, delivered + acknowledged * kKillBatch);
        EXPECT_EQ(folder.query("SELECT id, n FROM orders ORDER BY id"), kill_rows(position));
        EXPECT_EQ(folder.query(kKillCounters), kill_counters(position));
        delivered = position;
    }
}

}  // namespace
}  // namespace millbeck::sinks
