// Faults that are injected into triggers that really run.
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/inject/injection.hpp"
#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using shardlog::SequenceNumber;
using Strings = std::vector<std::string>;
using Sizes = std::vector<std::size_t>;

class InjectTriggersTest : public TriggerManagerTest {
  protected:
    InjectTriggersTest() { start({}); }
    ~InjectTriggersTest() override { stop_manager(); }

    void start(TriggerManagerOptions options) {
        stop_manager();
        options.faults = &injection.plan;
        manager =
            TriggerManager::create(injection.log, *checkpoints, clock, *random, metrics, options);
        manager->start();
    }
    void arm(Fault fault) {
        fault.trigger = "sums";
        const auto armed = injection.plan.arm(std::move(fault));
        ASSERT_TRUE(armed) << armed.error().message;
    }
    SequenceNumber stored() {
        return must(checkpoints->load(manager->brief_status()[0].spec.id))[0].next;
    }

    std::function<void()> crash = [] { ADD_FAILURE() << "crashed"; };
    Injection injection{*log, clock, metrics, [this] { crash(); }};
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
};

// If it fails, "is my handler idempotent?" is not what the test asks.
TEST_F(InjectTriggersTest, ABatchComesTwiceAndCountsOnce) {
    const Stream music = stream(1);
    put(music, 1, "1");
    put(music, 1, "2");
    arm({.kind = FaultKind::DuplicateBatch});
    ASSERT_TRUE(manager->add(spec(), sink));
    ASSERT_TRUE(drained());
    put(music, 1, "3");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "1", "2", "3"}));
    EXPECT_EQ(manager->status()[0].shards[0].records_delivered, 3u);
}

// If it fails, what failed is lost, or an attempt is not counted as one.
TEST_F(InjectTriggersTest, AFailureIsRetried) {
    const Stream music = stream(1);
    arm({.kind = FaultKind::FailHandler, .times = 2});
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), Strings{"1"});
    EXPECT_EQ(injection.plan.all()[0].used, 2u);
}

// If it fails, a failure that is injected is spared what real ones come to.
TEST_F(InjectTriggersTest, TooManyFailuresAreGivenUp) {
    const Stream music = stream(1);
    auto patient = spec();
    patient.maximum_retry_attempts = 1;
    arm({.kind = FaultKind::FailHandler, .times = 2});
    ASSERT_TRUE(manager->add(patient, sink));
    put(music, 1, "1");
    ASSERT_TRUE(drained());
    put(music, 1, "2");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), Strings{"2"});
    const auto status = manager->status();
    ASSERT_EQ(status[0].gaps.size(), 1u);
    EXPECT_EQ(status[0].gaps[0].reason, triggers::GapReason::Exhausted);
}

// If it fails, records of the part that succeeded come again, or the others do not.
TEST_F(InjectTriggersTest, TheRestOfABatchFails) {
    const Stream music = stream(1);
    for (const char* value : {"1", "2", "3", "4", "5"}) {
        put(music, 1, value);
    }
    auto reporting = spec();
    reporting.report_batch_item_failures = true;
    arm({.kind = FaultKind::FailHandler, .partial = 2});
    ASSERT_TRUE(manager->add(reporting, sink));
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->batches(), (Sizes{2, 3}));
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "3", "4", "5"}));
}

// If it fails, a delayed trigger keeps a thread, and others wait with it; or it holds up a stop.
TEST_F(InjectTriggersTest, ADelayKeepsNobodyElse) {
    start({.threads_max = 1});
    const Stream music = stream(1);
    arm({.kind = FaultKind::Delay, .times = 2, .by = Milliseconds{15 * 60'000}});
    const auto other = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    while (injection.plan.all()[0].used == 0) {
        std::this_thread::yield();
    }
    ASSERT_TRUE(manager->add(spec("others"), other));
    ASSERT_TRUE(other->wait_for_records(1));
    EXPECT_TRUE(sink->records().empty());
    EXPECT_FALSE(drained(Milliseconds{1}));
    tests::Promised<bool> changed;
    injection.plan.clear("");
    ASSERT_TRUE(manager->update(spec(), sink, [keeper = changed.keeper()] { keeper(true); }));
    ASSERT_TRUE(changed.wait()) << "a change ends the wait";
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), Strings{"1"});
}

TEST_F(InjectTriggersTest, ADelayEnds) {
    const Stream music = stream(1);
    arm({.kind = FaultKind::Delay, .by = Milliseconds{2}});
    const base::Instant before = clock.instant();
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(drained());
    EXPECT_GE(clock.instant() - before, Milliseconds{2});
    EXPECT_EQ(values(*sink), Strings{"1"});
}

// If it fails, the crash comes too early to repeat anything, or too late.
TEST_F(InjectTriggersTest, TheCrashComesBetweenReplyAndCheckpoint) {
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(drained());
    const SequenceNumber before = stored();
    SequenceNumber at_crash;
    Strings seen;
    crash = [&] {
        at_crash = stored();
        seen = values(*sink);
    };
    arm({.kind = FaultKind::CrashAfterReply});
    put(music, 1, "2");
    ASSERT_TRUE(drained());
    EXPECT_EQ(at_crash, before);
    EXPECT_EQ(seen, (Strings{"1", "2"}));
    EXPECT_GT(stored(), before);
}

// If it fails, a trigger does not notice what it lost, or loses what is still there.
TEST_F(InjectTriggersTest, ATrimLeavesAGap) {
    const Stream music = stream(1);
    auto idle = spec();
    idle.enabled = false;
    ASSERT_TRUE(manager->add(idle, sink));
    const SequenceNumber first = log->latest();
    put(music, 1, "1");
    put(music, 1, "2");
    const SequenceNumber mark = log->latest();
    put(music, 1, "3");
    injection.marks.trim(music.id, mark);
    tests::Promised<bool> changed;
    ASSERT_TRUE(manager->update(spec(), sink, [keeper = changed.keeper()] { keeper(true); }));
    ASSERT_TRUE(changed.wait());
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), Strings{"3"});
    const auto status = manager->status();
    ASSERT_EQ(status[0].gaps.size(), 1u);
    EXPECT_EQ(status[0].gaps[0].reason, triggers::GapReason::Trimmed);
    EXPECT_EQ(status[0].gaps[0].from, first);
    EXPECT_EQ(status[0].gaps[0].to, mark);
    const auto late = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec("late"), late));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*late), Strings{"3"}) << "TRIM_HORIZON is the mark";
}

// If it fails, an unready node is blamed on the handler, or is called healthy.
TEST_F(InjectTriggersTest, HealthTellsOfFaults) {
    start({.unhealthy_after = Milliseconds{1}});
    const Stream music = stream(1);
    arm({.kind = FaultKind::Delay, .times = 2, .by = Milliseconds{15 * 60'000}});
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    while (manager->unhealthy().empty()) {
        std::this_thread::yield();
    }
    EXPECT_NE(manager->unhealthy()[0].reason.find("faults are injected into it"),
              std::string::npos);
    injection.plan.clear("");
    ASSERT_FALSE(manager->unhealthy().empty()) << "it is still late";
    EXPECT_EQ(manager->unhealthy()[0].reason.find("injected"), std::string::npos);
}

}  // namespace
}  // namespace millbeck::runtime
