#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/replay/replay_reading.hpp"
#include "runtime/replay/replay_registry.hpp"
#include "runtime/replay/replay_worker.hpp"
#include "tests/runtime/copy_harness.hpp"
#include "tests/runtime/trigger_manager_harness.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using shardlog::SequenceNumber;

class ReplayTest : public TriggerManagerTest {
  protected:
    ReplayTest() {
        dead_letters = must(triggers::DeadLetterStore::open(folder.path() / "dead-letters.db", {}));
    }
    ~ReplayTest() override {
        stop_manager();
        replays.reset();
    }

    // As a start of the node.
    void open(bool starts = true) {
        stop_manager();
        replays.reset();
        manager = TriggerManager::create(*log, *checkpoints, clock, *random, metrics,
                                         {.threads_max = threads});
        replays = must(ReplayRegistry::open(
            {.run = {.log = *log,
                     .checkpoints = *checkpoints,
                     .dead_letters = *dead_letters,
                     .clock = clock,
                     .random = *random,
                     .metrics = metrics,
                     .identity = {}},
             .triggers = *manager,
             .file = folder.path() / "replays.db",
             .delivery_threads = threads,
             .open_target =
                 [this](const ReplayTarget& target) -> base::Result<std::shared_ptr<sinks::Sink>> {
                 if (target.kind == ReplayTarget::Kind::Sink) {
                     return std::shared_ptr<sinks::Sink>(
                         std::make_shared<TargetSink>(copy, copy_keeps));
                 }
                 if (target.name == "old") {
                     return std::shared_ptr<sinks::Sink>(old);
                 }
                 if (!sink) {
                     return base::fail(Code::NotFound, "there is no function \"new\"");
                 }
                 return std::shared_ptr<sinks::Sink>(sink);
             },
             .is_function = [](const std::string& name) { return name == "new"; },
             .is_sink = [](const std::string&) { return false; }}));
        manager->start();
        if (starts) {
            replays->start();
        }
    }

    ReplaySpec spec_of(const Stream& of, const std::string& name = "again") {
        ReplaySpec made;
        made.name = name;
        made.table = of.table_name.value();
        made.choice.table = of.table;
        made.choice.range = {SequenceNumber{1}, log->history().newest()};
        made.target = {ReplayTarget::Kind::Function, "new"};
        made.batch_size = 3;
        made.retries = 0;
        made.lanes = replays->lanes();
        return made;
    }

    void fill(const Stream& to, int count) {
        for (int i = 0; i < count; ++i) {
            put(to, static_cast<std::uint64_t>(i) * 0x0fff'ffff'ffff'ffff, std::to_string(i));
        }
    }

    // A generous deadline that only a broken replay reaches.
    ReplayStatus await(ReplayState state, const std::string& name = "again") {
        const auto deadline = std::chrono::steady_clock::now() + kLong;
        while (std::chrono::steady_clock::now() < deadline) {
            const auto status = replays->find(name);
            if (status && status->record.state == state) {
                return *status;
            }
            std::this_thread::yield();
        }
        ADD_FAILURE() << "it is not " << to_string(state);
        return {};
    }

    unsigned threads = 8;
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
    std::shared_ptr<Target> copy = std::make_shared<Target>();
    bool copy_keeps = true;
    std::shared_ptr<ScriptedSink> old = std::make_shared<ScriptedSink>();
    std::unique_ptr<triggers::DeadLetterStore> dead_letters;
    std::unique_ptr<ReplayRegistry> replays;
};

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

}  // namespace
}  // namespace millbeck::runtime
