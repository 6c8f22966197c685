// The contract of sinks/position_keeper.hpp as tests: every sink that keeps positions runs them.
//
//     class MyTarget : public KeeperTarget { ... };
//     INSTANTIATE_TEST_SUITE_P(MySink, PositionContract, testing::Values(&make_keeper<MyTarget>));
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sink.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {

// Outlives its sinks.
class KeeperTarget {
  public:
    virtual ~KeeperTarget() = default;
    // A sink on the target as it is now; each time another one, as after a restart of the node.
    virtual std::unique_ptr<Sink> open() = 0;
    // Makes the target forget everything, as a flush or a lost disk would. False: it cannot.
    virtual bool lose_everything() = 0;
    // How many rows or messages of any generation a reader of the target sees now.
    virtual std::size_t visible() = 0;
    // Whether begin() removes what earlier generations left (a topic only supersedes it).
    [[nodiscard]] virtual bool removes_earlier_generations() const { return true; }
};

using MakeKeeper = std::unique_ptr<KeeperTarget> (*)();

template <typename Target>
std::unique_ptr<KeeperTarget> make_keeper() {
    return std::make_unique<Target>();
}

class PositionContract : public testing::TestWithParam<MakeKeeper> {
  protected:
    [[nodiscard]] base::Instant soon() const { return clock.instant() + std::chrono::seconds{60}; }

    void reopen() {
        if (sink) {
            sink->stop(soon());
        }
        sink = target->open();
        ASSERT_NE(sink->position_keeper(), nullptr);
    }

    void begin(const std::string& generation) {
        const auto begun = sink->position_keeper()->begin(generation, soon());
        ASSERT_TRUE(begun) << begun.error().message;
    }

    // What positions() says; "?" when it fails, "none" for nullopt, "shard=a other=b" otherwise.
    std::string positions(const std::string& generation) {
        const auto found = sink->position_keeper()->positions(generation, soon());
        if (!found) {
            return "? " + found.error().message;
        }
        if (!found->has_value()) {
            return "none";
        }
        std::string text;
        for (const auto& [shard, position] : **found) {
            text += (text.empty() ? "" : " ") + shard + "=" + position;
        }
        return text;
    }

    Outcome deliver(std::size_t first, std::size_t count, const std::string& generation,
                    const std::string& position, const std::string& shard = "shard",
                    Content content = Content::Changes) {
        Batch batch = make_batch(first, count);
        batch.generation = generation;
        batch.position = position;
        batch.shard_id = shard;
        batch.content = content;
        return sink->deliver(batch, soon());
    }

    void delivered(const Outcome& outcome) {
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    base::SystemClock clock;
    std::unique_ptr<KeeperTarget> target = GetParam()();
    std::unique_ptr<Sink> sink;
};

// If it fails, a new copy starts somewhere in the middle.
TEST_P(PositionContract, HoldsNothingUntilItBegins) {
    reopen();
    EXPECT_EQ(positions("g-1"), "none");
    begin("g-1");
    EXPECT_EQ(positions("g-1"), "");
    EXPECT_EQ(positions("g-2"), "none");
}

// If it fails, a crash between delivery and checkpoint repeats or skips records.
TEST_P(PositionContract, KeepsTheNewestPositionOfEachShard) {
    reopen();
    begin("g-1");
    delivered(deliver(1, 3, "g-1", "rows at 3", "rows", Content::Rows));
    delivered(deliver(100, 3, "g-1", "a102", "a"));
    delivered(deliver(200, 3, "g-1", "b202", "b"));
    delivered(deliver(300, 3, "g-1", "a302", "a"));
    const std::string expected = "a=a302 b=b202 rows=rows at 3";
    EXPECT_EQ(positions("g-1"), expected);
    reopen();
    EXPECT_EQ(positions("g-1"), expected);
}

// The answer to a batch that was written got lost, so it comes again.
TEST_P(PositionContract, ARepeatedBatchIsNotWrittenAgain) {
    reopen();
    begin("g-1");
    for (int time = 0; time < 2; ++time) {
        delivered(deliver(1, 3, "g-1", "rows at 3", "rows", Content::Rows));
    }
    for (int time = 0; time < 2; ++time) {
        delivered(deliver(100, 3, "g-1", "a102", "a"));
    }
    EXPECT_EQ(target->visible(), 6u);
    EXPECT_EQ(positions("g-1"), "a=a102 rows=rows at 3");
}

// A position is any text: quotes, line ends, braces, 8 KB.
TEST_P(PositionContract, KeepsAnyText) {
    reopen();
    begin("g-1");
    const std::string odd = "{\"a\":\"b\\\"c\",'d'} %20\n\t" + std::string(8'000, 'x');
    delivered(deliver(1, 1, "g-1", odd));
    reopen();
    EXPECT_EQ(positions("g-1"), "shard=" + odd);
}

// If it fails, sequence numbers of another log decide what is new.
TEST_P(PositionContract, ANewGenerationReplacesTheOld) {
    reopen();
    begin("g-1");
    delivered(deliver(100, 3, "g-1", "p"));
    EXPECT_EQ(target->visible(), 3u);
    begin("g-2");
    EXPECT_EQ(positions("g-2"), "");
    EXPECT_EQ(positions("g-1"), "none");
    if (target->removes_earlier_generations()) {
        EXPECT_EQ(target->visible(), 0u);
    }
    // Older numbers than before are as good as any.
    delivered(deliver(1, 2, "g-2", "q"));
    EXPECT_EQ(positions("g-2"), "shard=q");
}

TEST_P(PositionContract, BeginningAgainForgetsPositions) {
    reopen();
    begin("g-1");
    delivered(deliver(100, 3, "g-1", "p"));
    begin("g-1");
    EXPECT_EQ(positions("g-1"), "");
    begin("g-1");
    EXPECT_EQ(positions("g-1"), "");
}

// If it fails, two nodes, or an old one that wakes up, write over each other.
TEST_P(PositionContract, AnotherGenerationTakesNothing) {
    reopen();
    begin("g-1");
    delivered(deliver(1, 1, "g-1", "p"));
    const auto old = std::move(sink);
    reopen();
    begin("g-2");
    Batch late = make_batch(2, 1);
    late.generation = "g-1";
    late.position = "q";
    EXPECT_EQ(old->deliver(late, soon()).kind, Outcome::Kind::PositionLost);
    EXPECT_EQ(positions("g-2"), "");
}

// If it fails, a target that lost its data holds what came after, and nobody sees it.
TEST_P(PositionContract, LostDataIsNoticed) {
    reopen();
    begin("g-1");
    delivered(deliver(1, 3, "g-1", "p"));
    if (!target->lose_everything()) {
        GTEST_SKIP() << "this target cannot lose its data alone";
    }
    const Outcome lost = deliver(4, 3, "g-1", "q");
    EXPECT_EQ(lost.kind, Outcome::Kind::PositionLost) << lost.error.message;
    EXPECT_EQ(deliver(4, 3, "g-1", "q", "rows", Content::Rows).kind, Outcome::Kind::PositionLost);
    EXPECT_EQ(target->visible(), 0u);
    EXPECT_EQ(positions("g-1"), "none");
    begin("g-2");
    delivered(deliver(1, 3, "g-2", "p"));
    EXPECT_EQ(positions("g-2"), "shard=p");
}

}  // namespace millbeck::sinks
