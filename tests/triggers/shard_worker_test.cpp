#include "triggers/shard_worker.hpp"

#include <gtest/gtest.h>

#include "tests/triggers/worker_harness.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;

class ShardWorkerTest : public WorkerTest {};

TEST_F(ShardWorkerTest, SleepsUntilTheBellWhenThereIsNothing) {
    start();
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(worker->status().state, WorkerState::Reading);
}

// If it fails, a put waits although nobody asked for a window.
TEST_F(ShardWorkerTest, DeliversAtOnceWhatIsThere) {
    put("a");
    put("b");
    start();
    const auto batch = expect_batch();
    EXPECT_EQ(keys(*batch), "a b");
    EXPECT_EQ(batch->trigger, "notify");
    EXPECT_EQ(batch->shard_id, shard.id.to_string());
    EXPECT_EQ(batch->request_id.size(), 36u);
    EXPECT_EQ(batch->messages[0].id, "100000000000000000001");
    EXPECT_EQ(batch->messages[0].key, R"({"id":{"S":"a"}})");
    EXPECT_EQ(batch->messages[0].record.front(), '{');
    EXPECT_NE(batch->messages[0].record.find(R"("eventSourceARN":"arn:aws:dynamodb:)"),
              std::string_view::npos);
    EXPECT_EQ(batch->payload_bytes,
              batch->messages[0].record.size() + batch->messages[1].record.size());
    EXPECT_EQ(worker->status().state, WorkerState::Delivering);
}

// If it fails, a crash between acknowledgement and the next batch repeats more than that batch, or
// the checkpoint runs ahead of the target.
TEST_F(ShardWorkerTest, StoresTheCheckpointAfterTheAcknowledgementAndBeforeTheNextBatch) {
    spec.batch_size = 1;
    const auto first = put("a");
    put("b");
    start();
    expect_batch();
    EXPECT_EQ(stored_checkpoint(), std::nullopt);
    answer(Kind::Delivered);
    ASSERT_TRUE(stored_checkpoint());
    EXPECT_EQ(stored_checkpoint()->next, first.next());
    EXPECT_EQ(keys(*expect_batch()), "b");
}

TEST_F(ShardWorkerTest, FillsABatchFromSeveralPages) {
    spec.batch_size = 2'500;
    for (int i = 0; i < 3'000; ++i) {
        put("k" + std::to_string(i), std::string(1'000, 'v'));
    }
    start();
    const auto batch = expect_batch();
    EXPECT_EQ(batch->messages.size(), 2'500u);
    EXPECT_EQ(batch->messages.front().key, R"({"id":{"S":"k0"}})");
    EXPECT_EQ(batch->messages.back().key, R"({"id":{"S":"k2499"}})");
    answer(Kind::Delivered);
    EXPECT_EQ(keys(*expect_batch()).substr(0, 5), "k2500");
}

// If it fails, an event is above the 6 MB a function takes, or a record on the edge is lost.
TEST_F(ShardWorkerTest, ClosesABatchByTheBytesOfTheWholeEvent) {
    put("a");
    put("b");
    put("c");
    start();
    const std::size_t record = expect_batch()->messages[0].record.size();
    spec.batch_bytes_max = 14 + 2 * record + 1;
    start();
    EXPECT_EQ(keys(*expect_batch()), "a b");
    answer(Kind::Delivered);
    EXPECT_EQ(keys(*expect_batch()), "c");
    spec.batch_bytes_max -= 1;
    start();
    EXPECT_EQ(keys(*expect_batch()), "c");
}

// If it fails, one large item stops its shard for ever.
TEST_F(ShardWorkerTest, DeliversARecordAboveTheLimitAlone) {
    spec.batch_bytes_max = 1'000;
    put("a");
    put("large", std::string(5'000, 'v'));
    put("b");
    start();
    for (const std::string expected : {"a", "large", "b"}) {
        EXPECT_EQ(keys(*expect_batch()), expected);
        answer(Kind::Delivered);
    }
}

TEST_F(ShardWorkerTest, GathersForTheWindow) {
    spec.batching_window = Milliseconds{1'000};
    put("a");
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    clock.advance(Milliseconds{600});
    put("b");
    EXPECT_EQ(expect_wait(), Milliseconds{400});
    ASSERT_TRUE(worker->status().oldest_waiting);
    EXPECT_EQ(clock.wall() - *worker->status().oldest_waiting, Milliseconds{600});
    clock.advance(Milliseconds{400});
    EXPECT_EQ(keys(*expect_batch()), "a b");
    answer(Kind::Delivered);
    // The next window runs from here.
    clock.advance(Milliseconds{300});
    put("c");
    EXPECT_EQ(expect_wait(), Milliseconds{700});
}

TEST_F(ShardWorkerTest, AFullBatchDoesNotWaitForTheWindow) {
    spec.batching_window = Milliseconds{1'000};
    spec.batch_size = 2;
    put("a");
    put("b");
    start();
    EXPECT_EQ(keys(*expect_batch()), "a b");
}

// If it fails, children of a closed shard wait for a window for nothing.
TEST_F(ShardWorkerTest, AClosedShardDoesNotWaitForTheWindow) {
    spec.batching_window = Milliseconds{300'000};
    put("a");
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    start();
    EXPECT_EQ(keys(*expect_batch()), "a");
}

// If it fails, children start before their parent is done, or never.
TEST_F(ShardWorkerTest, FinishesAClosedShardAndStoresItFirst) {
    put("a");
    start();
    expect_batch();
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    answer(Kind::Delivered);
    EXPECT_FALSE(stored_checkpoint()->finished);
    expect_finished();
    EXPECT_TRUE(stored_checkpoint()->finished);
    EXPECT_EQ(worker->status().state, WorkerState::Finished);
    expect_finished();
}

TEST_F(ShardWorkerTest, FinishesAClosedShardThatNeverHeldARecord) {
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    start();
    expect_finished();
    EXPECT_TRUE(stored_checkpoint()->finished);
}

// If it fails, a trigger on a quiet shard never counts as drained.
TEST_F(ShardWorkerTest, AnEmptyStretchCountsAsAcknowledged) {
    const auto other = log.add_stream("other");
    start();
    log.put(log.shards(other.id).front().id.number(), "elsewhere");
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(worker->status().acknowledged_next, log.latest());
    EXPECT_EQ(stored_checkpoint(), std::nullopt);
}

TEST_F(ShardWorkerTest, CountsAndMeasures) {
    put("a");
    clock.advance(Milliseconds{250});
    put("b");
    start();
    clock.advance(Milliseconds{500});
    expect_batch();
    answer(Kind::Delivered);
    const std::string printed = metrics.print();
    for (const std::string line : {
             R"(millbeck_triggers_records_total{trigger="notify"} 2)",
             R"(millbeck_triggers_batches_total{trigger="notify"} 1)",
             R"(millbeck_triggers_iterator_age_seconds{trigger="notify"} 0.5)",
             R"(millbeck_triggers_put_to_ack_seconds_count{trigger="notify"} 2)",
             R"(millbeck_triggers_put_to_ack_seconds_sum{trigger="notify"} 1.25)",
         }) {
        EXPECT_NE(printed.find(line), std::string::npos) << line << " not in\n" << printed;
    }
    EXPECT_EQ(worker->status().records_delivered, 2u);
    EXPECT_EQ(worker->status().batches_delivered, 1u);
    EXPECT_EQ(worker->status().oldest_waiting, std::nullopt);
}

}  // namespace
}  // namespace millbeck::triggers
