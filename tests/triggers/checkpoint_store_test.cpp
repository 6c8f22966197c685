#include "triggers/checkpoint_store.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::triggers {
namespace {

using base::Code;
using shardlog::SequenceNumber;

const TriggerId kTrigger{"11111111-1111-4111-8111-111111111111"};
const TriggerId kOther{"22222222-2222-4222-8222-222222222222"};

shardlog::ShardId shard(std::uint32_t number) {
    return {base::WallTime{base::Milliseconds{1'700'000'000'000}}, shardlog::ShardNumber{number}};
}

Checkpoint checkpoint(std::uint32_t number, std::uint64_t next, bool finished = false) {
    return {shard(number), SequenceNumber{next}, finished};
}

Gap gap(std::uint64_t from, std::uint64_t to, GapReason reason = GapReason::Trimmed) {
    return {kTrigger,
            shard(1),
            SequenceNumber{from},
            SequenceNumber{to},
            base::WallTime{base::Milliseconds{5}},
            reason};
}

class CheckpointStoreTest : public testing::Test {
  protected:
    void SetUp() override { reopen(); }
    void reopen() {
        store_.reset();
        auto opened = CheckpointStore::open(folder_.path() / "triggers.db", *random_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    std::vector<Checkpoint> load(const TriggerId& trigger = kTrigger) {
        auto loaded = store_->load(trigger);
        EXPECT_TRUE(loaded) << loaded.error().message;
        return loaded ? *loaded : std::vector<Checkpoint>{};
    }
    std::vector<Gap> gaps() {
        auto found = store_->gaps(kTrigger);
        EXPECT_TRUE(found) << found.error().message;
        return found ? *found : std::vector<Gap>{};
    }

    tests::TempFolder folder_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    std::unique_ptr<CheckpointStore> store_;
};

// If it fails, every restart delivers the whole retention again.
TEST_F(CheckpointStoreTest, RemembersAcrossReopen) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(2, 7)));
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, UINT64_MAX, true)));
    ASSERT_TRUE(store_->advance(kOther, checkpoint(1, 3)));
    reopen();
    const auto loaded = load();
    ASSERT_EQ(loaded.size(), 2u);
    EXPECT_EQ(loaded[0].shard, shard(1));
    EXPECT_EQ(loaded[0].next, SequenceNumber::max());
    EXPECT_TRUE(loaded[0].finished);
    EXPECT_EQ(loaded[1].shard, shard(2));
    EXPECT_EQ(loaded[1].next, SequenceNumber{7});
    EXPECT_FALSE(loaded[1].finished);
    EXPECT_EQ(load(kOther).size(), 1u);
}

// If it fails, a worker that came too late makes the next restart repeat acknowledged records.
TEST_F(CheckpointStoreTest, NeverMovesBackwards) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 100)));
    EXPECT_TRUE(store_->advance(kTrigger, checkpoint(1, 100)));
    const auto back = store_->advance(kTrigger, checkpoint(1, 99));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Code::Invalid);
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 100, true)));
    EXPECT_FALSE(store_->advance(kTrigger, checkpoint(1, 101, false)));
    EXPECT_EQ(load().front().next, SequenceNumber{100});
    EXPECT_TRUE(load().front().finished);
}

// 9 and 10 compare as numbers, and so do positions that SQLite's integers cannot hold.
TEST_F(CheckpointStoreTest, ComparesPositionsAsNumbers) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 9)));
    EXPECT_TRUE(store_->advance(kTrigger, checkpoint(1, 10)));
    EXPECT_TRUE(store_->advance(kTrigger, checkpoint(1, UINT64_MAX - 1)));
    EXPECT_FALSE(store_->advance(kTrigger, checkpoint(1, 11)));
}

// If it fails, a trigger that died while it was made starts half at LATEST and half at the horizon.
TEST_F(CheckpointStoreTest, AdvancesAllOrNone) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(2, 50)));
    EXPECT_FALSE(store_->advance_all(kTrigger, {checkpoint(1, 60), checkpoint(2, 40)}));
    EXPECT_EQ(load().size(), 1u);
    EXPECT_TRUE(store_->advance_all(kTrigger, {checkpoint(1, 60), checkpoint(2, 60)}));
    EXPECT_EQ(load().size(), 2u);
}

TEST_F(CheckpointStoreTest, KeepsGapsInOrder) {
    ASSERT_TRUE(store_->record_gap(gap(10, 20)));
    ASSERT_TRUE(store_->record_gap(gap(30, 35, GapReason::Expired)));
    reopen();
    const auto found = gaps();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].from, SequenceNumber{10});
    EXPECT_EQ(found[0].to, SequenceNumber{20});
    EXPECT_EQ(found[0].reason, GapReason::Trimmed);
    EXPECT_EQ(found[0].noticed, base::WallTime{base::Milliseconds{5}});
    EXPECT_EQ(found[1].reason, GapReason::Expired);
}

// If it fails, a handler that is broken for a day fills the file with a row for each record.
TEST_F(CheckpointStoreTest, JoinsGapsThatTouch) {
    for (std::uint64_t from = 10; from < 40; from += 10) {
        ASSERT_TRUE(store_->record_gap(gap(from, from + 10, GapReason::Expired)));
    }
    ASSERT_TRUE(store_->record_gap(gap(40, 50, GapReason::Trimmed)));
    const auto found = gaps();
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].from, SequenceNumber{10});
    EXPECT_EQ(found[0].to, SequenceNumber{40});
    EXPECT_EQ(found[1].from, SequenceNumber{40});
}

// If it fails, the notes grow without bound; the newest ones are those somebody still acts on.
TEST_F(CheckpointStoreTest, KeepsTheNewestGaps) {
    for (std::uint64_t i = 0; i < kGapsMax + 5; ++i) {
        ASSERT_TRUE(store_->record_gap(gap(10 * i, 10 * i + 5)));
    }
    const auto found = gaps();
    ASSERT_EQ(found.size(), kGapsMax);
    EXPECT_EQ(found.front().from, SequenceNumber{50});
}

// If it fails, a mapping made by a client loses its place at a restart, or takes another one's.
TEST_F(CheckpointStoreTest, AdoptsAnIdOnce) {
    ASSERT_TRUE(store_->adopt(kTrigger, "mapping", "arn:one"));
    ASSERT_TRUE(store_->adopt(kTrigger, "mapping", "arn:one"));
    EXPECT_EQ(*store_->id_for("mapping", "arn:one"), kTrigger);
    const auto refused = [&](const TriggerId& id, const std::string& name, const std::string& arn) {
        const auto adopted = store_->adopt(id, name, arn);
        return !adopted && adopted.error().code == base::Code::InUse;
    };
    EXPECT_TRUE(refused(kTrigger, "mapping", "arn:two"));
    EXPECT_TRUE(refused(kTrigger, "other", "arn:one"));
    EXPECT_TRUE(refused(kOther, "mapping", "arn:one"));
    ASSERT_TRUE(store_->forget(kTrigger));
    EXPECT_TRUE(store_->adopt(kOther, "mapping", "arn:one"));
}

// If it fails, a restart does not find its checkpoints, or two streams share positions.
TEST_F(CheckpointStoreTest, GivesATriggerOneIdForAStream) {
    const auto first = store_->id_for("notify", "arn:one");
    const auto other_stream = store_->id_for("notify", "arn:two");
    const auto other_name = store_->id_for("index", "arn:one");
    ASSERT_TRUE(first && other_stream && other_name);
    EXPECT_EQ(first->value().size(), 36u);
    EXPECT_NE(*first, *other_stream);
    EXPECT_NE(*first, *other_name);
    reopen();
    EXPECT_EQ(*store_->id_for("notify", "arn:one"), *first);
}

TEST_F(CheckpointStoreTest, ForgetsAllOfATriggerAndNothingElse) {
    const auto id = *store_->id_for("notify", "arn:one");
    ASSERT_TRUE(store_->advance(id, checkpoint(1, 5)));
    ASSERT_TRUE(store_->advance(kOther, checkpoint(1, 5)));
    ASSERT_TRUE(store_->forget(id));
    EXPECT_TRUE(load(id).empty());
    EXPECT_EQ(load(kOther).size(), 1u);
    EXPECT_NE(*store_->id_for("notify", "arn:one"), id);
}

TEST_F(CheckpointStoreTest, ForgetsOneShard) {
    ASSERT_TRUE(store_->advance_all(kTrigger, {checkpoint(1, 5), checkpoint(2, 6)}));
    ASSERT_TRUE(store_->forget_shard(kTrigger, shard(1)));
    const auto left = load();
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].shard, shard(2));
    // Free to begin anew, below where it was.
    EXPECT_TRUE(store_->advance(kTrigger, checkpoint(1, 1)));
}

// If it fails, a file of something else is overwritten, or the program dies on it.
TEST_F(CheckpointStoreTest, RefusesAFileThatIsNoDatabase) {
    const auto path = folder_.path() / "other.db";
    std::ofstream(path) << std::string(4096, 'x');
    const auto opened = CheckpointStore::open(path);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::Corrupt);
}

}  // namespace
}  // namespace millbeck::triggers
