// A worker whose trigger has a filter: what it delivers, and what its checkpoint says of the rest.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/triggers/worker_harness.hpp"
#include "triggers/filter/filter_criteria.hpp"
#include "triggers/shard_gatherer.hpp"
#include "triggers/trigger_metrics.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;

class FilteredWorker : public WorkerTest {
  protected:
    FilteredWorker() {
        spec.filter = std::make_shared<const filter::FilterCriteria>(
            filter::FilterCriteria::parse({R"({"dynamodb":{"NewImage":{"v":{"S":["yes"]}}}})"})
                .value());
    }

    shardlog::SequenceNumber put_many(int count, const std::string& value) {
        shardlog::SequenceNumber last;
        for (int i = 0; i < count; ++i) {
            last = put("k" + std::to_string(i), value);
        }
        return last;
    }

    double filtered_out() {
        const TriggerMetrics now(metrics, spec.name);
        return now.dropped.value();
    }
};

// If it fails, a handler gets what it did not ask for, or misses what it did.
TEST_F(FilteredWorker, DeliversOnlyWhatMatches) {
    put("a", "no");
    put("b", "yes");
    put("c", "no");
    put("d", "yes");
    const auto last = put("e", "no");
    start();
    EXPECT_EQ(keys(*expect_batch()), "b d");
    answer(Kind::Delivered);
    EXPECT_EQ(stored_checkpoint()->next, last.next());
    expect_wait();
    EXPECT_EQ(worker->status().records_dropped, 3U);
    EXPECT_EQ(worker->status().records_delivered, 2U);
    EXPECT_EQ(filtered_out(), 3);
}

// If it fails, records that match wait behind a batch that is full, and are skipped.
TEST_F(FilteredWorker, LosesNothingWhenABatchIsFull) {
    spec.batch_size = 2;
    put_many(3'000, "no");
    for (const char* key : {"a", "b", "c", "d", "e"}) {
        put(key, "yes");
        put("x", "no");
    }
    start();
    for (const char* wanted : {"a b", "c d", "e"}) {
        EXPECT_EQ(keys(*expect_batch()), wanted);
        answer(Kind::Delivered);
    }
    expect_wait();
    EXPECT_EQ(worker->status().records_dropped, 3'005U);
    EXPECT_EQ(filtered_out(), 3'005);
}

// If it fails, a record too large for the batch is dropped with those that the filter drops.
TEST_F(FilteredWorker, LosesNothingWhenARecordDoesNotFit) {
    spec.batch_bytes_max = 1'024;
    put("a", "yes");
    put("b", "no");
    put("c", "yes");
    put("d", "yes");
    start();
    std::string all;
    for (int i = 0; i < 3 && all.size() < 5; ++i) {
        all += (all.empty() ? "" : " ") + keys(*expect_batch());
        answer(Kind::Delivered);
    }
    EXPECT_EQ(all, "a c d");
    EXPECT_EQ(worker->status().records_dropped, 1U);
}

// If it fails, every record that nobody wants costs a write, or none is ever stored and a restart
// reads a day again.
TEST_F(FilteredWorker, StoresWhatItDroppedWithinASecond) {
    const auto last = put_many(10, "no");
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    EXPECT_EQ(checkpoints->writes, 0);
    EXPECT_EQ(worker->status().acknowledged_next, last.next());  // drained, as far as people see
    clock.advance(Milliseconds{999});
    const auto later = put("z", "no");
    EXPECT_EQ(expect_wait(), Milliseconds{1});
    EXPECT_EQ(checkpoints->writes, 0);
    clock.advance(Milliseconds{1});
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(checkpoints->writes, 1);
    EXPECT_EQ(stored_checkpoint()->next, later.next());
    clock.advance(Milliseconds{10'000});
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(checkpoints->writes, 1);
    put("y", "no");
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
}

// If it fails, a shard without a match keeps a thread for as long as it is read, and a stop waits.
TEST_F(FilteredWorker, ComesBackFromALongStretchAndStoresIt) {
    const auto first = put_many(static_cast<int>(kDroppedAtOnceMax), "no");
    put_many(8'000, "no");
    put("a", "yes");
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{0});
    const auto stored = stored_checkpoint();
    ASSERT_TRUE(stored);
    EXPECT_GE(stored->next, first.next());
    EXPECT_EQ(stored->next, worker->status().acknowledged_next);
    EXPECT_EQ(keys(*expect_batch()), "a");
    EXPECT_EQ(worker->status().records_dropped, kDroppedAtOnceMax + 8'000);
    // What begins again reads on from there.
    start();
    EXPECT_EQ(keys(*expect_batch()), "a");
    EXPECT_LE(worker->status().records_dropped, 8'000U);
}

// If it fails, a position moves ahead of the disk, or the worker dies of a full disk.
TEST_F(FilteredWorker, TriesAgainToStoreWhatItDropped) {
    put_many(10, "no");
    start();
    expect_wait();
    checkpoints->error = base::Error{base::Code::NoSpace, "full"};
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    EXPECT_EQ(worker->status().last_error, "checkpoint: full");
    put("a", "yes");
    checkpoints->error.reset();
    clock.advance(Milliseconds{500});
    EXPECT_EQ(keys(*expect_batch()), "a");
    ASSERT_TRUE(stored_checkpoint());
    EXPECT_EQ(stored_checkpoint()->next.position(), 11U);
    EXPECT_EQ(worker->status().last_error, "");
}

// If it fails, children of a shard in which nothing matched never start.
TEST_F(FilteredWorker, FinishesAShardWithoutAMatch) {
    put_many(5, "no");
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    start();
    expect_finished();
    EXPECT_TRUE(stored_checkpoint()->finished);
}

// If it fails, a window of five minutes ends with the first record that nobody wants.
TEST_F(FilteredWorker, KeepsTheWindowOpenForWhatMatches) {
    spec.batching_window = Milliseconds{300'000};
    put("a", "yes");
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{300'000});
    clock.advance(Milliseconds{200'000});
    put("b", "no");
    put("c", "yes");
    EXPECT_EQ(expect_wait(), Milliseconds{100'000});
    EXPECT_EQ(checkpoints->writes, 0);
    clock.advance(Milliseconds{100'000});
    EXPECT_EQ(keys(*expect_batch()), "a c");
}

// If it fails, a record that was dropped long ago is reported as lost when the log trims it.
TEST_F(FilteredWorker, MissesNothingWhenTheLogTrimsWhatItDropped) {
    const auto last = put_many(5, "no");
    start();
    expect_wait();
    log.trim(shard.id.number(), last);
    clock.advance(Milliseconds{1'000});
    expect_wait();
    put("a", "yes");
    EXPECT_EQ(keys(*expect_batch()), "a");
    EXPECT_TRUE(checkpoints->gaps(spec.id)->empty());
}

}  // namespace
}  // namespace millbeck::triggers
