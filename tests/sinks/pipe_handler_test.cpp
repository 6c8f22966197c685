#include <csignal>
#include <future>
#include <thread>

#include "tests/sinks/handler_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::Milliseconds;
using Kind = Outcome::Kind;

class PipeHandlerTest : public HandlerTest {
  protected:
    void open_mode(std::vector<std::string> mode) { open(handler_options(std::move(mode))); }
};

// If it fails, every batch pays for the start of a process.
TEST_F(PipeHandlerTest, AsksOneProcessAgainAndAgain) {
    open_mode({"echo"});
    for (std::size_t i = 1; i <= 100; ++i) {
        const Batch batch = make_batch(i, 2);
        const Outcome outcome = deliver(batch);
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
        EXPECT_EQ(outcome.reply, event_of(batch));
    }
    EXPECT_EQ(starts(), 1);
    EXPECT_EQ(
        metric(R"(millbeck_sinks_handler_invocations_total{function="fn",outcome="delivered"})"),
        100);
}

// A Python handler is the usual one: three lines.
TEST_F(PipeHandlerTest, RunsPython) {
    HandlerOptions options = handler_options({});
    options.command = {"python3", "-c",
                       "import json, sys\n"
                       "for line in sys.stdin:\n"
                       "    print(len(json.loads(line)['Records']), flush=True)\n"};
    open(options);
    EXPECT_EQ(deliver(make_batch(1, 3)).reply, "3");
    EXPECT_EQ(deliver(make_batch(4, 5)).reply, "5");
}

TEST_F(PipeHandlerTest, AReportedErrorIsAFailureAndTheProcessLivesOn) {
    open_mode({"refuse-on", "\"13\""});
    EXPECT_EQ(deliver(12).kind, Kind::Delivered);
    const Outcome refused = deliver(13);
    EXPECT_EQ(refused.kind, Kind::Failed);
    EXPECT_EQ(refused.error.message, "Refusal: no thanks");
    EXPECT_EQ(refused.reply, R"({"errorMessage":"no thanks","errorType":"Refusal"})");
    EXPECT_EQ(deliver(14).kind, Kind::Delivered);
    EXPECT_EQ(starts(), 1);
}

TEST_F(PipeHandlerTest, AReplyThatIsNoJsonIsAFailure) {
    open_mode({"say", "done!"});
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.code, Code::Malformed);
    EXPECT_EQ(outcome.reply, "done!");
}

// If it fails, a large event and a talkative handler wait for each other for ever.
TEST_F(PipeHandlerTest, ReadsWhileItWrites) {
    open_mode({"chatty", "1000000"});
    const Outcome outcome = deliver(make_batch(1, 2'000, 1'000));
    EXPECT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(lines.all().size(), 10'000u);
}

// If it fails, the line that explains a reply comes after it, or with the next batch.
TEST_F(PipeHandlerTest, HandsStderrOverBeforeTheReply) {
    open_mode({"chatty", "100"});
    for (std::size_t i = 1; i <= 50; ++i) {
        ASSERT_EQ(deliver(i).kind, Kind::Delivered);
        ASSERT_EQ(lines.all().size(), i);
    }
    EXPECT_EQ(lines.all().front(), "fn: " + std::string(99, 'e'));
}

struct EndRow {
    std::vector<std::string> mode;
    Code code;
    std::string message;
};

// If it fails, nobody can see from the status why a handler does not get on.
TEST_F(PipeHandlerTest, SaysInWordsHowAProcessFailed) {
    const std::vector<EndRow> rows = {
        {{"exit", "3"}, Code::Io, "the handler ended during the batch: exit code 3"},
        {{"exit", "0"}, Code::Io, "the handler ended during the batch: exit code 0"},
        {{"abort"}, Code::Io, "the handler ended during the batch: signal 6 (SIGABRT)"},
        {{"huge", "1001"}, Code::LimitExceeded, "the handler's reply is longer than 1000 bytes"},
        {{"deaf"}, Code::DeadlineExceeded, "Task timed out after 0.20 seconds"},
        {{"mute"}, Code::Io, "the handler closed its stdin or stdout and lives on"},
        {{"hang"}, Code::DeadlineExceeded, "Task timed out after 0.20 seconds"},
    };
    for (const EndRow& row : rows) {
        HandlerOptions options = handler_options(row.mode);
        options.reply_bytes_max = 1'000;
        options.kill_grace = Milliseconds{20};
        if (row.code == Code::DeadlineExceeded) {
            options.timeout = Milliseconds{200};
        }
        open(options);
        const Outcome outcome = deliver();
        EXPECT_EQ(outcome.kind, Kind::Failed) << row.mode.front();
        EXPECT_EQ(outcome.error.code, row.code) << row.mode.front();
        EXPECT_EQ(outcome.error.message, row.message) << row.mode.front();
    }
}

TEST_F(PipeHandlerTest, TakesAReplyOfExactlyTheLimit) {
    HandlerOptions options = handler_options({"huge", "200000"});
    options.reply_bytes_max = 200'000;
    open(options);
    EXPECT_EQ(deliver().reply.size(), 200'000u);
    EXPECT_EQ(deliver().kind, Kind::Delivered);
}

// If it fails, a handler that closed its stdin with the event half read holds its shard until the
// time limit.
TEST_F(PipeHandlerTest, DoesNotWaitForAProcessThatReadsNoFurther) {
    HandlerOptions options = handler_options({"deaf"});
    options.kill_grace = Milliseconds{20};
    options.command = {"sh", "-c", "exec 0<&-; exec sleep 1000"};
    open(options);
    const Outcome outcome = deliver(make_batch(1, 1'000, 1'000));
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.message, "the handler closed its stdin or stdout and lives on");
}

// If it fails, a crash stops a function until the server is restarted.
TEST_F(PipeHandlerTest, ReplacesAProcessThatAnsweredBefore) {
    HandlerOptions options = handler_options({"answer-then-die", "2"});
    options.restart = {.first = Milliseconds{3'600'000}, .longest = Milliseconds{3'600'000}};
    open(options);
    for (int life = 0; life < 3; ++life) {
        EXPECT_EQ(deliver().kind, Kind::Delivered);
        EXPECT_EQ(deliver().kind, Kind::Delivered);
        EXPECT_EQ(deliver().kind, Kind::Failed);
    }
    EXPECT_EQ(starts(), 3);
}

// If it fails, a command that cannot work is started in a loop, or uses up attempts it never had.
TEST_F(PipeHandlerTest, DoesNotStartAgainAtOnceWhatNeverAnswered) {
    HandlerOptions options = handler_options({"exit", "9"});
    options.restart = {.first = Milliseconds{3'600'000}, .longest = Milliseconds{3'600'000}};
    open(options);
    EXPECT_EQ(deliver().kind, Kind::Failed);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, Code::Unavailable);
    EXPECT_EQ(outcome.error.message,
              "the handler is started again in 3600.0 s (last: exit code 9)");
    EXPECT_EQ(starts(), 1);
}

TEST_F(PipeHandlerTest, StartsAgainAfterTheBackoff) {
    open_mode({"exit", "9"});
    EXPECT_EQ(deliver().kind, Kind::Failed);
    EXPECT_TRUE(eventually([&] { return deliver().kind == Kind::Failed; }));
    EXPECT_GE(starts(), 2);
}

// A process that leaves right after its reply has done its duty: the reply counts.
TEST_F(PipeHandlerTest, AReplyJustBeforeTheEndCounts) {
    for (int i = 0; i < 20; ++i) {
        open_mode({"answer-and-exit"});
        const Outcome outcome = deliver();
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    }
    // Once its end can be seen, the next event goes to another process.
    ASSERT_TRUE(eventually([&] { return deliver().kind == Kind::Delivered; }));
}

// If it fails, the second line of one event is taken for the answer to the next, which nobody
// processed.
TEST_F(PipeHandlerTest, ReplacesAProcessThatWritesTwoLines) {
    open_mode({"twice"});
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    EXPECT_EQ(starts(), 2);
}

TEST_F(PipeHandlerTest, ALateLineIsNotTheNextAnswer) {
    const std::string file = (folder.path() / "go").native();
    open_mode({"late", file});
    EXPECT_EQ(deliver().reply, "{}");
    std::ofstream(file) << "go";
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file + "-done"); }));
    EXPECT_EQ(deliver().reply, "{}");
    EXPECT_EQ(starts(), 2);
}

TEST_F(PipeHandlerTest, AnAnswerBeforeTheQuestionIsNone) {
    open_mode({"early"});
    const Outcome outcome = deliver(make_batch(1, 1'000, 1'000));
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.message, "the handler answered before it had read the whole event");
}

// If it fails, a handler that ignores SIGTERM, or a process it started, outlives its time-out and
// works on while the batch is sent again.
TEST_F(PipeHandlerTest, KillsTheWholeGroupAfterTheTimeout) {
    HandlerOptions stubborn = handler_options({"stubborn"});
    stubborn.timeout = Milliseconds{500};
    stubborn.kill_grace = Milliseconds{20};
    open(stubborn);
    EXPECT_EQ(deliver().error.message, "Task timed out after 0.50 seconds");

    // Its child is there, and known, before any time runs out.
    const auto file = folder.path() / "child";
    HandlerOptions family = handler_options({"family", file.native()});
    family.kill_grace = Milliseconds{20};
    open(family);
    ASSERT_EQ(deliver().kind, Kind::Delivered);
    const auto written = read_lines(file);
    ASSERT_EQ(written.size(), 1U);
    const pid_t child = std::stoi(written.front());
    ASSERT_EQ(::kill(child, 0), 0) << "the child waits";
    const Outcome late = sink->deliver(make_batch(2, 1), clock.instant() + Milliseconds{100});
    EXPECT_EQ(late.error.code, Code::DeadlineExceeded) << late.error.message;
    EXPECT_TRUE(eventually([&] { return ::kill(child, 0) != 0; }));
}

// If it fails, a caller's deadline is reported as the function's own time limit.
TEST_F(PipeHandlerTest, NamesTheTimeItWasGranted) {
    HandlerOptions options = handler_options({"hang"});
    options.timeout = Milliseconds{1'000};
    open(options);
    EXPECT_EQ(deliver().error.message, "Task timed out after 1.00 seconds");
}

TEST_F(PipeHandlerTest, RefusesMoreCallsThanProcesses) {
    HandlerOptions options = handler_options({"hang"});
    options.concurrency = 1;
    options.kill_grace = Milliseconds{0};
    open(options);
    auto first = std::async(std::launch::async, [&] { return deliver(); });
    ASSERT_TRUE(eventually([&] { return starts() == 1; }));
    const Outcome second = deliver();
    EXPECT_EQ(second.kind, Kind::NotInvoked);
    EXPECT_EQ(second.error.message, "all 1 processes of the handler are busy");
    sink->stop(clock.instant());
    const Outcome cut = first.get();
    EXPECT_EQ(cut.kind, Kind::Failed);
    EXPECT_EQ(cut.error.code, Code::Cancelled);
}

TEST_F(PipeHandlerTest, StartsAProcessForEachCallAtOnce) {
    HandlerOptions options = handler_options({"ack"});
    options.concurrency = 3;
    open(options);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                ASSERT_EQ(deliver().kind, Kind::Delivered);
            }
        });
    }
    threads.clear();
    EXPECT_LE(starts(), 3);
}

// If it fails, a batch in hand is torn when the server stops, though there was time for it.
TEST_F(PipeHandlerTest, StopWaitsForTheBatchInHand) {
    const auto file = folder.path() / "go";
    HandlerOptions options = handler_options({});
    options.command = {"sh", "-c",
                       "read event; touch " + file.native() + "-read; while [ ! -e " +
                           file.native() + " ]; do sleep 0.01; done; echo {}"};
    open(options);
    auto outcome = std::async(std::launch::async, [&] { return deliver(); });
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file.native() + "-read"); }));
    auto stopped = std::async(std::launch::async, [&] { sink->stop(clock.instant() + kAmple); });
    std::ofstream(file) << "go";
    EXPECT_EQ(outcome.get().kind, Kind::Delivered);
    stopped.get();
}

// If it fails, handlers lose what they hold back until their input ends.
TEST_F(PipeHandlerTest, StopLetsProcessesEndByThemselves) {
    const auto file = folder.path() / "ended";
    HandlerOptions options = handler_options({});
    options.kill_grace = kAmple;
    options.command = {"sh", "-c",
                       "while read event; do echo {}; done; echo bye >&2; touch " + file.native()};
    open(options);
    ASSERT_EQ(deliver().kind, Kind::Delivered);
    sink->stop(clock.instant() + kAmple);
    EXPECT_TRUE(std::filesystem::exists(file));
    EXPECT_EQ(lines.all(), std::vector<std::string>{"fn: bye"});
}

}  // namespace
}  // namespace millbeck::sinks
