// What a copy needs of the log and of its target: where it begins, what is kept for it, and when it
// is made anew.
#include <condition_variable>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "tests/runtime/copy_harness.hpp"

namespace millbeck::runtime {
namespace {

using base::Milliseconds;

// Counts who comes by, and holds them while it is closed.
class Gate {
  public:
    explicit Gate(bool is_open) : open_(is_open) {}

    // How many came before.
    int pass() {
        std::unique_lock lock(mutex_);
        const int before = came_++;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        return before;
    }
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(
            changed_.wait_for(lock, std::chrono::seconds(60), [&] { return came_ >= count; }));
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int came_ = 0;
    bool open_;
};

class CopyTest : public testing::Test {
  protected:
    void write(int count, std::size_t padding = 0) {
        for (int i = 0; i < count; ++i) {
            copy.put("k" + std::to_string(i), padding);
        }
    }

    // Everything in the log grows older than its retention and goes, if nothing keeps it.
    void let_the_log_go() {
        for (int round = 0; round < 3; ++round) {
            copy.store.clock().advance(Milliseconds{25 * 3'600'000});
            for (const auto& shard : copy.open_shards()) {
                EXPECT_TRUE(copy.store.log().roll_shard(shard.id.number()));
            }
            write(30, 3'000);
            EXPECT_TRUE(copy.store.log().maintain());
            EXPECT_TRUE(copy.store.store().maintain());
            EXPECT_TRUE(copy.store.log().maintain());
        }
    }
    shardlog::SequenceNumber first() { return copy.store.log().stats().first; }

    static constexpr int kAlways = 200;
    void trouble(int percent) {
        const base::MutexLock lock(copy.target->mutex);
        copy.target->trouble = percent;
    }

    // Segments of a few dozen records, so that there is something to trim.
    CopyFixture copy{true, {.log = {.segment_bytes = 1U << 16U}}};
};

// If it fails, nothing keeps the changes which the rows were read before: they are trimmed while
// the rows are copied, and a copy of a table that takes longer than retention never ends.
TEST_F(CopyTest, KeepsTheLogWhileRowsAreCopied) {
    Gate gate(false);
    copy.target->on_batch = [&](const sinks::Batch& batch) {
        if (batch.content == sinks::Content::Rows) {
            gate.pass();
        }
    };
    write(50);
    copy.start_manager();
    gate.wait_for(2);
    EXPECT_EQ(copy.images, 1) << "both shards are read as of one position";
    EXPECT_FALSE(copy.drained(Milliseconds{1})) << "rows are on their way";
    let_the_log_go();
    gate.open();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.target->times_begun(), 1);
    const auto kept = first();
    let_the_log_go();
    EXPECT_GT(first(), kept) << "a copy that is done keeps nothing";
}

// If it fails, a copy that is made anew lacks what was written between the image that a late thread
// still holds and its own beginning.
TEST_F(CopyTest, ANewLifeReadsAnImageOfItsOwn) {
    copy.holds_images = true;
    write(20);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    write(20);
    ASSERT_TRUE(copy.drained());
    copy.target->restore({});
    write(5);
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.images, 2);
}

// If it fails, a target that is set back twice, the second time to before a shard began, is
// believed to hold what that shard's checkpoint says.
TEST_F(CopyTest, ATargetSetBackTwiceIsNotBelieved) {
    write(20);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    const TargetState oldest = copy.target->snapshot();
    for (const auto& shard : copy.open_shards()) {
        ASSERT_TRUE(copy.store.log().roll_shard(shard.id.number()));
    }
    write(40);  // the second twenty only here
    ASSERT_TRUE(copy.drained());
    const TargetState older = copy.target->snapshot();
    write(20);
    ASSERT_TRUE(copy.drained());
    copy.stop_manager();
    copy.target->restore(older);
    trouble(kAlways);
    Gate tries(true);
    copy.target->on_batch = [&](const sinks::Batch& /*batch*/) { tries.pass(); };
    copy.start_manager();
    tries.wait_for(2);
    copy.stop_manager();
    copy.target->restore(oldest);
    trouble(0);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
}

// If it fails, what a half-done copy needs goes between the start of the node and its first batch.
TEST_F(CopyTest, KeepsTheLogFromTheStartOfTheNode) {
    Gate rows(true);
    copy.target->on_batch = [&](const sinks::Batch& batch) {
        if (batch.content == sinks::Content::Rows && rows.pass() == 2) {
            trouble(kAlways);
        }
    };
    write(50);
    copy.start_manager();
    rows.wait_for(4);
    copy.stop_manager();
    trouble(0);
    Gate start(false);
    copy.target->on_positions = [&] { start.pass(); };
    copy.start_manager();
    start.wait_for(1);
    let_the_log_go();
    start.open();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.target->times_begun(), 1);
}

// If it fails, a target that was set back to a backup lacks the changes since.
TEST_F(CopyTest, GoesBackToWhereTheTargetIs) {
    write(50);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    const TargetState backup = copy.target->snapshot();
    write(60);
    ASSERT_TRUE(copy.drained());
    copy.stop_manager();
    copy.target->restore(backup);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.target->times_begun(), 1);
}

// If it fails, a target that lost what it was told of one shard never gets it.
TEST_F(CopyTest, BeginsAnewWhenTheTargetLacksAShard) {
    write(50);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.stop_manager();
    TargetState lost = copy.target->snapshot();
    ASSERT_EQ(lost.positions.size(), 2U);
    lost.positions.erase(lost.positions.begin());
    lost.rows.clear();
    copy.target->restore(lost);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.target->times_begun(), 2);
}

// If it fails, a copy that was off for longer than the log reaches back lacks what was trimmed.
TEST_F(CopyTest, BeginsAnewWhenTheLogHasForgottenItsShards) {
    write(50);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.stop_manager();
    copy.remove("k1");
    let_the_log_go();
    let_the_log_go();
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
    EXPECT_EQ(copy.target->times_begun(), 2);
}

// If it fails, `start: latest` repeats what was before, or makes nothing of a target that is lost.
TEST_F(CopyTest, BeginsWithTheNextChangeAtLatest) {
    copy.from = triggers::CopyFrom::Latest;
    write(5);
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    EXPECT_TRUE(copy.target->snapshot().rows.empty());
    copy.put("next");
    ASSERT_TRUE(copy.drained());
    EXPECT_EQ(copy.target->snapshot().rows.size(), 1U);
    copy.stop_manager();
    copy.target->restore({});
    copy.start_manager();
    ASSERT_TRUE(copy.drained());
    copy.expect_equal();
}

}  // namespace
}  // namespace millbeck::runtime
