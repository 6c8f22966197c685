// Whom a wait is for: triggers and streams as they were asked for before it.
#include <thread>

#include <gtest/gtest.h>

#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using tests::Promised;
using tests::ScriptedSink;

class TriggerWaitsTest : public TriggerManagerTest {
  protected:
    bool update(const triggers::TriggerSpec& to, const std::shared_ptr<ScriptedSink>& by) {
        Promised<bool> stands;
        EXPECT_TRUE(manager->update(to, by, [keeper = stands.keeper()] { keeper(true); }));
        return stands.wait().value_or(false);
    }
    static triggers::TriggerSpec one_by_one() {
        auto small = spec();
        small.batch_size = 1;
        return small;
    }
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
};

// If it fails, a wait is answered by how triggers were before an update that was asked for before
// it: `wait --drained` right after a trigger was enabled says yes too early.
TEST_F(TriggerWaitsTest, AWaitIsForWhatWasAskedForBefore) {
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    auto off = spec();
    off.enabled = false;
    for (std::size_t round = 1; round <= 200; ++round) {
        ASSERT_TRUE(update(off, sink));
        put(music, 1, "x");
        ASSERT_TRUE(manager->update(off, sink, [] {}));
        ASSERT_TRUE(manager->update(spec(), sink, [] {}));
        ASSERT_TRUE(drained());
        ASSERT_EQ(sink->records().size(), round);
    }
}

// If it fails, a stream that was made while the planner looked elsewhere is not waited for.
TEST_F(TriggerWaitsTest, AWaitIsForStreamsMadeBefore) {
    Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    const std::jthread asking([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            static_cast<void>(drained());  // keeps the planner at work
        }
    });
    for (std::size_t round = 1; round <= 100; ++round) {
        ASSERT_TRUE(log->disable_stream(music.id));
        music = stream(1);
        put(music, 1, "x");
        ASSERT_TRUE(drained());
        ASSERT_EQ(sink->records().size(), round);
    }
}

// If it fails, a trigger that was switched off and on again while a batch was out is not waited
// for.
TEST_F(TriggerWaitsTest, AWaitIsForATriggerThatWillBeOnAgain) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    put(music, 1, "1");
    put(music, 1, "2");
    ASSERT_TRUE(sink->wait_for_inside(1));
    auto off = one_by_one();
    off.enabled = false;
    ASSERT_TRUE(manager->update(off, sink, [] {}));
    ASSERT_TRUE(manager->update(one_by_one(), sink, [] {}));
    Promised<std::size_t> delivered;
    manager->wait_drained(
        kLong, [this, keeper = delivered.keeper()](bool) { keeper(sink->records().size()); });
    sink->hold(false);
    EXPECT_EQ(delivered.wait(), 2u);
}

}  // namespace
}  // namespace millbeck::runtime
