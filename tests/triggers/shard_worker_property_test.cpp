// Random targets, disks, logs and crashes against one worker; the oracle knows only what was
// written and what reached the target.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/seed.hpp"
#include "tests/triggers/worker_harness.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using shardlog::SequenceNumber;

// What the target saw, and what it took.
class Oracle {
  public:
    void wrote(SequenceNumber sequence) { written_.insert(sequence.to_string()); }

    void asked(const sinks::Batch& batch) {
        std::string previous;
        std::string ids;
        for (const sinks::Message& message : batch.messages) {
            EXPECT_LT(previous, message.id) << "out of order inside of a batch";
            EXPECT_TRUE(written_.contains(std::string(message.id))) << "never written";
            previous = message.id;
            ids += previous + " ";
        }
        const auto [known, is_new] = contents_.emplace(batch.request_id, ids);
        EXPECT_EQ(known->second, ids) << "one request id, two contents";
    }

    // Also by a target whose acknowledgement was lost in a crash.
    void took(const sinks::Batch& batch, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::string id(batch.messages[i].id);
            // In order means: whatever is new comes after everything taken before.
            if (taken_.insert(id).second) {
                EXPECT_LT(highest_, id) << "a record came after one that follows it";
                highest_ = id;
            }
        }
    }

    // The trigger gave it up, and its on-failure destination has it.
    void kept(const sinks::Batch& batch) {
        for (const sinks::Message& message : batch.messages) {
            kept_.insert(std::string(message.id));
        }
    }
    [[nodiscard]] bool has_kept_what_was_not_taken() const {
        return std::all_of(written_.begin(), written_.end(), [&](const std::string& id) {
            return taken_.contains(id) || kept_.contains(id);
        });
    }

    // Every position below `next` was taken or lies in a stated gap.
    void check_checkpoint(SequenceNumber next, const std::vector<Gap>& gaps) const {
        for (const std::string& id : written_) {
            if (id < next.to_string() && !taken_.contains(id)) {
                EXPECT_TRUE(in_gap(id, gaps)) << id << " was skipped silently";
            }
        }
    }

  private:
    static bool in_gap(const std::string& id, const std::vector<Gap>& gaps) {
        for (const Gap& gap : gaps) {
            if (gap.from.to_string() <= id && id < gap.to.to_string()) {
                return true;
            }
        }
        return false;
    }

    std::set<std::string> written_;
    std::set<std::string> taken_;
    std::set<std::string> kept_;
    std::string highest_;
    std::map<std::string, std::string> contents_;
};

struct Story {
    bool trims = false;
    bool expires = false;
    bool limits = false;  // attempts and age; batches are halved
};

class ShardWorkerPropertyTest : public WorkerTest {
  protected:
    std::uint64_t below(std::uint64_t limit) { return dice->next_u64() % limit; }

    void live(std::uint64_t seed, const Story& story) {
        dice = base::seeded_random(seed);
        spec.batch_size = static_cast<std::uint32_t>(1 + below(7));
        spec.batching_window = Milliseconds{below(2) == 0 ? 0 : 2'000};
        spec.batch_bytes_max = below(3) == 0 ? 1'500 : 6u << 20;
        retention = story.expires ? Milliseconds{20'000} : Milliseconds{1'000'000'000};
        if (story.limits) {
            spec.maximum_retry_attempts = static_cast<std::uint32_t>(below(4));
            spec.maximum_record_age = Milliseconds{30'000 + 1'000 * below(100)};
            spec.bisect_batch_on_function_error = below(2) == 0;
            spec.report_batch_item_failures = true;
        }
        start();
        for (int step = 0; step < 400 && !HasFailure(); ++step) {
            change_the_world(story);
            move();
            check();
        }
        // Everything works again: all of it arrives.
        checkpoints->error.reset();
        on_failure.error.reset();
        log.read_error.reset();
        ASSERT_TRUE(log.roll_shard(shard.id.number()));
        for (int step = 0; step < 10'000; ++step) {
            const NextMove next = worker->step();
            if (std::holds_alternative<Finished>(next)) {
                oracle.check_checkpoint(SequenceNumber::max(), *checkpoints->gaps(spec.id));
                for (const FailedBatch& failed : on_failure.taken) {
                    oracle.kept(*failed.batch);
                }
                return;
            }
            if (const auto* deliver = std::get_if<Deliver>(&next)) {
                oracle.asked(*deliver->batch);
                oracle.took(*deliver->batch, deliver->batch->messages.size());
                answer(Kind::Delivered);
            } else {
                clock.advance(Milliseconds{1'000});
            }
        }
        FAIL() << "never finished: " << worker->status().last_error;
    }

    void change_the_world(const Story& story) {
        for (std::uint64_t i = below(4); i > 0; --i) {
            oracle.wrote(put("k" + std::to_string(below(5)), std::string(below(300), 'v')));
        }
        if (below(20) == 0) {
            log.put(log.shards(other.id).front().id.number(), "elsewhere");
        }
        clock.advance(Milliseconds{below(1'500)});
        if (below(15) == 0) {
            checkpoints->error = base::Error{base::Code::NoSpace, "disk full"};
        } else if (below(4) == 0) {
            checkpoints->error.reset();
        }
        if (story.limits && below(15) == 0) {
            on_failure.error = base::Error{base::Code::NoSpace, "disk full"};
        } else if (below(4) == 0) {
            on_failure.error.reset();
        }
        if (below(25) == 0) {
            log.read_error = base::Error{base::Code::Io, "input/output error"};
        } else if (below(4) == 0) {
            log.read_error.reset();
        }
        if (story.trims && below(30) == 0) {
            const auto from = worker->status().acknowledged_next;
            log.trim(shard.id.number(), SequenceNumber{from.position() + below(8)});
        }
        if (below(40) == 0) {
            start();  // a crash between two steps
        }
    }

    void move() {
        const NextMove next = worker->step();
        const auto* deliver = std::get_if<Deliver>(&next);
        if (deliver == nullptr) {
            ASSERT_FALSE(std::holds_alternative<Finished>(next)) << "the shard is open";
            return;
        }
        const sinks::Batch& batch = *deliver->batch;
        ASSERT_FALSE(batch.messages.empty());
        ASSERT_LE(batch.messages.size(), spec.batch_size);
        oracle.asked(batch);
        const std::uint32_t attempts = ++attempts_[batch.request_id];
        ASSERT_LE(attempts, 1 + spec.maximum_retry_attempts.value_or(10'000));
        const std::size_t took = below(batch.messages.size());
        switch (below(8)) {
            case 0:
                return answer(Kind::Failed);
            case 1:
                --attempts_[batch.request_id];
                return answer(Kind::NotInvoked);
            case 2:
                oracle.took(batch, took);
                if (spec.report_batch_item_failures) {
                    return reply(R"({"batchItemFailures":[{"itemIdentifier":")" +
                                 std::string(batch.messages[took].id) + R"("}]})");
                }
                return answer(Kind::PartlyFailed, {std::string(batch.messages[took].id)});
            case 3:
                oracle.took(batch, batch.messages.size());
                return start();  // a crash between the target's reply and the checkpoint
            case 4:
                return start();  // a crash before the target did anything
            default:
                oracle.took(batch, batch.messages.size());
                return answer(Kind::Delivered);
        }
    }

    void check() {
        const auto gaps = *checkpoints->gaps(spec.id);
        const auto stored = stored_checkpoint();
        if (stored) {
            oracle.check_checkpoint(stored->next, gaps);
            EXPECT_GE(stored->next, last_stored_) << "the checkpoint moved backwards";
            last_stored_ = stored->next;
        }
        oracle.check_checkpoint(worker->status().acknowledged_next, gaps);
    }

    std::unique_ptr<base::Random> dice;
    shardlog::Stream other = log.add_stream("other");
    Oracle oracle;
    std::map<std::string, std::uint32_t> attempts_;  // by request id
    SequenceNumber last_stored_;
};

class ShardWorkerSeedTest : public ShardWorkerPropertyTest,
                            public testing::WithParamInterface<int> {
  protected:
    std::uint64_t seed() const {
        return tests::test_seed(1'000) + static_cast<std::uint64_t>(GetParam());
    }
};

// If it fails, a record is lost, comes before an older one, or is acknowledged without the target.
TEST_P(ShardWorkerSeedTest, DeliversEveryRecordInOrder) {
    SCOPED_TRACE("MB_SEED=" + std::to_string(seed()) + " and instance 0");
    live(seed(), {});
    EXPECT_TRUE(checkpoints->gaps(spec.id)->empty());
}

// If it fails, records go missing without a gap that says so.
TEST_P(ShardWorkerSeedTest, StatesEveryGap) {
    SCOPED_TRACE("MB_SEED=" + std::to_string(seed()) + " and instance 0");
    live(seed(), {.trims = true, .expires = true});
}

// If it fails, a record that the trigger gives up is nowhere, or is tried more often than allowed.
TEST_P(ShardWorkerSeedTest, EveryRecordIsTakenOrKept) {
    SCOPED_TRACE("MB_SEED=" + std::to_string(seed()) + " and instance 0");
    live(seed(), {.expires = true, .limits = true});
    EXPECT_TRUE(oracle.has_kept_what_was_not_taken());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ShardWorkerSeedTest, testing::Range(0, 12));

}  // namespace
}  // namespace millbeck::triggers
