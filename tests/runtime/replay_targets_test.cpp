// Replays into sinks, and two functions compared over the same batches.
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/replay/comparing_sink.hpp"
#include "tests/runtime/replay_harness.hpp"

namespace millbeck::runtime {
namespace {

// ---- into sinks

// If it fails, a new cache that is filled from the past is not what the past was, or not its own.
TEST_F(ReplayTest, FillsASinkWithAGenerationOfItsOwn) {
    const Stream music = stream(2);
    fill(music, 20);
    open();
    copy->state.rows["left over"] = "of another copy";
    auto spec = spec_of(music);
    spec.target = {ReplayTarget::Kind::Sink, "cache"};
    ASSERT_TRUE(replays->begin(spec));
    await(ReplayState::Finished);
    const TargetState filled = copy->snapshot();
    EXPECT_EQ(filled.rows.size(), 20u);
    EXPECT_FALSE(filled.rows.contains("left over"));
    EXPECT_EQ(copy->times_begun(), 1);
    const base::MutexLock lock(copy->mutex);
    EXPECT_EQ(copy->faults, std::vector<std::string>{});
}

// If it fails, a target that keeps its position is written twice, or not at all, after a crash.
TEST_F(ReplayTest, GoesOnWhereTheSinkStands) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;  // one lane
    {
        const base::MutexLock lock(copy->mutex);
        copy->chance.seed(1);
        copy->trouble = 60;  // half of these answers are lost
    }
    open();
    auto spec = spec_of(music);
    spec.target = {ReplayTarget::Kind::Sink, "cache"};
    spec.retries.reset();
    std::atomic<int> batches{0};
    copy->on_batch = [&](const sinks::Batch&) { ++batches; };
    ASSERT_TRUE(replays->begin(spec));
    while (batches == 0) {
        std::this_thread::yield();
    }
    ASSERT_TRUE(replays->pause("again"));
    await(ReplayState::Paused);
    open();
    {
        const base::MutexLock lock(copy->mutex);
        copy->trouble = 0;
    }
    ASSERT_TRUE(replays->resume("again"));
    await(ReplayState::Finished);
    EXPECT_EQ(copy->snapshot().rows.size(), 30u);
    EXPECT_EQ(copy->times_begun(), 1);
    const base::MutexLock lock(copy->mutex);
    EXPECT_EQ(copy->faults, std::vector<std::string>{});
}

// If it fails, a target that was emptied half way holds the second half alone, and nobody is told.
TEST_F(ReplayTest, FailsWhenTheSinkHasLostWhatWasReplayed) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;
    open();
    int batches = 0;
    copy->on_batch = [&](const sinks::Batch&) {
        if (++batches == 3) {
            copy->restore({});
        }
    };
    auto spec = spec_of(music);
    spec.target = {ReplayTarget::Kind::Sink, "cache"};
    ASSERT_TRUE(replays->begin(spec));
    const auto lost = await(ReplayState::Failed);
    EXPECT_NE(lost.problem.find("does not hold"), std::string::npos) << lost.problem;
    EXPECT_FALSE(replays->resume("again"));
    EXPECT_EQ(replays->begin(spec_of(music)).error().code, Code::InUse) << "it still has its name";
    auto other = spec;
    other.name = "other";
    EXPECT_EQ(replays->begin(other).error().code, Code::InUse) << "and its target";
    ASSERT_TRUE(replays->cancel("again"));
    ASSERT_TRUE(replays->begin(other));
    await(ReplayState::Finished, "other");
    EXPECT_EQ(copy->snapshot().rows.size(), 30u);
}

// ---- comparing

sinks::Outcome replied(std::string reply) {
    sinks::Outcome outcome;
    outcome.reply = std::move(reply);
    return outcome;
}

// If it fails, a new version goes live that answers what the old one does not.
TEST_F(ReplayTest, ShowsWhereTwoFunctionsDiffer) {
    const Stream music = stream(1);
    fill(music, 9);
    threads = 2;
    open();
    auto spec = spec_of(music);
    spec.compared = {.trigger = "on-music", .function = "old"};
    old->answer([](const sinks::Batch&) { return replied(R"({"a":1,"b":{"c":2}})"); });
    sink->answer([](const sinks::Batch& batch) {
        const bool is_second = batch.messages.front().id == SequenceNumber{4}.to_string();
        return replied(is_second ? R"({"a":1,"b":{"c":3}})" : R"({"b":{"c":2},"a":1})");
    });
    ASSERT_TRUE(replays->begin(spec));
    const auto status = await(ReplayState::Finished);
    EXPECT_EQ(status.record.counts.same, 2u);
    EXPECT_EQ(status.record.counts.different, 1u);
    EXPECT_EQ(old->records(), sink->records()) << "the same batches";
    open();
    const auto kept = must(replays->differences("again"));
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_NE(kept[0].find(R"("what":"reply","paths":["/b/c"])"), std::string::npos) << kept[0];
    EXPECT_NE(kept[0].find(SequenceNumber{4}.to_string()), std::string::npos) << kept[0];
    ASSERT_TRUE(replays->drop("again"));
    EXPECT_FALSE(replays->differences("again"));
}

// What fails is an answer as well: nothing is tried again, nothing becomes a dead letter.
TEST_F(ReplayTest, ComparesFailuresToo) {
    const Stream music = stream(1);
    fill(music, 3);
    threads = 2;
    open();
    auto spec = spec_of(music);
    spec.compared = {.trigger = "on-music", .function = "old", .reports_items = true};
    sink->answer([](const sinks::Batch&) { return tests::failed("no price"); });
    ASSERT_TRUE(replays->begin(spec));
    const auto status = await(ReplayState::Finished);
    EXPECT_EQ(status.record.counts.different, 1u);
    EXPECT_EQ(status.record.counts.failed_batches, 0u);
    EXPECT_EQ(sink->records().size(), 3u);
    EXPECT_NE(must(replays->differences("again")).at(0).find("no price"), std::string::npos);
}

TEST(ReplayDifference, IsWhatPeopleWouldCallOne) {
    using Kind = sinks::Outcome::Kind;
    struct Case {
        sinks::Outcome before;
        sinks::Outcome after;
        std::string what;
    };
    const auto of = [](Kind kind, std::string error, std::vector<std::string> failed = {}) {
        sinks::Outcome outcome;
        outcome.kind = kind;
        outcome.error.message = std::move(error);
        outcome.failed = std::move(failed);
        return outcome;
    };
    const std::vector<Case> cases = {
        {replied(""), replied(""), ""},
        {replied(""), replied("null"), ""},
        {replied("[1, 2]"), replied("[1,2]"), ""},
        {replied("[1,2]"), replied("[2,1]"), "reply"},
        {replied("{}"), replied("null"), "reply"},
        {replied("plain"), replied("plain"), ""},
        {replied("plain"), replied("{}"), "reply"},
        {replied("{}"), of(Kind::Failed, "x"), "outcome"},
        {of(Kind::Failed, "x"), of(Kind::Failed, "x"), ""},
        {of(Kind::Failed, "x"), of(Kind::Failed, "y"), "error"},
        {of(Kind::PartlyFailed, "", {"1", "2"}), of(Kind::PartlyFailed, "", {"2", "1"}), ""},
        {of(Kind::PartlyFailed, "", {"1"}), of(Kind::PartlyFailed, "", {"2"}), "failed records"},
    };
    for (const Case& each : cases) {
        const auto difference = difference_of({}, each.before, each.after);
        EXPECT_EQ(difference ? difference->what : "", each.what)
            << each.before.reply << each.before.error.message << " / " << each.after.reply;
    }
}

}  // namespace
}  // namespace millbeck::runtime
