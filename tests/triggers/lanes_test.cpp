#include "triggers/lanes.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/memory_checkpoints.hpp"
#include "tests/triggers/worker_harness.hpp"

namespace millbeck::triggers {
namespace {

using shardlog::SequenceNumber;

const TriggerId kTrigger{"trigger"};

class LaneFrontierTest : public testing::Test {
  protected:
    LaneFrontierTest() {
        for (std::uint32_t number = 0; number < 3; ++number) {
            lanes.emplace_back(frontier, Lane{.number = number, .count = 3});
        }
    }
    base::Status at(std::size_t lane, std::uint64_t next, bool finished = false) {
        return lanes[lane].advance(kTrigger, {shard, SequenceNumber{next}, finished});
    }
    std::string stored() {
        const auto found = store.load(kTrigger);
        if (found->empty()) {
            return "nothing";
        }
        return std::to_string(found->front().next.position()) +
               (found->front().finished ? " finished" : "");
    }

    tests::MemoryCheckpoints store;
    shardlog::ShardId shard;
    std::shared_ptr<LaneFrontier> frontier =
        std::make_shared<LaneFrontier>(store, SequenceNumber{10}, 3);
    std::vector<LaneCheckpoints> lanes;
};

// If it fails, a restart skips what a slow lane has not delivered.
TEST_F(LaneFrontierTest, StoresTheSlowestLane) {
    ASSERT_TRUE(at(0, 20));
    ASSERT_TRUE(at(1, 30));
    EXPECT_EQ(stored(), "nothing");
    ASSERT_TRUE(at(2, 15));
    EXPECT_EQ(stored(), "15");
    ASSERT_TRUE(at(2, 40));
    EXPECT_EQ(stored(), "20");
    ASSERT_TRUE(at(0, 25));
    EXPECT_EQ(stored(), "25");
}

// If it fails, children of a shard start before all of it is delivered, or never.
TEST_F(LaneFrontierTest, IsFinishedWhenAllLanesAre) {
    ASSERT_TRUE(at(0, 50, true));
    ASSERT_TRUE(at(1, 50, true));
    ASSERT_TRUE(at(2, 50));
    EXPECT_EQ(stored(), "50");
    ASSERT_TRUE(at(2, 50, true));
    EXPECT_EQ(stored(), "50 finished");
}

// If it fails, a full disk moves the frontier although nothing of that is stored.
TEST_F(LaneFrontierTest, AFailedWriteMovesNothing) {
    ASSERT_TRUE(at(0, 20));
    ASSERT_TRUE(at(1, 20));
    store.error = base::Error{base::Code::NoSpace, "disk full"};
    EXPECT_FALSE(at(2, 20));
    store.error.reset();
    ASSERT_TRUE(at(0, 30));
    EXPECT_EQ(stored(), "nothing");
    ASSERT_TRUE(at(2, 20));
    EXPECT_EQ(stored(), "20");
}

class LaneWorkerTest : public WorkerTest {
  protected:
    // The workers of all lanes, on what is stored.
    void start_lanes(std::uint32_t count) {
        const auto known = stored_checkpoint();
        const auto from = known ? known->next : shard.starting;
        auto frontier = std::make_shared<LaneFrontier>(*checkpoints, from, count);
        workers.clear();
        for (std::uint32_t number = 0; number < count; ++number) {
            workers.push_back(ShardWorker::create({.log = log,
                                                   .checkpoints = *checkpoints,
                                                   .lane = {.number = number, .count = count},
                                                   .frontier = frontier,
                                                   .on_failure = &on_failure,
                                                   .clock = clock,
                                                   .random = *random,
                                                   .metrics = metrics,
                                                   .identity = {},
                                                   .retention = retention},
                                                  spec, stream, shard.id, from));
        }
    }
    std::vector<std::shared_ptr<const sinks::Batch>> batches() {
        std::vector<std::shared_ptr<const sinks::Batch>> all;
        for (const auto& each : workers) {
            const NextMove move = each->step();
            const auto* deliver = std::get_if<Deliver>(&move);
            all.push_back(deliver == nullptr ? nullptr : deliver->batch);
        }
        return all;
    }

    std::vector<std::unique_ptr<ShardWorker>> workers;
};

// If it fails, a change is delivered by two lanes, by none, or out of its key's order.
TEST_F(LaneWorkerTest, EachKeyHasOneLaneAndItsOrder) {
    for (int round = 0; round < 3; ++round) {
        for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
            put(key, std::to_string(round));
        }
    }
    start_lanes(3);
    std::map<std::string, std::vector<std::string>> ids;
    std::size_t busy = 0;
    for (const auto& batch : batches()) {
        busy += batch ? 1U : 0U;
        std::set<std::string> keys_here;
        for (const sinks::Message& message :
             batch ? batch->messages : std::vector<sinks::Message>{}) {
            ids[std::string(message.key)].emplace_back(message.id);
            keys_here.emplace(message.key);
        }
        for (const std::string& key : keys_here) {
            EXPECT_EQ(ids[key].size(), 3u) << key << " is on two lanes";
            EXPECT_TRUE(std::is_sorted(ids[key].begin(), ids[key].end()));
        }
    }
    EXPECT_EQ(ids.size(), 8u);
    EXPECT_GT(busy, 1u) << "the keys of this test no longer spread over lanes; take others";
}

// If it fails, one failing key stops all keys of its shard, or is skipped by a restart.
TEST_F(LaneWorkerTest, AFailingLaneHoldsTheCheckpointAndNoOtherLane) {
    for (const char* key : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
        put(key);
    }
    start_lanes(2);
    const auto first = batches();
    ASSERT_TRUE(first[0] && first[1]);
    workers[0]->delivered({.kind = Kind::Failed, .failed = {}, .error = {}, .reply = ""});
    workers[1]->delivered({});
    EXPECT_EQ(stored_checkpoint(), std::nullopt);
    EXPECT_GT(workers[1]->status().acknowledged_next, workers[0]->status().acknowledged_next);
    start_lanes(2);
    EXPECT_TRUE(batches().front()) << "a restart skipped the failing lane";
}

}  // namespace
}  // namespace millbeck::triggers
