#include "triggers/tumbling_window.hpp"

#include <gtest/gtest.h>

#include "base/sqlite.hpp"
#include "tests/support/golden.hpp"
#include "tests/triggers/worker_harness.hpp"
#include "triggers/checkpoint_sql.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using base::WallTime;

WallTime at(std::int64_t ms) {
    return WallTime{Milliseconds{ms}};
}

// If it fails, a record is counted in the wrong window.
TEST(TumblingWindow, LiesAtMultiplesOfItsLength) {
    TumblingWindow window(Milliseconds{30'000}, std::nullopt);
    EXPECT_FALSE(window.is_open());
    EXPECT_TRUE(window.takes(at(1'700'000'012'345)));
    EXPECT_EQ(window.open()->start, at(1'699'999'980'000 + 30'000));
    EXPECT_EQ(window.open()->end, at(1'700'000'040'000));
    EXPECT_TRUE(window.takes(at(1'700'000'039'999)));
    EXPECT_TRUE(window.takes(at(1'600'000'000'000))) << "the clock was set back";
    EXPECT_FALSE(window.takes(at(1'700'000'040'000)));
    window.close();
    EXPECT_TRUE(window.takes(at(1'700'000'040'000)));
    EXPECT_EQ(window.open()->end, at(1'700'000'070'000));
    EXPECT_EQ(window.open()->state, "{}");
}

// If it fails, changing a trigger tears a window in two or leaves it open for ever.
TEST(TumblingWindow, EndsAsItBegan) {
    TumblingWindow window(Milliseconds{0},
                          WindowState{.start = at(10'000), .end = at(20'000), .state = "{}"});
    EXPECT_TRUE(window.takes(at(12'000)));
    EXPECT_FALSE(window.takes(at(20'000)));
    window.close();
    EXPECT_TRUE(window.takes(at(20'000)));
    EXPECT_FALSE(window.is_open());
}

TEST(TumblingWindow, EndsEarlyAboveOneMegabyteOfState) {
    TumblingWindow window(Milliseconds{1'000}, std::nullopt);
    EXPECT_TRUE(window.takes(at(0)));
    window.returned(std::string(kWindowStateBytesMax, ' '));
    EXPECT_FALSE(window.ends_early());
    window.returned(std::string(kWindowStateBytesMax + 1, ' '));
    EXPECT_TRUE(window.ends_early());
}

// If it fails, a function gets another state than it returned, or a wrong reply passes for one.
TEST(TumblingWindow, CutsTheStateOutOfAReply) {
    struct Row {
        const char* reply;
        const char* state;  // nullptr: refused
    };
    for (const Row& row : {
             Row{R"({"state":{}})", "{}"},
             Row{"{\"a\":[{\"state\":1}],\n \"state\" : { \"n\" : 1.10 ,\n\"t\":\"a  b\" } }",
                 R"({"n":1.10,"t":"a  b"})"},
             Row{R"({"state":{"n":123456789012345678901234567890}})",
                 R"({"n":123456789012345678901234567890})"},
             Row{R"({"state":{"state":{"x":1}},"batchItemFailures":[]})", R"({"state":{"x":1}})"},
             Row{"", nullptr},
             Row{"null", nullptr},
             Row{"{}", nullptr},
             Row{"[]", nullptr},
             Row{R"({"state":null})", nullptr},
             Row{R"({"state":[]})", nullptr},
             Row{R"({"state":"{}"})", nullptr},
             Row{R"({"state":{})", nullptr},
         }) {
        const auto state = read_state(row.reply);
        if (row.state == nullptr) {
            EXPECT_FALSE(state) << row.reply;
        } else {
            ASSERT_TRUE(state) << row.reply;
            EXPECT_EQ(*state, row.state);
        }
    }
}

class WindowedWorkerTest : public WorkerTest {
  protected:
    WindowedWorkerTest() { spec.tumbling_window = Milliseconds{10'000}; }

    // The members of the next event, which holds these keys.
    std::string expect_event(const std::string& expected) {
        const auto batch = expect_batch();
        EXPECT_EQ(keys(*batch), expected);
        const std::string before =
            R"("shardId":")" + shard.id.to_string() +
            R"(","eventSourceARN":"arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/)" +
            stream.label + "\",";
        EXPECT_EQ(batch->members.substr(0, before.size()), before);
        return batch->members.substr(std::min(before.size(), batch->members.size()));
    }
    void advance(std::int64_t ms) { clock.advance(Milliseconds{ms}); }
};

constexpr const char* kFirstWindow =
    R"("window":{"start":"2023-11-14T22:13:20Z","end":"2023-11-14T22:13:30Z"},)";
constexpr const char* kNextWindow =
    R"("window":{"start":"2023-11-14T22:13:30Z","end":"2023-11-14T22:13:40Z"},)";
constexpr const char* kOrdinary =
    R"("isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false)";
constexpr const char* kFinal = R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false)";
constexpr const char* kEarly = R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":true)";

std::string members(const char* window, const std::string& state, const char* call) {
    return window + (R"("state":)" + state + ",") + call;
}

// If it fails, sums are wrong: records of two windows in one call, a state lost or kept too long.
TEST_F(WindowedWorkerTest, HandsTheStateOnAndClosesTheWindow) {
    start();
    put("a");
    put("b");
    EXPECT_EQ(expect_event("a b"), members(kFirstWindow, "{}", kOrdinary));
    reply(R"({"state":{"n":2}})");
    advance(9'999);
    put("c");
    advance(1);
    put("d");
    EXPECT_EQ(expect_event("c"), members(kFirstWindow, R"({"n":2})", kOrdinary));
    reply(R"({"state":{"n":3}})");
    EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":3})", kFinal));
    reply(R"({"state":{}})");
    EXPECT_EQ(expect_event("d"), members(kNextWindow, "{}", kOrdinary));
    reply(R"({"state":{"n":1}})");
}

// If it fails, the sum of a quiet stream is never told, or told while records of it still come.
TEST_F(WindowedWorkerTest, ClosesAnIdleWindowAfterItsGrace) {
    start();
    put("a");
    expect_event("a");
    reply(R"({"state":{"n":1}})");
    EXPECT_EQ(expect_wait(), Milliseconds{10'000} + kWindowGrace);
    advance(14'999);
    EXPECT_EQ(expect_wait(), Milliseconds{1});
    advance(1);
    EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":1})", kFinal));
    reply(R"({"state":{}})");
    EXPECT_EQ(expect_wait(), std::nullopt);
}

TEST_F(WindowedWorkerTest, ClosesTheWindowBeforeTheShardEnds) {
    start();
    put("a");
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    expect_event("a");
    reply(R"({"state":{"n":1}})");
    EXPECT_FALSE(stored_checkpoint()->finished);
    EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":1})", kFinal));
    reply(R"({"state":{}})");
    expect_finished();
    EXPECT_FALSE(stored_checkpoint()->window);
}

// If it fails, a crash or a deployment begins the sum again in the middle of its window.
TEST_F(WindowedWorkerTest, GoesOnWithTheStateAfterARestart) {
    start();
    put("a");
    expect_event("a");
    reply(R"({"state":{"n":1}})");
    start();
    put("b");
    EXPECT_EQ(expect_event("b"), members(kFirstWindow, R"({"n":1})", kOrdinary));
    reply(R"({"state":{"n":2}})");
    advance(10'000);
    put("c");
    start();
    EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":2})", kFinal));
    start();
    EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":2})", kFinal));
    reply(R"({"state":{}})");
    start();
    EXPECT_EQ(expect_event("c"), members(kNextWindow, "{}", kOrdinary));
}

// If it fails, the state moves although its records do not, or the other way round.
TEST_F(WindowedWorkerTest, TheStateMovesWithTheCheckpoint) {
    start();
    put("a");
    expect_event("a");
    checkpoints->error = base::Error{base::Code::NoSpace, "disk full"};
    reply(R"({"state":{"n":1}})");
    EXPECT_TRUE(expect_wait());
    EXPECT_FALSE(stored_checkpoint());
    checkpoints->error.reset();
    advance(1'000);
    put("b");
    EXPECT_EQ(expect_event("b"), members(kFirstWindow, R"({"n":1})", kOrdinary));
    EXPECT_EQ(stored_checkpoint()->window->state, R"({"n":1})");
}

// If it fails, a function that forgets its state loses it silently.
TEST_F(WindowedWorkerTest, AReplyWithoutStateIsAFailure) {
    start();
    put("a");
    const auto batch = expect_batch();
    reply("{}");
    EXPECT_EQ(worker->status().last_result, LastResult::Failed);
    advance(500);
    const auto again = expect_batch();
    EXPECT_EQ(again, batch) << "a retry is the same batch";
    reply(R"({"state":{"n":1}})");
    EXPECT_EQ(worker->status().last_result, LastResult::Ok);
}

// If it fails, halves of a batch, or what a reply leaves, begin with a state that does not know
// what was done before them.
TEST_F(WindowedWorkerTest, PartsGoOnWithTheStateOfThePartsBefore) {
    spec.report_batch_item_failures = true;
    spec.bisect_batch_on_function_error = true;
    start();
    put("a");
    put("b");
    const auto c = put("c");
    expect_event("a b c");
    reply(R"({"state":{"n":2},"batchItemFailures":[{"itemIdentifier":")" + c.to_string() +
          R"("}]})");
    advance(500);
    EXPECT_EQ(expect_event("c"), members(kFirstWindow, R"({"n":2})", kOrdinary));
    reply(R"({"state":{"n":9},"batchItemFailures":[{"itemIdentifier":")" + c.to_string() +
          R"("}]})");
    advance(500);
    EXPECT_EQ(expect_event("c"), members(kFirstWindow, R"({"n":2})", kOrdinary))
        << "nothing was acknowledged";
    reply(R"({"state":{"n":3}})");
    put("d");
    put("e");
    expect_event("d e");
    answer(Kind::Failed);
    advance(500);
    EXPECT_EQ(expect_event("d"), members(kFirstWindow, R"({"n":3})", kOrdinary));
    reply(R"({"state":{"n":4}})");
    EXPECT_EQ(expect_event("e"), members(kFirstWindow, R"({"n":4})", kOrdinary));
}

// If it fails, a state grows without bound, or is thrown away before the function saw it.
TEST_F(WindowedWorkerTest, EndsAWindowEarlyWhenItsStateIsTooLarge) {
    start();
    put("a");
    expect_event("a");
    const std::string large = R"({"x":")" + std::string(kWindowStateBytesMax, 'x') + "\"}";
    reply(R"({"state":)" + large + "}");
    put("b");
    start();
    EXPECT_EQ(expect_event(""), members(kFirstWindow, large, kEarly));
    reply(R"({"state":{}})");
    EXPECT_EQ(expect_event("b"), members(kFirstWindow, "{}", kOrdinary));
}

// If it fails, a function that cannot end its window stops the shard for ever, or its sum is gone
// without a trace.
TEST_F(WindowedWorkerTest, GivesALastCallUpAfterItsAttempts) {
    spec.maximum_retry_attempts = 1;
    spec.bisect_batch_on_function_error = true;
    start();
    put("a");
    expect_event("a");
    reply(R"({"state":{"n":1}})");
    advance(10'000);
    put("b");
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(expect_event(""), members(kFirstWindow, R"({"n":1})", kFinal));
        answer(Kind::Failed);
        advance(500);
    }
    ASSERT_EQ(on_failure.taken.size(), 1u);
    const std::string document = failure_document(on_failure.taken[0], "arn:f", Payload::Kept);
    EXPECT_NE(document.find(R"("DDBStreamBatchInfo":{"shardId":")" + shard.id.to_string() +
                            R"(","streamArn":")"),
              std::string::npos)
        << document;
    EXPECT_TRUE(
        document.ends_with(R"(},"timeWindowInfo":{"window":{"start":"2023-11-14T22:13:20Z",)"
                           R"("end":"2023-11-14T22:13:30Z"},"isFinalInvokeForWindow":true,)"
                           R"("isWindowTerminatedEarly":false}})"))
        << document;
    EXPECT_NE(document.find(R"(\"Records\":[],\"shardId\")"), std::string::npos) << document;
    EXPECT_TRUE(checkpoints->gaps(spec.id)->empty()) << "no record was lost";
    EXPECT_EQ(expect_event("b"), members(kNextWindow, "{}", kOrdinary));
}

TEST_F(WindowedWorkerTest, GivesALastCallUpWhenItsWindowIsTooOld) {
    spec.maximum_record_age = Milliseconds{60'000};
    start();
    put("a");
    expect_event("a");
    reply(R"({"state":{"n":1}})");
    advance(69'999);
    expect_event("");
    answer(Kind::Failed);
    advance(500);
    EXPECT_EQ(expect_wait(), std::nullopt);
    ASSERT_EQ(on_failure.taken.size(), 1u);
    EXPECT_EQ(on_failure.taken[0].condition, FailureCondition::RecordAgeExceeded);
}

// If it fails, what is given up in a window cannot be found again as what it was.
TEST_F(WindowedWorkerTest, TellsTheWindowOfRecordsThatAreGivenUp) {
    spec.maximum_retry_attempts = 0;
    start();
    put("a");
    expect_event("a");
    answer(Kind::Failed);
    ASSERT_EQ(on_failure.taken.size(), 1u);
    EXPECT_NE(on_failure.taken[0].window_info.find(kOrdinary), std::string::npos);
    advance(10'000);
    put("b");
    EXPECT_EQ(expect_event(""), members(kFirstWindow, "{}", kFinal))
        << "the window had begun; its end is told";
}

// If it fails, the state makes events larger than a function can take.
TEST_F(WindowedWorkerTest, TheStateCountsInTheSizeOfAnEvent) {
    spec.batch_bytes_max = 3'000;
    start();
    put("a");
    expect_event("a");
    reply(R"({"state":{"x":")" + std::string(2'000, 'x') + "\"}}");
    put("b");
    put("c");
    expect_event("b");
    reply(R"({"state":{}})");
    put("d");
    expect_event("c d");
}

// If it fails, a database of another version is not understood, or an older one loses its place.
TEST(CheckpointForm, StaysReadable) {
    const tests::TempFolder folder;
    const auto file = folder.path() / "triggers.db";
    const std::string shard = "shardId-00000001573689197000-00000001";
    {
        auto old = base::Database::open(file, base::Durability::Normal);
        ASSERT_TRUE(old);
        ASSERT_TRUE(old->migrate(std::span(kSchema).first(1)));
        ASSERT_TRUE(old->execute("INSERT INTO checkpoints VALUES ('t', '" + shard +
                                 "', '100000000000000000007', 0)"));
    }
    const TriggerId trigger{"t"};
    {
        const auto store = CheckpointStore::open(file);
        ASSERT_TRUE(store) << store.error().message;
        auto loaded = *(*store)->load(trigger);
        ASSERT_EQ(loaded.size(), 1u);
        EXPECT_FALSE(loaded[0].window);
        EXPECT_EQ(loaded[0].next, shardlog::SequenceNumber{7});
        loaded[0].window = WindowState{
            .start = at(1'700'000'010'000), .end = at(1'700'000'020'000), .state = R"({"n":1})"};
        ASSERT_TRUE((*store)->advance(trigger, loaded[0]));
    }
    auto database = base::Database::open(file, base::Durability::Normal);
    ASSERT_TRUE(database);
    auto rows = database->prepare("SELECT * FROM checkpoints");
    ASSERT_TRUE(rows && *rows->step());
    std::string form;
    for (int column = 0; column < 7; ++column) {
        form += rows->column_text(column) + "\n";
    }
    rows->reset();
    tests::expect_golden("triggers/checkpoint_v2.txt", form);
}

}  // namespace
}  // namespace millbeck::triggers
