#include "runtime/scheduler/strand_pool.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand.hpp"
#include "runtime/scheduler/timekeeper.hpp"
#include "tests/runtime/scripted_sink.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using std::chrono::steady_clock;
using tests::Promised;

// If it fails, retries come in the wrong order, or one that was called off comes all the same.
TEST(Timekeeper, RunsActionsInOrderOfTimeAndNotWhatWasCancelled) {
    Promised<bool> all_done;
    std::vector<int> order;  // written on the timekeeper's thread, read after the promise
    Timekeeper timekeeper;
    const auto now = steady_clock::now();
    timekeeper.at(now + Milliseconds{30}, [&] { order.push_back(3); });
    timekeeper.at(now + Milliseconds{10}, [&] { order.push_back(1); });
    const auto dropped = timekeeper.at(now + Milliseconds{15}, [&] { order.push_back(9); });
    timekeeper.at(now + Milliseconds{20}, [&] { order.push_back(2); });
    timekeeper.at(now + Milliseconds{40}, [&] { all_done.keeper()(true); });
    timekeeper.cancel(dropped);
    timekeeper.cancel(dropped);
    ASSERT_TRUE(all_done.wait());
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

// If it fails, a stopping node waits for a retry that is an hour away.
TEST(Timekeeper, DropsWhatWaitsWhenItEnds) {
    bool ran = false;
    {
        Timekeeper timekeeper;
        timekeeper.at(steady_clock::now() + std::chrono::hours(1), [&] { ran = true; });
    }
    EXPECT_FALSE(ran);
}

// Counts turns; does what it is told at the end of each.
class CountingStrand final : public Strand {
  public:
    CountingStrand(StrandPool& pool, std::function<Turn(int)> script)
        : Strand(pool), script_(std::move(script)) {}

    [[nodiscard]] int turns() const { return turns_; }
    [[nodiscard]] bool overlapped() const { return overlapped_; }

  protected:
    Turn turn() override {
        overlapped_ = overlapped_ || running_.exchange(true);
        const int number = ++turns_;
        const Turn next = script_(number);
        running_ = false;
        return next;
    }

  private:
    std::function<Turn(int)> script_;
    std::atomic<int> turns_{0};
    std::atomic<bool> running_{false};
    std::atomic<bool> overlapped_{false};
};

struct Pool {
    Timekeeper timekeeper;
    StrandPool pool{timekeeper, 4};
};

// If it fails, a change that comes while its shard is being read is delivered only with the next.
TEST(Strand, TakesAnotherTurnWhenRungDuringOne) {
    Promised<int> second;
    Pool around;  // ends its turns before what they use is gone
    std::shared_ptr<CountingStrand> strand;
    strand = std::make_shared<CountingStrand>(around.pool, [&](int number) {
        if (number == 1) {
            strand->ring();
        } else {
            second.keeper()(number);
        }
        return Turn{};
    });
    around.pool.start();
    strand->ring();
    EXPECT_EQ(second.wait(), 2);
    around.pool.stop(Milliseconds{60'000});
    EXPECT_EQ(strand->turns(), 2);
}

// If it fails, one worker runs on two threads and delivers its batch twice, out of order.
TEST(Strand, NeverRunsTwiceAtOnceAndNeverLosesARing) {
    Pool around;
    std::atomic<int> written{0};
    std::atomic<int> read{0};
    Promised<bool> caught_up;
    constexpr int kRings = 20'000;
    auto strand = std::make_shared<CountingStrand>(around.pool, [&](int) {
        read = written.load();
        if (read == kRings) {
            caught_up.keeper()(true);
        }
        return Turn{};
    });
    around.pool.start();
    std::vector<std::jthread> writers;
    for (int w = 0; w < 2; ++w) {
        writers.emplace_back([&] {
            for (int i = 0; i < kRings / 2; ++i) {
                ++written;
                strand->ring();
            }
        });
    }
    writers.clear();
    EXPECT_TRUE(caught_up.wait()) << "the last ring was lost";
    around.pool.stop(Milliseconds{60'000});
    EXPECT_FALSE(strand->overlapped());
}

// If it fails, a failing handler is called again with every write instead of after its back-off.
TEST(Strand, IsDeafToItsBellUntilItsTime) {
    Promised<int> woken;
    Pool around;  // ends its turns before what they use is gone
    const auto begin = steady_clock::now();
    auto strand = std::make_shared<CountingStrand>(around.pool, [&](int number) {
        if (number == 1) {
            return Turn{Turn::Rest::Deaf, begin + Milliseconds{100}};
        }
        woken.keeper()(number);
        return Turn{};
    });
    around.pool.start();
    strand->ring();
    while (!woken.kept()) {
        strand->ring();
        std::this_thread::yield();
    }
    EXPECT_EQ(woken.wait(), 2);
    EXPECT_GE(steady_clock::now(), begin + Milliseconds{100});
}

// If it fails, a batching window ends only with the next write.
TEST(Strand, WakesAtItsTimeWithoutARing) {
    Promised<int> woken;
    Pool around;  // ends its turns before what they use is gone
    auto strand = std::make_shared<CountingStrand>(around.pool, [&](int number) {
        if (number == 1) {
            return Turn{Turn::Rest::Park, steady_clock::now() + Milliseconds{5}};
        }
        woken.keeper()(number);
        return Turn{};
    });
    around.pool.start();
    strand->ring();
    EXPECT_EQ(woken.wait(), 2);
}

// If it fails, a finished shard's worker is run again and again.
TEST(Strand, IsNotRunAgainWhenDone) {
    Promised<bool> later;
    Pool around;  // ends its turns before what they use is gone
    auto strand = std::make_shared<CountingStrand>(around.pool, [](int) {
        return Turn{Turn::Rest::Done, std::nullopt};
    });
    auto other = std::make_shared<CountingStrand>(around.pool, [&](int) {
        later.keeper()(true);
        return Turn{};
    });
    strand->ring();
    around.pool.start();
    strand->ring();
    strand->wake();
    other->ring();
    EXPECT_TRUE(later.wait());
    around.pool.stop(Milliseconds{60'000});
    EXPECT_EQ(strand->turns(), 1);
}

// If it fails, thirty slow handlers keep every other trigger waiting, or an idle node has thirty
// threads.
TEST(StrandPool, GrowsOnlyWhileAllThreadsAreBusy) {
    Pool around;
    tests::ScriptedSink gate;  // somewhere to be inside of
    gate.hold(true);
    const auto busy = [&](int) {
        gate.deliver({}, {});
        return Turn{};
    };
    std::vector<std::shared_ptr<CountingStrand>> strands;
    around.pool.start();
    EXPECT_EQ(around.pool.threads(), 1u);
    for (unsigned i = 1; i <= 4; ++i) {
        strands.push_back(std::make_shared<CountingStrand>(around.pool, busy));
        strands.back()->ring();
        ASSERT_TRUE(gate.wait_for_inside(i));
        EXPECT_EQ(around.pool.threads(), std::min(i + 1, 4u));
    }
    EXPECT_FALSE(around.pool.stop(Milliseconds{0})) << "four turns still run";
    gate.hold(false);
    EXPECT_TRUE(around.pool.stop(Milliseconds{60'000}));
}

class CountingGuest final : public GateGuest {
  public:
    void granted() noexcept override { ++grants; }
    int grants = 0;
};

// If it fails, more processes run than configured, or a waiting shard is overtaken for ever.
TEST(SinkGate, LetsGuestsInInTheirOrder) {
    SinkGate gate(std::make_shared<tests::ScriptedSink>(1));
    const auto first = std::make_shared<CountingGuest>();
    const auto second = std::make_shared<CountingGuest>();
    auto gone = std::make_shared<CountingGuest>();
    const auto third = std::make_shared<CountingGuest>();
    EXPECT_TRUE(gate.enter(first));
    EXPECT_FALSE(gate.enter(second));
    EXPECT_FALSE(gate.enter(gone));
    EXPECT_FALSE(gate.enter(third));
    gone.reset();
    gate.leave();
    EXPECT_EQ(second->grants, 1);
    EXPECT_EQ(third->grants, 0);
    gate.leave();
    EXPECT_EQ(third->grants, 1) << "a guest that is gone must not keep the slot";
    gate.leave();
    EXPECT_TRUE(gate.enter(first));
}

// If it fails, a function's new concurrency counts from the next start on only.
TEST(SinkGate, AsksTheSinkEachTimeHowManyMayBeInside) {
    const auto sink = std::make_shared<tests::ScriptedSink>(1);
    SinkGate gate(sink);
    const auto first = std::make_shared<CountingGuest>();
    const auto second = std::make_shared<CountingGuest>();
    const auto third = std::make_shared<CountingGuest>();
    EXPECT_TRUE(gate.enter(first));
    EXPECT_FALSE(gate.enter(second));
    sink->allow(3);
    EXPECT_TRUE(gate.enter(third)) << "there is room for two more";
    EXPECT_EQ(second->grants, 1);
    sink->allow(1);
    gate.leave();
    EXPECT_FALSE(gate.enter(first));
    gate.leave();
    EXPECT_EQ(first->grants, 0) << "one is inside";
    gate.leave();
    EXPECT_EQ(first->grants, 1);
    sink->allow(0);
    gate.leave();
    EXPECT_TRUE(gate.enter(first)) << "somebody has to ask a target that refuses everything";
}

// If it fails, a trigger that is removed keeps a place at its function, or waits for one.
TEST(SinkGate, LetsGuestsGo) {
    SinkGate gate(std::make_shared<tests::ScriptedSink>(1));
    const auto first = std::make_shared<CountingGuest>();
    const auto second = std::make_shared<CountingGuest>();
    EXPECT_TRUE(gate.enter(first));
    EXPECT_FALSE(gate.withdraw(*first)) << "it is inside";
    EXPECT_FALSE(gate.enter(second));
    EXPECT_TRUE(gate.withdraw(*second));
    gate.leave();
    EXPECT_EQ(second->grants, 0);
    EXPECT_TRUE(gate.enter(second));
}

}  // namespace
}  // namespace millbeck::runtime
