#include "runtime/trigger_manager.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;
using shardlog::Shard;
using shardlog::Stream;
using tests::failed;
using tests::Promised;
using tests::ScriptedSink;

// If it fails, a put does not become a call.
TEST_F(TriggerManagerTest, DeliversWhatIsWrittenBeforeAndAfterItStarts) {
    const Stream music = stream(1);
    put(music, 1, "before");
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "after");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (std::vector<std::string>{"before", "after"}));
    put(music, 1, "later");
    ASSERT_TRUE(sink->wait_for_records(3)) << "the bell was not heard";
}

// If it fails, a restart repeats everything, or skips what came while it was down.
TEST_F(TriggerManagerTest, GoesOnAtItsCheckpointAfterARestart) {
    const Stream music = stream(2);
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "one");
    ASSERT_TRUE(drained());
    stop_manager();
    put(music, 1, "two");
    start_manager();
    const auto next = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), next));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*next), (std::vector<std::string>{"two"}));
}

// If it fails, a trigger that wants only news gets a day of history, or misses the first news.
TEST_F(TriggerManagerTest, BeginsWithTheNextRecordAtLatest) {
    const Stream music = stream(2);
    put(music, 1, "old");
    const auto sink = std::make_shared<ScriptedSink>();
    auto latest = spec();
    latest.starting_position = triggers::StartingPosition::Latest;
    ASSERT_TRUE(manager->add(latest, sink));
    put(music, ~std::uint64_t{0}, "new");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (std::vector<std::string>{"new"}));
}

// If it fails, the changes of one item are delivered out of order when its shard is replaced.
TEST_F(TriggerManagerTest, FinishesParentsBeforeTheirChildrenStart) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    sink->hold(true);
    auto small = spec();
    small.batch_size = 1;
    ASSERT_TRUE(manager->add(small, sink));
    put(music, 5, "1");
    put(music, 5, "2");
    auto children = must(log->split_shard(log->shards(music.id)[0].id.number(), std::nullopt));
    put(music, 5, "3");
    put(music, ~std::uint64_t{0}, "other child");
    must(log->merge_shards(children[0].id.number(), children[1].id.number()));
    put(music, 5, "4");
    ASSERT_TRUE(sink->wait_for_inside(1)) << "only the oldest parent may be delivered";
    EXPECT_FALSE(drained(Milliseconds{1}));
    sink->hold(false);
    ASSERT_TRUE(drained());
    auto order = values(*sink);
    std::erase(order, "other child");
    EXPECT_EQ(order, (std::vector<std::string>{"1", "2", "3", "4"}));
}

// If it fails, a roll during a quiet night stops delivery until somebody restarts the node.
TEST_F(TriggerManagerTest, FollowsARollOfAnIdleShard) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    for (int i = 0; i < 3; ++i) {
        put(music, 1, "x");
        ASSERT_TRUE(drained());
        for (const Shard& shard : log->shards(music.id)) {
            if (!shard.ending) {
                must(log->roll_shard(shard.id.number()));
            }
        }
    }
    put(music, 1, "last");
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->records().size(), 4u);
}

// If it fails, a failing batch is lost, or a later one overtakes it.
TEST_F(TriggerManagerTest, TriesAFailedBatchAgainInOrder) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    std::atomic<int> calls{0};
    std::set<std::string> requests;  // written inside deliver(), one at a time
    sink->answer([&](const sinks::Batch& batch) {
        requests.insert(batch.request_id);
        return ++calls <= 3 ? failed("not now") : sinks::Outcome{};
    });
    auto one_by_one = spec();
    one_by_one.batch_size = 1;
    ASSERT_TRUE(manager->add(one_by_one, sink));
    put(music, 1, "a");
    put(music, 1, "b");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (std::vector<std::string>{"a", "a", "a", "a", "b"}));
    EXPECT_EQ(requests.size(), 2u) << "a retry keeps its request id";
}

// If it fails, a function runs in more processes than it was given, or shards block each other.
TEST_F(TriggerManagerTest, KeepsToTheSinksConcurrency) {
    const Stream music = stream(8);
    const auto sink = std::make_shared<ScriptedSink>(2);
    sink->hold(true);
    ASSERT_TRUE(manager->add(spec(), sink));
    for (std::uint64_t i = 0; i < 8; ++i) {
        put(music, i << 61, "x");
    }
    ASSERT_TRUE(sink->wait_for_inside(2));
    sink->hold(false);
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->inside_most(), 2u);
    EXPECT_EQ(sink->records().size(), 8u);
}

// If it fails, one slow key keeps all keys of its shard waiting, whatever parallelization_factor
// says.
TEST_F(TriggerManagerTest, DeliversTheLanesOfAShardSideBySide) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>(8);
    sink->hold(true);
    auto lanes = spec();
    lanes.parallelization_factor = 3;
    ASSERT_TRUE(manager->add(lanes, sink));
    for (std::uint64_t i = 0; i < 9; ++i) {
        put(music, i, "x");
    }
    EXPECT_TRUE(sink->wait_for_inside(3));
    sink->hold(false);
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->inside_most(), 3u);
    EXPECT_EQ(sink->records().size(), 9u);
}

// If it fails, one thread too few stands still for ever.
TEST_F(TriggerManagerTest, DeliversManyShardsOnOneThread) {
    start_manager({.threads_max = 1});
    const Stream music = stream(16);
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec("first"), sink));
    ASSERT_TRUE(manager->add(spec("second"), sink));
    for (std::uint64_t i = 0; i < 16; ++i) {
        put(music, i << 60, "x");
    }
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->records().size(), 32u);
}

// If it fails, a test that waits goes on too early, or waits for ever.
TEST_F(TriggerManagerTest, WaitsExactlyUntilAllWrittenBeforeIsAcknowledged) {
    EXPECT_TRUE(drained()) << "without triggers there is nothing to wait for";
    const Stream music = stream(2);
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    EXPECT_TRUE(drained());
    sink->hold(true);
    put(music, 1, "held");
    ASSERT_TRUE(sink->wait_for_inside(1));
    Promised<bool> answer;
    manager->wait_drained(kLong, answer.keeper());
    EXPECT_FALSE(drained(Milliseconds{1}));
    EXPECT_FALSE(answer.kept());
    sink->hold(false);
    EXPECT_EQ(answer.wait(), true);
}

// If it fails, a stopping node does not answer whoever waits.
TEST_F(TriggerManagerTest, AnswersWaitersWhenItStops) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "stuck");
    Promised<bool> answer;
    manager->wait_drained(kLong, answer.keeper());
    stop_manager();
    EXPECT_EQ(answer.wait(), false);
}

// If it fails, the batch that runs at a stop is delivered twice.
TEST_F(TriggerManagerTest, LetsTheBatchInFlightEndAndCheckpoint) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    sink->hold(true);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "in flight");
    ASSERT_TRUE(sink->wait_for_inside(1));
    std::jthread releaser([&] { sink->hold(false); });
    stop_manager();
    releaser.join();
    start_manager();
    const auto next = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), next));
    ASSERT_TRUE(drained());
    EXPECT_TRUE(next->records().empty());
}

// If it fails, a table made again by a test suite never triggers again.
TEST_F(TriggerManagerTest, FollowsItsTableToANewStream) {
    const Stream before = stream(2);
    const auto sink = std::make_shared<ScriptedSink>();
    auto latest = spec();
    latest.starting_position = triggers::StartingPosition::Latest;
    ASSERT_TRUE(manager->add(latest, sink));
    put(before, 1, "old stream");
    ASSERT_TRUE(log->disable_stream(before.id));
    const Stream after = stream(2);
    put(after, 1, "new stream");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (std::vector<std::string>{"old stream", "new stream"}));
}

// If it fails, a disabled trigger delivers, or keeps everybody waiting.
TEST_F(TriggerManagerTest, LeavesADisabledTriggerAlone) {
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    auto disabled = spec();
    disabled.enabled = false;
    ASSERT_TRUE(manager->add(disabled, sink));
    put(music, 1, "x");
    EXPECT_TRUE(drained());
    EXPECT_TRUE(sink->records().empty());
    ASSERT_EQ(manager->status().size(), 1u);
    EXPECT_EQ(manager->status()[0].records_behind, 1u);
}

// If it fails, a wrong configuration starts and does nothing.
TEST_F(TriggerManagerTest, RefusesTwoOfANameAndTablesWithoutAStream) {
    stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(spec(), sink));
    EXPECT_EQ(manager->add(spec(), sink).error().code, base::Code::InUse);
    EXPECT_EQ(manager->add(spec("other", "nowhere"), sink).error().code, base::Code::NotFound);
}

// If it fails, /health/ready is green while changes rot, or names nobody.
TEST_F(TriggerManagerTest, NamesTriggerShardAndReasonOfWhatIsStuck) {
    start_manager({.unhealthy_after = Milliseconds{1}});
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    sink->answer([](const sinks::Batch&) { return failed("the handler says no"); });
    ASSERT_TRUE(manager->add(spec(), sink));
    EXPECT_TRUE(manager->unhealthy().empty());
    put(music, 1, "stuck");
    ASSERT_TRUE(sink->wait_for_records(5));
    const auto unhealthy = manager->unhealthy();
    ASSERT_EQ(unhealthy.size(), 1u);
    EXPECT_EQ(unhealthy[0].trigger, "sums");
    EXPECT_EQ(unhealthy[0].shard, log->shards(music.id)[0].id.to_string());
    EXPECT_NE(unhealthy[0].reason.find("the handler says no"), std::string::npos)
        << unhealthy[0].reason;
    const auto status = manager->status();
    ASSERT_EQ(status.size(), 1u);
    EXPECT_EQ(status[0].records_behind, 1u);
    ASSERT_EQ(status[0].shards.size(), 1u);
    EXPECT_GE(status[0].shards[0].failures, 3u);
    const std::string behind = R"(millbeck_triggers_behind_sequence{trigger="sums"} )";
    EXPECT_NE(metrics.print().find(behind + "1\n"), std::string::npos) << metrics.print();
    sink->answer({});
    ASSERT_TRUE(drained());
    EXPECT_NE(metrics.print().find(behind + "0\n"), std::string::npos) << metrics.print();
    EXPECT_NE(metrics.print().find(R"(millbeck_triggers_behind_seconds{trigger="sums"} 0)"),
              std::string::npos);
}

// If it fails, somebody who watches sees nothing, or nonsense.
TEST_F(TriggerManagerTest, TellsObserversOfEveryDelivery) {
    std::mutex mutex;
    std::vector<std::pair<std::size_t, bool>> notes;
    start_manager({.on_delivery = [&](const DeliveryNote& note) {
        const std::lock_guard lock(mutex);
        EXPECT_EQ(note.trigger, "sums");
        EXPECT_EQ(note.function, "totals");
        EXPECT_GE(note.lag.count(), 0);
        notes.emplace_back(note.records, note.outcome.kind == sinks::Outcome::Kind::Delivered);
    }});
    const Stream music = stream(1);
    const auto sink = std::make_shared<ScriptedSink>();
    std::atomic<int> calls{0};
    sink->answer(
        [&](const sinks::Batch&) { return ++calls == 1 ? failed("x") : sinks::Outcome{}; });
    put(music, 1, "a");
    put(music, 1, "b");
    ASSERT_TRUE(manager->add(spec(), sink));
    ASSERT_TRUE(drained());
    stop_manager();
    EXPECT_EQ(notes, (std::vector<std::pair<std::size_t, bool>>{{2, false}, {2, true}}));
}

}  // namespace
}  // namespace millbeck::runtime
