// A trigger on one stream by itself, without the planner that usually asks it.
#include "runtime/scheduler/subscription.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/timekeeper.hpp"
#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using tests::Promised;

class SubscriptionTest : public TriggerManagerTest {
  protected:
    ~SubscriptionTest() override {
        pool.stop(kLong);
        pool.join();
        timekeeper.stop();
    }

    std::shared_ptr<Subscription> open(const Stream& on) {
        pool.start();
        auto opened = Subscription::open(
            context, {.spec = spec(), .sink = sink, .gate = std::make_shared<SinkGate>(sink)}, on,
            triggers::StartingPosition::TrimHorizon);
        return must(std::move(opened));
    }

    Timekeeper timekeeper;
    StrandPool pool{timekeeper, 4};
    TriggerManagerOptions options;
    Promised<bool> ended;
    SubscriptionContext context{.log = *log,
                                .checkpoints = *checkpoints,
                                .clock = clock,
                                .random = *random,
                                .metrics = metrics,
                                .pool = pool,
                                .options = options,
                                .on_progress = [](const auto&, const auto&) {},
                                .on_ended = [keeper = ended.keeper()] { keeper(true); }};
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
};

// If it fails, a plan that comes while a worker is in its last delivery begins a second one on the
// same shard: two deliver the same changes at once, and write one checkpoint.
TEST_F(SubscriptionTest, BeginsNoSecondWorkerBesideOneThatLeaves) {
    const Stream music = stream(1);
    const auto subscription = open(music);
    sink->hold(true);
    put(music, 1, "in flight");
    ASSERT_TRUE(subscription->plan());
    ASSERT_TRUE(sink->wait_for_inside(1));
    subscription->retire();
    EXPECT_FALSE(subscription->at_rest());
    ASSERT_TRUE(subscription->plan());
    EXPECT_FALSE(subscription->positions().at(0).worker) << "its worker has not left yet";
    sink->hold(false);
    ASSERT_TRUE(ended.wait());
    EXPECT_TRUE(subscription->at_rest());
    put(music, 1, "next");
    ASSERT_TRUE(subscription->plan());
    ASSERT_TRUE(sink->wait_for_records(2));
    EXPECT_EQ(values(*sink), (std::vector<std::string>{"in flight", "next"}));
    EXPECT_EQ(sink->inside_most(), 1U);
    subscription->retire();
}

}  // namespace
}  // namespace millbeck::runtime
