#include "tests/sinks/handler_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::Milliseconds;
using Kind = Outcome::Kind;

class ExecHandlerTest : public HandlerTest {
  protected:
    void open_mode(std::vector<std::string> mode) {
        open(handler_options(std::move(mode), HandlerProtocol::Exec));
    }
};

TEST_F(ExecHandlerTest, StartsAProcessForEachBatch) {
    const auto file = folder.path() / "events";
    open_mode({"exec-keep", file.native()});
    const Batch first = make_batch(1, 2);
    const Batch second = make_batch(3, 1);
    EXPECT_EQ(deliver(first).kind, Kind::Delivered);
    EXPECT_EQ(deliver(second).kind, Kind::Delivered);
    EXPECT_EQ(read_lines(file), (std::vector{event_of(first), event_of(second)}));
    EXPECT_EQ(starts(), 2);
}

// Any text is a reply here: the exit status is the verdict.
TEST_F(ExecHandlerTest, StdoutIsTheReply) {
    open_mode({"exec-say", "two\nlines"});
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Delivered);
    EXPECT_EQ(outcome.reply, "two\nlines\n");
}

TEST_F(ExecHandlerTest, AnotherExitStatusIsAFailureInWords) {
    open_mode({"exec-exit", "3"});
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.message, "the handler ended during the batch: exit code 3");
    EXPECT_EQ(outcome.reply, "partial\n");
    EXPECT_EQ(lines.all(), std::vector<std::string>{"fn: about to fail"});
}

// `true` is a good handler. If it fails, a script that needs no input is sent batches for ever.
TEST_F(ExecHandlerTest, AHandlerNeedNotReadItsEvent) {
    open_mode({"exec-ignore"});
    for (int i = 0; i < 10; ++i) {
        const Outcome outcome = deliver(make_batch(1, 1'000, 1'000));
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    }
}

// If it fails, a background process that inherited stdout holds the batch until the time limit.
TEST_F(ExecHandlerTest, DoesNotWaitForWhatTheHandlerLeftBehind) {
    HandlerOptions options = handler_options({}, HandlerProtocol::Exec);
    options.command = {"sh", "-c", "sleep 1000 & echo started"};
    open(options);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(outcome.reply, "started\n");
}

TEST_F(ExecHandlerTest, EndsAtItsTimeLimit) {
    HandlerOptions options = handler_options({"exec-hang"}, HandlerProtocol::Exec);
    options.timeout = Milliseconds{100};
    open(options);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.code, Code::DeadlineExceeded);
    EXPECT_EQ(outcome.error.message, "Task timed out after 0.10 seconds");
}

TEST_F(ExecHandlerTest, LimitsTheReply) {
    HandlerOptions options =
        handler_options({"exec-say", std::string(2'000, 'r')}, HandlerProtocol::Exec);
    options.reply_bytes_max = 1'000;
    open(options);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.code, Code::LimitExceeded);
}

// If it fails, a handler that was deleted while the server runs uses up the attempts of its
// batches.
TEST_F(ExecHandlerTest, AProgramThatIsGoneWasNotInvoked) {
    const auto path = folder.path() / "handler";
    std::filesystem::copy(MILLBECK_TEST_HANDLER, path);
    HandlerOptions options = handler_options({}, HandlerProtocol::Exec);
    options.command = {path.native(), "exec-say", "hello"};
    open(options);
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    std::filesystem::remove(path);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::NotInvoked);
    EXPECT_EQ(outcome.error.code, Code::NotFound);
}

}  // namespace
}  // namespace millbeck::sinks
