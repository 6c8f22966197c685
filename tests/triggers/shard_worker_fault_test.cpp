// What a worker does when the target, the disk or the log says no.
#include <gtest/gtest.h>

#include "tests/triggers/worker_harness.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::triggers {
namespace {

using base::Code;
using base::Milliseconds;
using shardlog::SequenceNumber;

class ShardWorkerFaultTest : public WorkerTest {
  protected:
    std::vector<Gap> gaps() { return *checkpoints->gaps(spec.id); }
};

// If it fails, a retry looks like a new event to the handler (it cannot drop doubles), or a broken
// handler is called in a loop.
TEST_F(ShardWorkerFaultTest, SendsTheSameBatchAgainAfterTheBackoff) {
    put("a");
    start();
    const auto first = expect_batch();
    put("b");
    for (const int wait_ms : {500, 1'000, 2'000}) {
        answer(Kind::Failed);
        EXPECT_EQ(worker->status().state, WorkerState::BackingOff);
        EXPECT_EQ(worker->status().last_error, "handler says no");
        EXPECT_EQ(expect_wait(), Milliseconds{wait_ms});
        clock.advance(Milliseconds{wait_ms - 1});
        EXPECT_EQ(expect_wait(), Milliseconds{1});
        clock.advance(Milliseconds{1});
        const auto again = expect_batch();
        EXPECT_EQ(again->request_id, first->request_id);
        EXPECT_EQ(keys(*again), "a");
    }
    EXPECT_EQ(worker->status().failures, 3u);
    answer(Kind::Delivered);
    EXPECT_EQ(worker->status().failures, 0u);
    EXPECT_EQ(worker->status().last_error, "");
    const auto next = expect_batch();
    EXPECT_EQ(keys(*next), "b");
    EXPECT_NE(next->request_id, first->request_id);
}

// If it fails, a throttled function loses its retries without ever having run.
TEST_F(ShardWorkerFaultTest, ARefusalUsesNoAttempt) {
    put("a");
    start();
    expect_batch();
    answer(Kind::NotInvoked);
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    clock.advance(Milliseconds{500});
    expect_batch();
    answer(Kind::NotInvoked);
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    EXPECT_EQ(worker->status().failures, 0u);
    EXPECT_EQ(worker->status().state, WorkerState::BackingOff);
}

// If it fails, records the target took are sent for ever, or records it did not take are skipped.
TEST_F(ShardWorkerFaultTest, ResumesAtTheLowestFailedRecord) {
    put("a");
    put("b");
    const auto third = put("c");
    put("d");
    start();
    const auto whole = expect_batch();
    answer(Kind::PartlyFailed, {std::string(whole->messages[3].id), third.to_string()});
    EXPECT_EQ(stored_checkpoint()->next, third);
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    clock.advance(Milliseconds{500});
    const auto rest = expect_batch();
    EXPECT_EQ(keys(*rest), "c d");
    EXPECT_NE(rest->request_id, whole->request_id);
    EXPECT_EQ(rest->payload_bytes,
              whole->messages[2].record.size() + whole->messages[3].record.size());
    answer(Kind::Delivered);
    EXPECT_EQ(worker->status().records_delivered, 4u);
}

TEST_F(ShardWorkerFaultTest, APartialFailureThatNamesNothingKnownFailsTheWholeBatch) {
    put("a");
    put("b");
    start();
    const auto whole = expect_batch();
    for (const std::vector<std::string>& ids :
         {std::vector<std::string>{}, {"999"}, {std::string(whole->messages[0].id)}}) {
        answer(Kind::PartlyFailed, ids);
        EXPECT_EQ(stored_checkpoint(), std::nullopt);
        clock.advance(Milliseconds{60'000});
        EXPECT_EQ(expect_batch()->request_id, whole->request_id);
    }
    EXPECT_EQ(worker->status().failures, 3u);
}

// If it fails, a poisonous record blocks its shard for ever, or vanishes without a note.
TEST_F(ShardWorkerFaultTest, GivesUpTheExpiredPrefixWithAGap) {
    retention = Milliseconds{10'000};
    spec.retry = {.first = Milliseconds{6'000}, .longest = Milliseconds{6'000}};
    const auto first = put("a");
    put("b");
    clock.advance(Milliseconds{4'000});
    const auto third = put("c");
    start();
    const auto whole = expect_batch();
    answer(Kind::Failed);
    clock.advance(Milliseconds{6'000});
    const auto rest = expect_batch();
    EXPECT_EQ(keys(*rest), "c");
    EXPECT_NE(rest->request_id, whole->request_id);
    EXPECT_EQ(worker->status().failures, 0u);
    ASSERT_EQ(gaps().size(), 1u);
    EXPECT_EQ(gaps()[0].reason, GapReason::Expired);
    EXPECT_EQ(gaps()[0].from, first);
    EXPECT_EQ(gaps()[0].to, third);
    EXPECT_EQ(stored_checkpoint()->next, third);
    EXPECT_NE(metrics.print().find(R"(millbeck_triggers_gaps_total{trigger="notify"} 1)"),
              std::string::npos);
}

// A record that is old because the node was off has had no attempt yet: it gets one.
TEST_F(ShardWorkerFaultTest, NeverGivesUpWhatWasNotTried) {
    retention = Milliseconds{10'000};
    put("a");
    clock.advance(Milliseconds{20'000});
    start();
    EXPECT_EQ(keys(*expect_batch()), "a");
    EXPECT_TRUE(gaps().empty());
    answer(Kind::Failed);
    clock.advance(Milliseconds{60'000});
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(gaps().size(), 1u);
}

// If it fails, a full disk makes a trigger forget a gap, or skip records without one.
TEST_F(ShardWorkerFaultTest, GivesUpNothingBeforeTheGapIsStored) {
    retention = Milliseconds{10'000};
    put("a");
    start();
    expect_batch();
    answer(Kind::Failed);
    clock.advance(Milliseconds{20'000});
    put("b");
    checkpoints->error = base::Error{Code::NoSpace, "disk full"};
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    EXPECT_EQ(worker->status().last_error, "checkpoint: disk full");
    EXPECT_EQ(worker->status().acknowledged_next, SequenceNumber{1});
    checkpoints->error.reset();
    clock.advance(Milliseconds{500});
    EXPECT_EQ(keys(*expect_batch()), "b");
    ASSERT_EQ(gaps().size(), 1u);
    EXPECT_EQ(gaps()[0].to, SequenceNumber{2});
}

// If it fails, a trigger that was off too long stops for ever, or goes on as if nothing was lost.
TEST_F(ShardWorkerFaultTest, StatesAGapWhenRecordsWereTrimmed) {
    const auto first = put("a");
    start();
    expect_batch();
    answer(Kind::Delivered);
    put("b");
    const auto third = put("c");
    log.trim(shard.id.number(), third);
    EXPECT_EQ(keys(*expect_batch()), "c");
    ASSERT_EQ(gaps().size(), 1u);
    EXPECT_EQ(gaps()[0].reason, GapReason::Trimmed);
    EXPECT_EQ(gaps()[0].from, first.next());
    EXPECT_EQ(gaps()[0].to, third);
    EXPECT_EQ(gaps()[0].shard, shard.id);
    EXPECT_EQ(stored_checkpoint()->next, third);
}

// Records that were read before retention took what follows them are delivered before the gap.
TEST_F(ShardWorkerFaultTest, DeliversWhatItHoldsBeforeAGap) {
    spec.batching_window = Milliseconds{10'000};
    put("a");
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{10'000});
    put("b");
    const auto third = put("c");
    log.trim(shard.id.number(), third);
    EXPECT_EQ(keys(*expect_batch()), "a");
    answer(Kind::Delivered);
    EXPECT_EQ(expect_wait(), Milliseconds{10'000});
    EXPECT_EQ(gaps().size(), 1u);
    EXPECT_EQ(gaps()[0].from, SequenceNumber{2});
    clock.advance(Milliseconds{10'000});
    EXPECT_EQ(keys(*expect_batch()), "c");
}

// If it fails, damage in the log looks like "nothing to do".
TEST_F(ShardWorkerFaultTest, SaysWhyItCannotRead) {
    put("a");
    start();
    log.read_error = base::Error{Code::Corrupt, "segment 7 at 4096: bad checksum"};
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    EXPECT_EQ(worker->status().state, WorkerState::Broken);
    EXPECT_EQ(worker->status().last_error, "read: segment 7 at 4096: bad checksum");
    clock.advance(Milliseconds{500});
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    log.read_error.reset();
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(keys(*expect_batch()), "a");
    EXPECT_EQ(worker->status().last_error, "");
}

// If it fails, a full disk repeats a delivery that succeeded, or moves ahead of its checkpoint.
TEST_F(ShardWorkerFaultTest, RetriesTheCheckpointAndNotTheDelivery) {
    spec.batch_size = 1;
    const auto first = put("a");
    put("b");
    start();
    expect_batch();
    checkpoints->error = base::Error{Code::NoSpace, "disk full"};
    answer(Kind::Delivered);
    EXPECT_EQ(worker->status().state, WorkerState::BackingOff);
    EXPECT_EQ(worker->status().acknowledged_next, first);
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    clock.advance(Milliseconds{500});
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    checkpoints->error.reset();
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(keys(*expect_batch()), "b");
    EXPECT_EQ(stored_checkpoint()->next, first.next());
    EXPECT_EQ(worker->status().last_error, "");
    EXPECT_EQ(worker->status().acknowledged_next, first.next());
}

TEST_F(ShardWorkerFaultTest, IsNotFinishedBeforeThatIsStored) {
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    start();
    checkpoints->error = base::Error{Code::Io, "read-only file system"};
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    checkpoints->error.reset();
    clock.advance(Milliseconds{500});
    expect_finished();
    EXPECT_TRUE(stored_checkpoint()->finished);
}

}  // namespace
}  // namespace millbeck::triggers
