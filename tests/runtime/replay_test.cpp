#include <algorithm>

#include <gtest/gtest.h>

#include "runtime/replay/replay_reading.hpp"
#include "runtime/replay/replay_worker.hpp"
#include "tests/runtime/replay_harness.hpp"

namespace millbeck::runtime {
namespace {

TEST_F(ReplayTest, DeliversTheRangeAndCountsIt) {
    const Stream music = stream(2);
    fill(music, 20);
    open();
    auto spec = spec_of(music);
    fill(music, 5);  // behind its range
    ASSERT_TRUE(replays->begin(spec));
    const auto status = await(ReplayState::Finished);
    EXPECT_EQ(status.record.counts.records, 20u);
    EXPECT_EQ(sink->records().size(), 20u);
    EXPECT_EQ(status.part_done, 1);
    EXPECT_TRUE(status.record.ended);
}

// Whoever replays does not want the trigger that runs to miss or repeat anything.
TEST_F(ReplayTest, LeavesCheckpointsOfTriggersAlone) {
    const Stream music = stream(1);
    fill(music, 10);
    open();
    auto live = std::make_shared<ScriptedSink>();
    ASSERT_TRUE(manager->add(TriggerManagerTest::spec("again"), live));
    ASSERT_TRUE(drained());
    const auto id = manager->brief_status().front().spec.id;
    const auto before = must(checkpoints->load(id));
    ASSERT_TRUE(replays->begin(spec_of(music)));
    await(ReplayState::Finished);
    const auto after = must(checkpoints->load(id));
    ASSERT_EQ(after.size(), before.size());
    EXPECT_EQ(after.front().next, before.front().next);
    EXPECT_EQ(live->records().size(), 10u);
    EXPECT_EQ(sink->records().size(), 10u);
}

TEST_F(ReplayTest, GoesOnAfterARestartFromItsCheckpoint) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;  // one lane
    open();
    sink->hold(true);
    ASSERT_TRUE(replays->begin(spec_of(music)));
    ASSERT_TRUE(sink->wait_for_inside(1));
    ASSERT_TRUE(replays->pause("again"));
    sink->hold(false);
    await(ReplayState::Paused);
    EXPECT_EQ(sink->records().size(), 3u);
    open();
    EXPECT_EQ(replays->find("again")->record.state, ReplayState::Paused);
    ASSERT_TRUE(replays->resume("again"));
    const auto status = await(ReplayState::Finished);
    EXPECT_EQ(sink->records().size(), 30u);
    EXPECT_EQ(status.record.counts.records, 30u);
    EXPECT_EQ(status.record.resumed, 1u);
}

TEST_F(ReplayTest, RunsOnByItselfWhenItRanAtTheEnd) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;
    open();
    sink->hold(true);
    ASSERT_TRUE(replays->begin(spec_of(music)));
    ASSERT_TRUE(sink->wait_for_inside(1));
    sink->stop({});
    open();
    await(ReplayState::Finished);
    EXPECT_GE(sink->records().size(), 30u);
}

// Somebody has to learn that a batch was given up, and to find its records.
TEST_F(ReplayTest, KeepsAndCountsWhatFails) {
    const Stream music = stream(1);
    fill(music, 6);
    threads = 2;
    open();
    sink->answer([](const sinks::Batch&) { return tests::failed("no"); });
    ASSERT_TRUE(replays->begin(spec_of(music)));
    const auto status = await(ReplayState::Finished);
    EXPECT_EQ(status.record.counts.failed_batches, 2u);
    EXPECT_EQ(status.record.counts.failed_records, 6u);
    EXPECT_EQ(status.record.counts.records, 0u);
    EXPECT_EQ(must(dead_letters->list({.trigger = "again"})).size(), 2u);
}

TEST_F(ReplayTest, CancelsForGood) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;
    open();
    sink->hold(true);
    ASSERT_TRUE(replays->begin(spec_of(music)));
    ASSERT_TRUE(sink->wait_for_inside(1));
    EXPECT_EQ(replays->drop("again").error().code, Code::InUse);
    ASSERT_TRUE(replays->cancel("again"));
    sink->hold(false);
    await(ReplayState::Cancelled);
    EXPECT_EQ(sink->records().size(), 3u);
    EXPECT_EQ(replays->resume("again").error().code, Code::Invalid);
    ASSERT_TRUE(replays->drop("again"));
    EXPECT_EQ(replays->find("again").error().code, Code::NotFound);
}

TEST_F(ReplayTest, SaysWhyItCannotGoOn) {
    const Stream music = stream(1);
    fill(music, 3);
    open();
    ASSERT_TRUE(replays->begin(spec_of(music)));
    await(ReplayState::Finished);
    sink = nullptr;
    const auto begun = replays->begin(spec_of(music, "other"));
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().message, "there is no function \"new\"");
    EXPECT_EQ(replays->find("other").error().code, Code::NotFound);
    EXPECT_EQ(replays->begin(spec_of(music)).error().code, Code::InUse);
}

// As many as half of the threads: others wait for their turn.
TEST_F(ReplayTest, LimitsHowManyRun) {
    const Stream music = stream(1);
    fill(music, 30);
    threads = 2;
    open();
    sink->hold(true);
    ASSERT_TRUE(replays->begin(spec_of(music)));
    EXPECT_EQ(replays->begin(spec_of(music, "other")).error().code, Code::LimitExceeded);
    sink->hold(false);
    await(ReplayState::Finished);
    ASSERT_TRUE(replays->begin(spec_of(music, "other")));
    await(ReplayState::Finished, "other");
}

// What its reader has not taken has to be there when it comes again.
TEST_F(ReplayTest, RemembersWhatAReaderHasTaken) {
    const Stream music = stream(1);
    fill(music, 10);
    open();
    auto spec = spec_of(music);
    spec.target = {ReplayTarget::Kind::Reader, "stdout"};
    ASSERT_TRUE(replays->begin(spec));
    ASSERT_TRUE(replays->note_taken("again", SequenceNumber{4}, 3));
    open();
    const auto known = replays->find("again");
    ASSERT_TRUE(known);
    EXPECT_EQ(known->record.taken, SequenceNumber{4});
    EXPECT_EQ(known->record.counts.records, 3u);
    const auto part =
        must(read_part(*log, {}, "music", spec.choice, {}, SequenceNumber{4}, Lines::Made));
    EXPECT_EQ(part.records, 7u);
    EXPECT_EQ(std::count(part.lines.begin(), part.lines.end(), '\n'), 7);
    ASSERT_TRUE(replays->note_taken("again", part.next, 7));
    EXPECT_EQ(replays->find("again")->record.state, ReplayState::Finished);
}

TEST(ReplaySpec, OutlivesTheProcess) {
    ReplayRecord record;
    record.spec.name = "again";
    record.spec.table = "music";
    record.spec.choice = {.table = shardlog::TableId{7},
                          .range = {SequenceNumber{3}, SequenceNumber{9}},
                          .match = KeyMatch::Prefix,
                          .row_key = std::string("\0\xff k", 4),
                          .only = {SequenceNumber{4}, SequenceNumber{5}}};
    record.spec.filters = {R"({"eventName":["INSERT"]})"};
    record.spec.target = {ReplayTarget::Kind::Reader, "file:x"};
    record.spec.retries.reset();
    record.spec.compared = {.trigger = "on-music", .function = "old", .reports_items = true};
    record.counts.different = 3;
    record.state = ReplayState::Failed;
    record.problem = "because";
    record.taken = SequenceNumber{4};
    const auto read = parse_document("again", to_document(record));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(to_document(*read), to_document(record));
    EXPECT_EQ(read->spec.choice.row_key, record.spec.choice.row_key);
    EXPECT_FALSE(parse_document("again", "{}"));
}

// A worker that has always one more record to deliver.
class Endless final : public triggers::ShardWorker {
  public:
    triggers::NextMove step() override {
        auto batch = std::make_shared<sinks::Batch>();
        batch->messages.resize(10);
        return triggers::Deliver{batch};
    }
    sinks::Outcome delivered(sinks::Outcome outcome) override { return outcome; }
    [[nodiscard]] triggers::WorkerStatus status() const override { return {}; }
};

TEST_F(ReplayTest, KeepsToTheRate) {
    base::VirtualClock still;
    ReplayWorker worker({.history = log->history(),
                         .clock = still,
                         .pace = std::make_shared<triggers::Pace>(100),
                         .ground = nullptr},
                        std::make_unique<Endless>());
    int batches = 0;
    for (int millisecond = 0; millisecond < 1'000; ++millisecond) {
        while (std::holds_alternative<triggers::Deliver>(worker.step())) {
            worker.delivered({});
            ++batches;
        }
        still.advance(Milliseconds{1});
    }
    EXPECT_EQ(batches, 10);
}

// If it fails, a replay takes half of a machine from triggers that have much to deliver.
TEST_F(ReplayTest, RestsWhereTriggersDeliver) {
    base::VirtualClock still;
    std::uint64_t live = 0;
    ReplayWorker worker({.history = log->history(),
                         .clock = still,
                         .pace = std::make_shared<triggers::Pace>(0),
                         .ground = nullptr,
                         .live = [&live] { return live; }},
                        std::make_unique<Endless>());
    const auto rests_after = [&](std::uint64_t delivered) {
        EXPECT_TRUE(std::holds_alternative<triggers::Deliver>(worker.step()));
        live += delivered;
        still.advance(Milliseconds{5});
        worker.delivered({});
        return std::holds_alternative<triggers::Wait>(worker.step());
    };
    EXPECT_FALSE(rests_after(0));
    worker.delivered({});
    EXPECT_TRUE(rests_after(1));
}

// And a manager tells that its triggers deliver.
TEST_F(ReplayTest, TriggersShowThatTheyDeliver) {
    const Stream music = stream(1);
    fill(music, 10);
    open();
    const auto before = manager->progress();
    ASSERT_TRUE(manager->add(TriggerManagerTest::spec("live"), std::make_shared<ScriptedSink>()));
    ASSERT_TRUE(drained());
    EXPECT_GT(manager->progress(), before);
}

}  // namespace
}  // namespace millbeck::runtime
