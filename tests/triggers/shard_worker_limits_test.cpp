// What a trigger does about records that keep failing: attempts, age, halves, reported records.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/triggers/worker_harness.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::triggers {
namespace {

using base::Code;
using base::Milliseconds;
using shardlog::SequenceNumber;

class ShardWorkerLimitsTest : public WorkerTest {
  protected:
    void put_all(const std::string& all) {
        for (const char key : all) {
            last = put(std::string(1, key));
        }
    }
    std::string given_up() {
        std::string out;
        for (const FailedBatch& failed : on_failure.taken) {
            out += "[" + keys(*failed.batch) + "]";
        }
        return out;
    }

    SequenceNumber last;
};

// If it fails, a poisoned record stops its shard although the trigger says for how long, or is
// dropped before it had its attempts.
TEST_F(ShardWorkerLimitsTest, GivesABatchUpAfterItsAttempts) {
    spec.maximum_retry_attempts = 1;
    put_all("ab");
    start();
    const auto batch = expect_batch();
    answer(Kind::Failed);
    clock.advance(Milliseconds{500});
    put("c");
    EXPECT_EQ(expect_batch()->request_id, batch->request_id);
    EXPECT_TRUE(on_failure.taken.empty());
    answer(Kind::Failed);
    EXPECT_EQ(given_up(), "[a b]");
    const FailedBatch& failed = on_failure.taken.front();
    EXPECT_EQ(failed.condition, FailureCondition::RetryAttemptsExhausted);
    EXPECT_EQ(failed.invoke_count, 2u);
    EXPECT_EQ(failed.function_error, FunctionError::Unhandled);
    EXPECT_EQ(failed.error, "handler says no");
    EXPECT_EQ(failed.trigger, spec.id);
    EXPECT_EQ(failed.trigger_name, "notify");
    EXPECT_EQ(failed.function, "on-order");
    EXPECT_EQ(failed.batch->request_id, batch->request_id);
    EXPECT_EQ(failed.failed_at, clock.wall());
    EXPECT_EQ(clock.wall() - failed.last_arrival, Milliseconds{500});
    EXPECT_EQ(stored_checkpoint()->next, last.next());
    ASSERT_EQ(checkpoints->gaps(spec.id)->size(), 1u);
    EXPECT_EQ(checkpoints->gaps(spec.id)->front().reason, GapReason::Exhausted);
    EXPECT_EQ(keys(*expect_batch()), "c");
}

TEST_F(ShardWorkerLimitsTest, NoRetryIsOneAttempt) {
    spec.maximum_retry_attempts = 0;
    put_all("a");
    start();
    expect_batch();
    answer(Kind::Failed);
    EXPECT_EQ(given_up(), "[a]");
    EXPECT_EQ(on_failure.taken.front().invoke_count, 1u);
}

TEST_F(ShardWorkerLimitsTest, ARefusalIsNoAttempt) {
    spec.maximum_retry_attempts = 0;
    spec.bisect_batch_on_function_error = true;
    put_all("ab");
    start();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(keys(*expect_batch()), "a b");
        answer(Kind::NotInvoked);
        clock.advance(Milliseconds{60'000});
    }
    EXPECT_TRUE(on_failure.taken.empty());
}

// If it fails, a batch that was given up is nowhere: not delivered, not kept, not asked for again.
TEST_F(ShardWorkerLimitsTest, DoesNotMoveOnWhileTheDestinationTakesNothing) {
    spec.maximum_retry_attempts = 0;
    put_all("ab");
    spec.batch_size = 1;
    start();
    expect_batch();
    on_failure.error = base::Error{Code::LimitExceeded, "full"};
    answer(Kind::Failed);
    EXPECT_EQ(stored_checkpoint(), std::nullopt);
    EXPECT_EQ(worker->status().last_error, "checkpoint: on-failure destination: full");
    EXPECT_EQ(expect_wait(), Milliseconds{500});
    clock.advance(Milliseconds{500});
    EXPECT_EQ(expect_wait(), Milliseconds{1'000});
    on_failure.error.reset();
    clock.advance(Milliseconds{1'000});
    EXPECT_EQ(keys(*expect_batch()), "b");
    EXPECT_EQ(given_up(), "[a]");
}

// If it fails, records are handed over that the trigger calls too old, or the young ones behind
// them go with them.
TEST_F(ShardWorkerLimitsTest, DropsOldRecordsBeforeTheyAreTried) {
    spec.maximum_record_age = Milliseconds{60'000};
    put_all("ab");
    clock.advance(Milliseconds{60'000});
    put_all("c");
    start();
    EXPECT_EQ(keys(*expect_batch()), "c");
    EXPECT_EQ(given_up(), "[a b]");
    EXPECT_EQ(on_failure.taken.front().condition, FailureCondition::RecordAgeExceeded);
    EXPECT_EQ(on_failure.taken.front().invoke_count, 1u);
    EXPECT_EQ(on_failure.taken.front().error, "");
    EXPECT_EQ(checkpoints->gaps(spec.id)->front().reason, GapReason::Expired);
}

TEST_F(ShardWorkerLimitsTest, DropsRecordsThatGrowOldBetweenAttempts) {
    spec.maximum_record_age = Milliseconds{60'000};
    spec.retry = {.first = Milliseconds{59'999}, .longest = Milliseconds{60'000}};
    put_all("a");
    start();
    expect_batch();
    answer(Kind::Failed);
    clock.advance(Milliseconds{59'999});
    EXPECT_EQ(keys(*expect_batch()), "a");
    answer(Kind::Failed);
    clock.advance(Milliseconds{60'000});
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(given_up(), "[a]");
    EXPECT_EQ(on_failure.taken.front().invoke_count, 2u);
    EXPECT_EQ(on_failure.taken.front().error, "handler says no");
}

// If it fails, a good record is given up with a bad one, or order is lost among the halves.
TEST_F(ShardWorkerLimitsTest, HalvesUntilTheBadRecordIsAlone) {
    spec.maximum_retry_attempts = 1;
    spec.bisect_batch_on_function_error = true;
    put_all("abcde");
    start();
    std::vector<std::string> seen;
    std::vector<std::string> ids;
    for (;;) {
        const NextMove move = worker->step();
        if (const auto* wait = std::get_if<Wait>(&move)) {
            if (!wait->until) {
                break;
            }
            clock.advance(std::chrono::duration_cast<Milliseconds>(*wait->until - clock.instant()));
            continue;
        }
        const auto batch = std::get<Deliver>(move).batch;
        ids.push_back(batch->request_id);
        seen.push_back(keys(*batch));
        answer(seen.back().find('b') == std::string::npos ? Kind::Delivered : Kind::Failed);
    }
    EXPECT_EQ(seen,
              (std::vector<std::string>{"a b c d e", "a b c", "a b", "a", "b", "b", "c", "d e"}));
    EXPECT_EQ(ids[4], ids[5]);
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::unique(ids.begin(), ids.end()) - ids.begin(), 7);
    EXPECT_EQ(given_up(), "[b]");
    EXPECT_EQ(stored_checkpoint()->next, last.next());
    EXPECT_EQ(worker->status().records_delivered, 4u);
}

// If it fails, a crash between halves skips the second one.
TEST_F(ShardWorkerLimitsTest, TheCheckpointFollowsTheHalves) {
    spec.bisect_batch_on_function_error = true;
    put_all("abc");
    start();
    expect_batch();
    answer(Kind::Failed);
    clock.advance(Milliseconds{500});
    EXPECT_EQ(keys(*expect_batch()), "a b");
    answer(Kind::Delivered);
    EXPECT_EQ(stored_checkpoint()->next, last);
    start();
    EXPECT_EQ(keys(*expect_batch()), "c");
}

TEST_F(ShardWorkerLimitsTest, ListensToReportedRecordsOnlyIfItIsToldTo) {
    put_all("abc");
    start();
    const auto batch = expect_batch();
    reply(R"({"batchItemFailures":[{"itemIdentifier":")" + std::string(batch->messages[1].id) +
          R"("}]})");
    EXPECT_EQ(stored_checkpoint()->next, last.next());
}

// If it fails, records after a reported one are skipped, or the batch is cut where it should not.
TEST_F(ShardWorkerLimitsTest, ARetryBeginsAtTheFirstReportedRecord) {
    spec.report_batch_item_failures = true;
    spec.bisect_batch_on_function_error = true;
    spec.maximum_retry_attempts = 1;
    put_all("abc");
    start();
    const auto batch = expect_batch();
    const std::string bad = R"({"batchItemFailures":[{"itemIdentifier":")" +
                            std::string(batch->messages[1].id) + R"("}]})";
    reply(bad);
    EXPECT_EQ(stored_checkpoint()->next.to_string(), batch->messages[1].id);
    clock.advance(Milliseconds{500});
    const auto rest = expect_batch();
    EXPECT_EQ(keys(*rest), "b c");
    reply(bad);  // from its first record on: the same batch, not halves of it
    clock.advance(Milliseconds{500});
    EXPECT_EQ(expect_batch()->request_id, rest->request_id);
    reply(bad);
    EXPECT_EQ(given_up(), "[b c]");
    EXPECT_EQ(on_failure.taken.front().function_error, FunctionError::None);
    EXPECT_EQ(on_failure.taken.front().invoke_count, 2u);
}

TEST_F(ShardWorkerLimitsTest, AReplyThatMakesNoSenseFailsTheWholeBatch) {
    spec.report_batch_item_failures = true;
    put_all("ab");
    start();
    const auto batch = expect_batch();
    for (const char* text : {R"({"batchItemFailures":[{"itemIdentifier":"123"}]})",
                             R"({"batchItemFailures":[{"foo":"123"}]})", "nonsense"}) {
        reply(text);
        EXPECT_EQ(stored_checkpoint(), std::nullopt) << text;
        clock.advance(Milliseconds{60'000});
        EXPECT_EQ(expect_batch()->request_id, batch->request_id) << text;
    }
    reply(R"({"batchItemFailures":[]})");
    EXPECT_EQ(stored_checkpoint()->next, last.next());
}

}  // namespace
}  // namespace millbeck::triggers
