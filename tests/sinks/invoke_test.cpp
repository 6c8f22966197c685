// Functions called with a payload: the same way a batch goes, and the log that Invoke returns.
#include <memory>
#include <string>
#include <vector>

#include "sinks/handler/call_log.hpp"
#include "sinks/handler/debugging.hpp"
#include "tests/sinks/runtime_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::Milliseconds;
using Kind = Outcome::Kind;

class InvokeTest : public RuntimeHandlerTest {
  protected:
    void open_invokable(HandlerOptions options) {
        auto opened = open_handler(std::move(options), clock, metrics, lines.receiver(), pump);
        ASSERT_TRUE(opened) << opened.error().message;
        handler = std::move(*opened);
    }
    InvokeResult invoke(std::string_view payload, bool wants_log = false) {
        return handler->invoke(
            {.payload = payload, .request_id = "request-1", .wants_log = wants_log},
            clock.instant() + kAmple);
    }

    std::unique_ptr<Handler> handler;
};

// If it fails, Invoke and triggers disagree about what a function gets.
TEST_F(InvokeTest, GivesThePayloadByEachProtocol) {
    const std::string payload = "{\n  \"a\": \"b\\n\",\r\n \"c\": 1 }\n";
    open_invokable(function({"echo"}));
    EXPECT_EQ(invoke(payload).outcome.reply, payload);
    open_invokable(handler_options({"echo"}));
    EXPECT_EQ(invoke(payload).outcome.reply, "{   \"a\": \"b\\n\",   \"c\": 1 } ");
    open_invokable(handler_options({"exec-say", "any"}, HandlerProtocol::Exec));
    EXPECT_EQ(invoke(payload).outcome.reply, "any\n");
}

// If it fails, a function does not know by which alias it was called, or by whom.
TEST_F(InvokeTest, TellsTheFunctionWhoCallsIt) {
    open_invokable(function({"headers"}));
    const auto result = handler->invoke({.payload = "{}",
                                         .request_id = "request-1",
                                         .invoked_arn = "arn:fn:live",
                                         .client_context = R"({"custom":{"a":1}})",
                                         .trace_id = "Root=1-2-3"},
                                        clock.instant() + kAmple);
    for (const std::string line : {"Lambda-Runtime-Aws-Request-Id: request-1\r\n",
                                   "Lambda-Runtime-Invoked-Function-Arn: arn:fn:live\r\n",
                                   "Lambda-Runtime-Client-Context: {\"custom\":{\"a\":1}}\r\n",
                                   "Lambda-Runtime-Trace-Id: Root=1-2-3\r\n"}) {
        EXPECT_NE(result.outcome.reply.find(line), std::string::npos) << result.outcome.reply;
    }
}

// If it fails, `--log-type Tail` shows another call's lines, or none.
TEST_F(InvokeTest, GivesTheTailOfTheLogOfThisCallOnly) {
    struct Row {
        HandlerOptions options;
        std::string said;
        bool cold_start_is_told;
    };
    for (const Row& row : {Row{function({"talk", "hello"}), "hello\nhello\n", true},
                           Row{handler_options({"chatty", "6"}), "", false}}) {
        open_invokable(row.options);
        const std::string first = invoke("{}", true).log_tail;
        EXPECT_TRUE(first.starts_with("START RequestId: request-1 Version: $LATEST\n" + row.said))
            << first;
        EXPECT_NE(first.find("\nEND RequestId: request-1\nREPORT RequestId: request-1\tDuration: "),
                  std::string::npos)
            << first;
        EXPECT_NE(first.find("\tMemory Size: 128 MB\tMax Memory Used: "), std::string::npos);
        EXPECT_EQ(first.find("Max Memory Used: 0 MB"), std::string::npos) << first;
        EXPECT_EQ(first.find("\tInit Duration: ") != std::string::npos, row.cold_start_is_told);
        EXPECT_EQ(invoke("{}").log_tail, "");
        const std::string third = invoke("{}", true).log_tail;
        EXPECT_EQ(third.find("Init Duration"), std::string::npos);
        EXPECT_TRUE(third.starts_with("START RequestId: request-1 Version: $LATEST\n" + row.said));
        EXPECT_EQ(third.find("START", 1), std::string::npos) << third;
    }
}

// If it fails, callers of Invoke read an empty answer where AWS explains what went wrong.
TEST_F(InvokeTest, AnswersFailuresWithDocuments) {
    struct Row {
        HandlerOptions options;
        std::string reply;
    };
    HandlerOptions hanging = handler_options({"hang"});
    hanging.timeout = Milliseconds{50};
    for (const Row& row :
         {Row{handler_options({"exit", "3"}),
              R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-1 Error: the )"
              R"(handler ended during the batch: exit code 3"})"},
          Row{handler_options({"exec-exit", "4"}, HandlerProtocol::Exec),
              R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-1 Error: the )"
              R"(handler ended during the batch: exit code 4"})"},
          Row{hanging,
              R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: request-1 Error: )"
              R"(Task timed out after 0.05 seconds"})"},
          Row{function({"exit", "3"}),
              R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-1 Error: )"
              R"(Runtime exited with error: exit status 3"})"}}) {
        open_invokable(row.options);
        const auto result = invoke("{}");
        EXPECT_EQ(result.outcome.kind, Kind::Failed);
        EXPECT_EQ(result.outcome.reply, row.reply);
    }
}

// If it fails, a function whose zip lacks its bootstrap is asked for ever.
TEST_F(InvokeTest, WhatWasInstalledWithoutABootstrapFailsWhenItIsCalled) {
    HandlerOptions options = function({});
    options.command.clear();
    options.lambda.runtime = "provided.al2023";
    options.lambda.installed = true;
    open_invokable(options);
    const auto result = invoke("{}");
    EXPECT_EQ(result.outcome.kind, Kind::Failed);
    EXPECT_NE(result.outcome.reply.find("Runtime.InvalidEntrypoint"), std::string::npos)
        << result.outcome.reply;
}

TEST_F(InvokeTest, TakesAnotherVersionOfALanguageOnlyForWhatWasInstalled) {
    HandlerOptions options = function({});
    options.command.clear();
    options.lambda.runtime = "python3.99";
    EXPECT_FALSE(open_handler(options, clock, metrics, lines.receiver()));
    options.lambda.installed = true;
    EXPECT_TRUE(open_handler(options, clock, metrics, lines.receiver()));
}

// If it fails, an update leaves the old code's processes behind.
TEST_F(InvokeTest, RetiresWhatIsIdleAndTakesNoMore) {
    open_invokable(function({"farewell", file("left")}));
    ASSERT_EQ(invoke("{}").outcome.kind, Kind::Delivered);
    handler->retire(clock.instant() + kAmple);
    EXPECT_TRUE(std::ifstream(file("left")).good()) << "it left politely";
    const auto refused = invoke("{}").outcome;
    EXPECT_EQ(refused.kind, Kind::NotInvoked);
    EXPECT_EQ(refused.error.code, Code::Cancelled);
}

TEST_F(InvokeTest, EndsWhatNobodyUses) {
    open_invokable(function({"echo"}));
    ASSERT_EQ(invoke("{}").outcome.kind, Kind::Delivered);
    handler->end_unused(clock.instant() - kAmple);
    ASSERT_EQ(invoke("{}").outcome.kind, Kind::Delivered);
    EXPECT_EQ(starts(), 1);
    handler->end_unused(clock.instant());
    ASSERT_EQ(invoke("{}").outcome.kind, Kind::Delivered);
    EXPECT_EQ(starts(), 2);
}

// If it fails, a breakpoint ends the process it stopped.
TEST_F(InvokeTest, AFunctionThatIsDebuggedHasTimeAndOneProcess) {
    HandlerOptions options = function({"say", "slow"});
    options.timeout = Milliseconds{1};
    options.lambda.init_timeout = Milliseconds{1};
    options.debug = true;
    open_invokable(options);
    EXPECT_EQ(handler->concurrency(), 1U);
    const auto result = handler->invoke({.payload = "{}", .request_id = "request-1"},
                                        clock.instant() + Milliseconds{1});
    EXPECT_EQ(result.outcome.reply, "slow");
    handler->end_unused(base::Instant::max());
    ASSERT_EQ(invoke("{}").outcome.kind, Kind::Delivered);
    EXPECT_EQ(starts(), 1) << "somebody is attached to it";
}

TEST(Debugging, TellsHowToAttach) {
    HandlerOptions options;
    EXPECT_EQ(how_to_attach(options, 7), "gdb -p 7");
    options.lambda.runtime = "python3.12";
    EXPECT_TRUE(how_to_attach(options, 7)
                    .starts_with("python3 -m debugpy --listen 127.0.0.1:5678 --pid 7 "));
    options.lambda.runtime = "nodejs20.x";
    EXPECT_TRUE(how_to_attach(options, 7).starts_with("open chrome://inspect, or node inspect"));
}

TEST(LogTail, KeepsTheLastFourKilobytes) {
    LogTail tail;
    std::string all;
    for (int i = 0; i < 2'000; ++i) {
        const std::string line = "line " + std::to_string(i);
        tail.add(line);
        all += line + "\n";
    }
    EXPECT_EQ(tail.take(), all.substr(all.size() - kLogTailBytesMax));
    EXPECT_EQ(tail.take(), "");
    tail.add(std::string(10'000, 'x'));
    EXPECT_EQ(tail.take(), std::string(kLogTailBytesMax - 1, 'x') + "\n");
}

TEST(ReportLine, BillsWholeMillisecondsAndTheColdStart) {
    using std::chrono::microseconds;
    EXPECT_EQ(
        report_line("id", {.duration = microseconds(1'234), .memory_mb = 256, .peak_kb = 40'000}),
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 256 "
        "MB\tMax Memory Used: 40 MB\t");
    EXPECT_EQ(
        report_line("id",
                    {.duration = microseconds(1'000), .init = microseconds(70'500), .peak_kb = 1}),
        "REPORT RequestId: id\tDuration: 1.00 ms\tBilled Duration: 72 ms\tMemory Size: 128 "
        "MB\tMax Memory Used: 1 MB\tInit Duration: 70.50 ms\t");
}

}  // namespace
}  // namespace millbeck::sinks
