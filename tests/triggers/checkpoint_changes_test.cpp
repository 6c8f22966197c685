// What people do to checkpoints: all of it at once, kept with its reason, and taken back exactly.
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/sqlite.hpp"
#include "tests/support/temp_folder.hpp"
#include "triggers/checkpoint_sql.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::triggers {
namespace {

using shardlog::SequenceNumber;

const TriggerId kTrigger{"11111111-1111-4111-8111-111111111111"};
const TriggerId kOther{"22222222-2222-4222-8222-222222222222"};

shardlog::ShardId shard(std::uint32_t number) {
    return {base::WallTime{base::Milliseconds{1'700'000'000'000}}, shardlog::ShardNumber{number}};
}

Checkpoint checkpoint(std::uint32_t number, std::uint64_t next, bool finished = false) {
    return {shard(number), SequenceNumber{next}, finished};
}

Checkpoint with_window(Checkpoint checkpoint, const std::string& state) {
    checkpoint.window = WindowState{.start = base::WallTime{base::Milliseconds{1'000}},
                                    .end = base::WallTime{base::Milliseconds{2'000}},
                                    .state = state};
    return checkpoint;
}

ChangeNote note(const std::string& reason) {
    return {.kind = ChangeKind::Set,
            .reason = reason,
            .at = base::WallTime{base::Milliseconds{1'700'000'000'123}}};
}

std::string text(const std::vector<Checkpoint>& checkpoints) {
    std::string out;
    for (const Checkpoint& each : checkpoints) {
        out += std::to_string(each.shard.number().value()) + "@" +
               std::to_string(each.next.position()) + (each.finished ? "f" : "") +
               (each.window ? each.window->state : "") + " ";
    }
    return out;
}

class CheckpointChangesTest : public testing::Test {
  protected:
    void SetUp() override { reopen(); }
    void reopen() {
        store_.reset();
        auto opened = CheckpointStore::open(path_, *random_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    CheckpointChange replace(const std::vector<Checkpoint>& by, const ChangeNote& why) {
        auto replaced = store_->replace_all(kTrigger, by, why);
        EXPECT_TRUE(replaced) << replaced.error().message;
        return replaced.value_or(CheckpointChange{});
    }
    std::string stored(const TriggerId& trigger = kTrigger) { return text(*store_->load(trigger)); }
    std::vector<CheckpointChange> changes(std::size_t limit = kChangesKeptMax) {
        auto found = store_->changes(kTrigger, limit);
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(std::vector<CheckpointChange>{});
    }

    tests::TempFolder folder_;
    const base::Path path_ = folder_.path() / "triggers.db";
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    std::unique_ptr<CheckpointStore> store_;
};

// If it fails, a set moves some shards and not others, or nobody knows later who did it and why.
TEST_F(CheckpointChangesTest, MovesBackwardsAndRemembersWhy) {
    ASSERT_TRUE(store_->advance_all(
        kTrigger, {checkpoint(1, 50, true), with_window(checkpoint(2, 80), "{\"n\":1}")}));
    ASSERT_TRUE(store_->advance(kOther, checkpoint(1, 7)));
    const auto made = replace({checkpoint(1, 20), checkpoint(2, 60), checkpoint(3, 70)},
                              note("the handler lost \"orders\""));
    EXPECT_EQ(stored(), "1@20 2@60 3@70 ");
    EXPECT_EQ(stored(kOther), "1@7 ");
    EXPECT_EQ(text(made.before), "1@50f 2@80{\"n\":1} ");
    reopen();
    EXPECT_EQ(stored(), "1@20 2@60 3@70 ");
    const auto kept = changes();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].number, made.number);
    EXPECT_EQ(kept[0].note.kind, ChangeKind::Set);
    EXPECT_EQ(kept[0].note.reason, "the handler lost \"orders\"");
    EXPECT_EQ(kept[0].note.at, note("").at);
    EXPECT_FALSE(kept[0].note.undoes);
    EXPECT_EQ(text(kept[0].before), "1@50f 2@80{\"n\":1} ");
    EXPECT_EQ(text(kept[0].after), "1@20 2@60 3@70 ");
    EXPECT_TRUE(store_->changes(kOther, 10)->empty());
}

// If it fails, the progress of workers pushes out what people did.
TEST_F(CheckpointChangesTest, KeepsNoNoteOfProgress) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 10)));
    ASSERT_TRUE(store_->restart(kTrigger, "life-1", {checkpoint(1, 5)}, std::nullopt));
    EXPECT_TRUE(changes().empty());
    EXPECT_FALSE(store_->advance(kTrigger, checkpoint(1, 4))) << "only a change goes backwards";
}

// If it fails, an undo brings back something else than what was there, window and all.
TEST_F(CheckpointChangesTest, TakesBackExactlyAndThatToo) {
    const std::vector<Checkpoint> first{checkpoint(1, 50, true),
                                        with_window(checkpoint(2, 80), "{\"n\":1}")};
    ASSERT_TRUE(store_->advance_all(kTrigger, first));
    replace({checkpoint(1, 20)}, note("set"));
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 33)));
    const auto newest = changes(1).front();
    ChangeNote undo = note("that was wrong");
    undo.kind = ChangeKind::Undo;
    undo.undoes = newest.number;
    replace(newest.before, undo);
    EXPECT_EQ(stored(), text(first));
    reopen();
    const auto undone = changes(1).front();
    EXPECT_EQ(undone.note.kind, ChangeKind::Undo);
    EXPECT_EQ(undone.note.undoes, newest.number);
    EXPECT_EQ(text(undone.before), "1@33 ") << "with the progress since";
    replace(undone.before, undo);
    EXPECT_EQ(stored(), "1@33 ");
    EXPECT_EQ(changes().size(), 3u);
}

// If it fails, a crash or a full disk in the middle leaves a trigger half moved.
TEST_F(CheckpointChangesTest, ChangesAllOrNothing) {
    ASSERT_TRUE(store_->advance_all(kTrigger, {checkpoint(1, 50), checkpoint(2, 80)}));
    // The second row of one shard goes backwards, which fails when the first is written already.
    const auto refused = store_->replace_all(
        kTrigger, {checkpoint(1, 5), checkpoint(2, 30), checkpoint(2, 20)}, note("half"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(stored(), "1@50 2@80 ");
    EXPECT_TRUE(changes().empty());
    // The note is written last: where it cannot be, nothing is changed.
    auto other = base::Database::open(path_, base::Durability::Normal);
    ASSERT_TRUE(other);
    ASSERT_TRUE(
        other->execute("CREATE TRIGGER broken BEFORE INSERT ON changes BEGIN "
                       "SELECT raise(ABORT, 'no'); END"));
    EXPECT_FALSE(store_->replace_all(kTrigger, {checkpoint(1, 5)}, note("no note")));
    EXPECT_EQ(stored(), "1@50 2@80 ");
    ASSERT_TRUE(other->execute("DROP TRIGGER broken"));
    replace({checkpoint(1, 5)}, note("now"));
    EXPECT_EQ(stored(), "1@5 ");
}

// If it fails, a script that sets a checkpoint every minute fills the disk.
TEST_F(CheckpointChangesTest, KeepsTheNewestOnly) {
    for (std::uint64_t i = 0; i < kChangesKeptMax + 3; ++i) {
        replace({with_window(checkpoint(1, i), "{}")}, note(std::to_string(i)));
    }
    const auto kept = changes();
    ASSERT_EQ(kept.size(), kChangesKeptMax);
    EXPECT_EQ(kept.front().note.reason, std::to_string(kChangesKeptMax + 2));
    EXPECT_EQ(kept.back().note.reason, "3");
    EXPECT_EQ(text(kept[0].before), "1@1001{} ");
    EXPECT_EQ(text(kept[1].before), "1@1000 ") << "its window is of no use any more";
    EXPECT_EQ(changes(2).size(), 2u);
}

TEST_F(CheckpointChangesTest, LimitsTheCheckpointsOfChangesToo) {
    std::vector<Checkpoint> many;
    for (std::uint32_t i = 1; i <= 30'000; ++i) {
        many.push_back(checkpoint(i, 1));
    }
    for (int i = 0; i < 5; ++i) {
        replace(many, note(std::to_string(i)));
    }
    const auto kept = changes();
    ASSERT_EQ(kept.size(), 3u) << "of 60,000 checkpoints each";
    EXPECT_EQ(kept.back().note.reason, "2");
}

// If it fails, a new trigger of an old name shows somebody else's changes.
TEST_F(CheckpointChangesTest, ForgetsThemWithTheTrigger) {
    const auto id = *store_->id_for("notify", "arn:one");
    ASSERT_TRUE(store_->replace_all(id, {checkpoint(1, 5)}, note("x")));
    replace({checkpoint(1, 6)}, note("y"));
    ASSERT_TRUE(store_->forget(id));
    EXPECT_TRUE(store_->changes(id, 10)->empty());
    EXPECT_EQ(changes().size(), 1u);
}

TEST_F(CheckpointChangesTest, RemembersThatACopyBeganAnew) {
    ASSERT_TRUE(store_->advance(kTrigger, checkpoint(1, 10)));
    ChangeNote anew = note("its copy is made anew");
    anew.kind = ChangeKind::CopyBegun;
    ASSERT_TRUE(store_->restart(kTrigger, "life-2", {checkpoint(1, 3)}, anew));
    const auto kept = changes();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].note.kind, ChangeKind::CopyBegun);
    EXPECT_EQ(text(kept[0].before) + text(kept[0].after), "1@10 1@3 ");
}

// If it fails, an update of Millbeck loses every trigger's place.
TEST(CheckpointChanges, OpensAFileFromBeforeThem) {
    const tests::TempFolder folder;
    const auto path = folder.path() / "triggers.db";
    {
        auto old = base::Database::open(path, base::Durability::Normal);
        ASSERT_TRUE(old);
        ASSERT_TRUE(old->migrate(std::span(kSchema).first(3)));
        ASSERT_TRUE(old->execute(
            "INSERT INTO checkpoints (trigger_id, shard, next, finished, told) VALUES "
            "('11111111-1111-4111-8111-111111111111', 'shardId-00000001700000000000-00000001', "
            "'100000000000000000017', 1, '')"));
    }
    const auto store = CheckpointStore::open(path);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(text(*(*store)->load(kTrigger)), "1@17f ");
    EXPECT_TRUE((*store)->changes(kTrigger, 10)->empty());
    ASSERT_TRUE((*store)->replace_all(kTrigger, {checkpoint(1, 5)}, note("after the update")));
    EXPECT_EQ((*store)->changes(kTrigger, 10)->size(), 1u);
}

// If it fails, what a damaged row says is taken for what somebody did.
TEST_F(CheckpointChangesTest, SaysThatARowIsDamaged) {
    replace({checkpoint(1, 5)}, note("x"));
    auto other = base::Database::open(path_, base::Durability::Normal);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->execute("UPDATE changes SET kind = 'moved'"));
    const auto read = store_->changes(kTrigger, 10);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace millbeck::triggers
