// The contract of sinks/sink.hpp as tests: every sink runs them.
//
//     class MyTarget : public SinkTarget { ... };
//     INSTANTIATE_TEST_SUITE_P(MySink, SinkContract, testing::Values(&make_target<MyTarget>));
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "sinks/sink.hpp"
#include "tests/sinks/batches.hpp"

namespace millbeck::sinks {

// What a sink delivers to, in the states the contract speaks of. Outlives its sinks.
class SinkTarget {
  public:
    virtual ~SinkTarget() = default;
    virtual std::unique_ptr<Sink> open_working() = 0;
    // The target answers, and takes nothing.
    virtual std::unique_ptr<Sink> open_refusing() = 0;
    // The target never answers.
    virtual std::unique_ptr<Sink> open_hanging() = 0;
    // Ids of the records that are durable at the working target, in the order they came.
    virtual std::vector<std::string> durable_ids() = 0;
};

using MakeTarget = std::unique_ptr<SinkTarget> (*)();

template <typename Target>
std::unique_ptr<SinkTarget> make_target() {
    return std::make_unique<Target>();
}

class SinkContract : public testing::TestWithParam<MakeTarget> {
  protected:
    [[nodiscard]] base::Instant in(std::chrono::milliseconds time) const {
        return clock.instant() + time;
    }
    [[nodiscard]] base::Instant soon() const { return in(std::chrono::seconds{60}); }

    static std::vector<std::string> ids(std::size_t first, std::size_t count) {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < count; ++i) {
            all.push_back(std::to_string(first + i));
        }
        return all;
    }

    base::SystemClock clock;
    std::unique_ptr<SinkTarget> target = GetParam()();
};

// If it fails, a checkpoint moves past records that are nowhere.
TEST_P(SinkContract, DeliveredMeansDurableAndInOrder) {
    const auto sink = target->open_working();
    for (const std::size_t first : {100u, 200u, 300u}) {
        const Outcome outcome = sink->deliver(make_batch(first, 3), soon());
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        EXPECT_EQ(outcome.error.message, "");
        EXPECT_TRUE(outcome.failed.empty());
        auto expected = ids(first, 3);
        auto durable = target->durable_ids();
        ASSERT_GE(durable.size(), 3u);
        EXPECT_EQ(std::vector(durable.end() - 3, durable.end()), expected);
    }
}

TEST_P(SinkContract, EmptyBatchesAreNotSent) {
    const auto sink = target->open_working();
    EXPECT_EQ(sink->deliver(make_batch(1, 0), soon()).kind, Outcome::Kind::Delivered);
    EXPECT_TRUE(target->durable_ids().empty());
}

// If it fails, large batches stall, or arrive cut.
TEST_P(SinkContract, TakesLargeBatches) {
    const auto sink = target->open_working();
    const Outcome outcome = sink->deliver(make_batch(1, 5'000, 1'000), soon());
    ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(target->durable_ids(), ids(1, 5'000));
}

// If it fails, a refused batch counts as done, or nobody can say why it was refused.
TEST_P(SinkContract, ARefusalIsAFailureInWords) {
    const auto sink = target->open_refusing();
    for (int attempt = 0; attempt < 2; ++attempt) {
        const Outcome outcome = sink->deliver(make_batch(1, 2), soon());
        EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
        EXPECT_NE(outcome.error.message, "");
    }
    EXPECT_TRUE(target->durable_ids().empty());
}

// If it fails, one hanging target holds a shard for ever.
TEST_P(SinkContract, EndsAtTheDeadline) {
    const auto sink = target->open_hanging();
    const Outcome outcome = sink->deliver(make_batch(1, 1), in(std::chrono::milliseconds{100}));
    EXPECT_EQ(outcome.kind, Outcome::Kind::Failed);
    EXPECT_EQ(outcome.error.code, base::Code::DeadlineExceeded) << outcome.error.message;
}

TEST_P(SinkContract, ADeadlineThatHasPassedAsksNobody) {
    const auto sink = target->open_working();
    EXPECT_NE(sink->deliver(make_batch(1, 1), clock.instant()).kind, Outcome::Kind::Delivered);
    EXPECT_TRUE(target->durable_ids().empty());
}

// If it fails, shards wait for each other, or threads corrupt each other's batches.
TEST_P(SinkContract, DeliversFromAsManyThreadsAsItSays) {
    const auto sink = target->open_working();
    ASSERT_GE(sink->concurrency(), 1u);
    ASSERT_LE(sink->concurrency(), 1'000u);
    const unsigned threads = std::min(sink->concurrency(), 4u);
    constexpr std::size_t kBatches = 20;
    std::vector<std::jthread> running;
    for (unsigned thread = 0; thread < threads; ++thread) {
        running.emplace_back([&, thread] {
            for (std::size_t i = 0; i < kBatches; ++i) {
                const std::size_t first = 1'000 * (thread + 1) + 10 * i;
                const Outcome outcome = sink->deliver(make_batch(first, 10), soon());
                EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
            }
        });
    }
    running.clear();
    const auto durable = target->durable_ids();
    EXPECT_EQ(durable.size(), threads * kBatches * 10);
    EXPECT_EQ(std::set(durable.begin(), durable.end()).size(), durable.size());
}

// If it fails, the node cannot be stopped and started again, or is stopped with work half done.
TEST_P(SinkContract, RefusesAfterStop) {
    const auto sink = target->open_working();
    ASSERT_EQ(sink->deliver(make_batch(1, 1), soon()).kind, Outcome::Kind::Delivered);
    sink->stop(soon());
    sink->stop(soon());
    const Outcome outcome = sink->deliver(make_batch(2, 1), soon());
    EXPECT_EQ(outcome.kind, Outcome::Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, base::Code::Cancelled);
    EXPECT_EQ(target->durable_ids(), ids(1, 1));
}

TEST_P(SinkContract, StopCutsOffWhatDoesNotEnd) {
    const auto sink = target->open_hanging();
    auto outcome =
        std::async(std::launch::async, [&] { return sink->deliver(make_batch(1, 1), soon()); });
    // Wherever the delivery is by now, the stop must end it.
    sink->stop(in(std::chrono::milliseconds{50}));
    EXPECT_NE(outcome.get().kind, Outcome::Kind::Delivered);
}

}  // namespace millbeck::sinks
