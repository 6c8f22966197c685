// The runtime protocol with processes: functions that work, fail, hang and end.
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <thread>

#include "tests/sinks/runtime_harness.hpp"

namespace millbeck::sinks {
namespace {

using base::Code;
using base::Milliseconds;
using Kind = Outcome::Kind;

// If it fails, every batch pays for the start of a process.
TEST_F(RuntimeHandlerTest, AsksOneProcessAgainAndAgain) {
    open_mode({"echo"});
    for (std::size_t i = 1; i <= 100; ++i) {
        const Batch batch = make_batch(i, 2);
        const Outcome outcome = deliver(batch);
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
        EXPECT_EQ(outcome.reply, event_of(batch));
    }
    EXPECT_EQ(starts(), 1);
}

TEST_F(RuntimeHandlerTest, ServesClientsThatConnectForEachCall) {
    open_mode({"reconnect"});
    for (std::size_t i = 1; i <= 200; ++i) {
        const Batch batch = make_batch(i, 2);
        ASSERT_EQ(deliver(batch).reply, event_of(batch));
    }
    EXPECT_EQ(starts(), 1);
}

// If it fails, functions miscount their time, or cannot say whom they belong to.
TEST_F(RuntimeHandlerTest, TellsRequestDeadlineAndName) {
    HandlerOptions options = function({"headers"});
    options.timeout = Milliseconds{20'000};
    options.lambda.region = "eu-west-1";
    options.lambda.account = "123456789012";
    open(options);
    const auto before = base::to_millis(clock.wall());
    const std::string head = deliver(7).reply + "\r\n";
    const auto after = base::to_millis(clock.wall());
    const auto value = [&](const std::string& name) {
        const auto at = head.find(name + ": ");
        return at == std::string::npos
                   ? std::string("missing")
                   : head.substr(at + name.size() + 2, head.find('\r', at) - at - name.size() - 2);
    };
    EXPECT_EQ(value("Lambda-Runtime-Aws-Request-Id"), "request-7");
    EXPECT_EQ(value("Lambda-Runtime-Invoked-Function-Arn"),
              "arn:aws:lambda:eu-west-1:123456789012:function:fn");
    EXPECT_EQ(value("Content-Type"), "application/json");
    const auto deadline = std::stoll(value("Lambda-Runtime-Deadline-Ms"));
    EXPECT_GE(deadline, before + 20'000);
    EXPECT_LE(deadline, after + 20'000);
    const std::string trace = value("Lambda-Runtime-Trace-Id");
    EXPECT_EQ(trace.find("Root=1-"), 0U) << trace;
    EXPECT_EQ(trace.size(), std::string("Root=1-12345678-123456789012345678901234;"
                                        "Parent=1234567890123456;Sampled=0")
                                .size());
}

// If it fails, SDKs and clients of the Runtime API do not start.
TEST_F(RuntimeHandlerTest, GivesTheEnvironmentOfLambdaAndNoOther) {
    ASSERT_EQ(::setenv("MILLBECK_TEST_LEAK", "1", 1), 0);
    HandlerOptions options = function({"environment"});
    options.environment = {{"TABLE", "orders"}, {"TZ", "Europe/Oslo"}};
    options.lambda.memory_mb = 512;
    open(options);
    std::map<std::string, std::string> variables;
    std::istringstream reply(deliver().reply);
    for (std::string line; std::getline(reply, line);) {
        const auto equals = line.find('=');
        variables[line.substr(0, equals)] = line.substr(equals + 1);
    }
    const std::string root = folder.path().native();
    const std::map<std::string, std::string> expected{
        {"_HANDLER", "app.handler"},
        {"AWS_ACCESS_KEY_ID", "millbeck"},
        {"AWS_DEFAULT_REGION", "us-east-1"},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"},
        {"AWS_LAMBDA_FUNCTION_NAME", "fn"},
        {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
        {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/fn"},
        {"AWS_REGION", "us-east-1"},
        {"AWS_SECRET_ACCESS_KEY", "millbeck"},
        {"AWS_SESSION_TOKEN", "millbeck"},
        {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
        {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
        {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
        {"LAMBDA_TASK_ROOT", root},
        {"LANG", "en_US.UTF-8"},
        {"LD_LIBRARY_PATH",
         "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:" + root + ":" + root + "/lib:/opt/lib"},
        {"TABLE", "orders"},
        {"TZ", "Europe/Oslo"},
    };
    for (const auto& [name, value] : expected) {
        EXPECT_EQ(variables[name], value) << name;
    }
    EXPECT_EQ(variables["AWS_LAMBDA_LOG_STREAM_NAME"].size(),
              std::string("2026/01/02/[$LATEST]12345678901234567890123456789012").size());
    EXPECT_EQ(variables["AWS_LAMBDA_RUNTIME_API"].find("127.0.0.1:"), 0U);
    EXPECT_NE(variables["PATH"], "");
    for (const std::string absent :
         {"MILLBECK_TEST_LEAK", "AWS_EXECUTION_ENV", "_X_AMZN_TRACE_ID", "AWS_PROFILE"}) {
        EXPECT_FALSE(variables.contains(absent)) << absent;
    }
    ::unsetenv("MILLBECK_TEST_LEAK");
}

// If it fails, a log line comes after the answer it explains, or from another time.
TEST_F(RuntimeHandlerTest, HandsBothOutputsOverAsTheLogBeforeTheAnswer) {
    open_mode({"talk", "hello"});
    for (std::size_t i = 1; i <= 50; ++i) {
        ASSERT_EQ(deliver(i).kind, Kind::Delivered);
        ASSERT_EQ(lines.all().size(), 2 * i);
    }
    EXPECT_EQ(lines.all().front(), "fn: hello");
}

struct EndRow {
    std::vector<std::string> mode;
    Code code;
    std::string payload;  // REQUEST stands for the prefix with the request id
};

// If it fails, a failed invocation looks another way than on Lambda.
TEST_F(RuntimeHandlerTest, FailsInLambdasWords) {
    const auto words = [](const std::string& type, const std::string& message) {
        return R"({"errorType":")" + type + R"(","errorMessage":"RequestId: request-1 Error: )" +
               message + R"("})";
    };
    const std::string refusal =
        R"({"errorMessage":"no thanks","errorType":"Refusal","stackTrace":[]})";
    const std::vector<EndRow> rows = {
        {{"refuse"}, Code::Io, refusal},
        {{"exit", "3"},
         Code::Io,
         words("Runtime.ExitError", "Runtime exited with error: exit status 3")},
        {{"exit", "0"},
         Code::Io,
         words("Runtime.ExitError", "Runtime exited without providing a reason")},
        {{"signal", "9"},
         Code::Io,
         words("Runtime.ExitError", "Runtime exited with error: signal: killed")},
        {{"hang"},
         Code::DeadlineExceeded,
         words("Sandbox.Timedout", "Task timed out after 0.50 seconds")},
        {{"huge", "6291557"},
         Code::LimitExceeded,
         R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size )"
         R"(exceeded maximum allowed payload size (6291556 bytes)."})"},
        {{"stream-error", "eyJlcnJvck1lc3NhZ2UiOiJsYXRlIn0="},
         Code::Io,
         R"({"errorMessage":"late"})"},
        {{"bad-mode"},
         Code::Malformed,
         words("Runtime.InvalidResponseModeHeader", "Invalid function response mode")},
        {{"cut"},
         Code::Io,
         words("Runtime.TruncatedResponse", "HTTP request detected as truncated")},
        {{"init-error", refusal}, Code::Io, refusal},
        {{"init-exit", "127"},
         Code::Io,
         words("Runtime.ExitError", "Runtime exited with error: exit status 127")},
        {{"init-hang"},
         Code::DeadlineExceeded,
         words("Sandbox.Timedout", "Task timed out after 0.50 seconds")},
    };
    for (const EndRow& row : rows) {
        HandlerOptions options = function(row.mode);
        if (row.code == Code::DeadlineExceeded) {
            options.timeout = Milliseconds{500};
            options.lambda.init_timeout = Milliseconds{100};
        }
        open(options);
        const Outcome outcome = deliver();
        EXPECT_EQ(outcome.kind, Kind::Failed) << row.mode.front();
        EXPECT_EQ(outcome.error.code, row.code) << row.mode.front();
        EXPECT_EQ(outcome.reply, row.payload) << row.mode.front();
    }
}

TEST_F(RuntimeHandlerTest, SaysTheErrorInTheLogToo) {
    open_mode({"refuse"});
    EXPECT_EQ(deliver().error.message, "Refusal: no thanks");
}

// The trigger judges what an answer says: to the runtime protocol any bytes are one.
TEST_F(RuntimeHandlerTest, TakesAnyAnswer) {
    for (const std::string text : {"", "null", "not JSON", "{}"}) {
        for (const std::string mode : {"say", "chunked"}) {
            if (text.empty() && mode == "chunked") {
                continue;  // an empty chunk is the last one
            }
            open_mode({mode, text});
            const Outcome outcome = deliver();
            EXPECT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
            EXPECT_EQ(outcome.reply, text);
        }
    }
}

TEST_F(RuntimeHandlerTest, AnErrorKeepsTheProcess) {
    open_mode({"refuse"});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(deliver().kind, Kind::Failed);
    }
    EXPECT_EQ(starts(), 1);
}

TEST_F(RuntimeHandlerTest, ATooLargeAnswerKeepsTheProcess) {
    open_mode({"huge", "6291557"});
    EXPECT_EQ(deliver().kind, Kind::Failed);
    EXPECT_EQ(deliver().kind, Kind::Failed);
    EXPECT_EQ(starts(), 1);
    open_mode({"huge", "6291556"});
    EXPECT_EQ(deliver().reply.size(), 6'291'556U);
}

TEST_F(RuntimeHandlerTest, RefusesAnswersToOtherRequests) {
    open_mode({"wrong-id"});
    EXPECT_EQ(deliver().reply,
              R"(400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})");
}

TEST_F(RuntimeHandlerTest, GivesTheSameEventToWhoAsksTwice) {
    open_mode({"ask-twice"});
    EXPECT_EQ(deliver().reply, "request-1 request-1 same");
    EXPECT_EQ(deliver(2).reply, "request-2 request-2 same");
}

// If it fails, a start that went wrong once fails the batch that woke the function.
TEST_F(RuntimeHandlerTest, StartsOnceMoreInsideTheInvocation) {
    open_mode({"init-once", file("tried")});
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    EXPECT_EQ(starts(), 2);
}

// If it fails, the time of a start counts as time of the function.
TEST_F(RuntimeHandlerTest, TheStartIsNotPartOfTheTimeout) {
    HandlerOptions options = function({"init-hang"});
    options.timeout = Milliseconds{300};
    options.lambda.init_timeout = Milliseconds{400};
    open(options);
    const base::Instant begin = clock.instant();
    EXPECT_EQ(deliver().error.code, Code::DeadlineExceeded);
    EXPECT_GE(clock.instant() - begin, Milliseconds{700}) << "the start, then the invocation";
}

// If it fails, a crash stops a function until the server is restarted.
TEST_F(RuntimeHandlerTest, ReplacesAProcessThatAnsweredBefore) {
    HandlerOptions options = function({"answer-then-die", "2"});
    options.restart = {.first = Milliseconds{3'600'000}, .longest = Milliseconds{3'600'000}};
    open(options);
    for (int life = 0; life < 3; ++life) {
        EXPECT_EQ(deliver().kind, Kind::Delivered);
        EXPECT_EQ(deliver().kind, Kind::Delivered);
        EXPECT_EQ(deliver().kind, Kind::Failed);
    }
    EXPECT_EQ(starts(), 3);
}

// The event was never handed out, so nothing has failed.
TEST_F(RuntimeHandlerTest, AProcessThatLeavesBetweenTwoEventsCostsNothing) {
    open_mode({"answer-and-exit"});
    for (std::size_t i = 1; i <= 20; ++i) {
        const Outcome outcome = deliver(i);
        ASSERT_EQ(outcome.kind, Kind::Delivered) << outcome.error.message;
    }
    EXPECT_EQ(starts(), 20);
}

TEST_F(RuntimeHandlerTest, AProcessThatNeverAsksAgainTimesOut) {
    open_mode({"answer-and-hang"});
    EXPECT_EQ(deliver().kind, Kind::Delivered);
    const Outcome outcome = sink->deliver(make_batch(2, 1), clock.instant() + Milliseconds{200});
    EXPECT_EQ(outcome.kind, Kind::Failed);
    EXPECT_EQ(outcome.error.code, Code::DeadlineExceeded);
    EXPECT_EQ(deliver(3).kind, Kind::Delivered);
}

// If it fails, a command that cannot work is started in a loop.
TEST_F(RuntimeHandlerTest, DoesNotStartAgainAtOnceWhatNeverAnswered) {
    HandlerOptions options = function({"init-exit", "9"});
    options.restart = {.first = Milliseconds{3'600'000}, .longest = Milliseconds{3'600'000}};
    open(options);
    EXPECT_EQ(deliver().kind, Kind::Failed);
    const Outcome outcome = deliver();
    EXPECT_EQ(outcome.kind, Kind::NotInvoked);
    EXPECT_EQ(outcome.error.message,
              "the handler is started again in 3600.0 s (last: exit code 9)");
    EXPECT_EQ(starts(), 2) << "the start, and the one inside the invocation";
}

// If it fails, what a function started outlives its time-out and works on beside the retry.
TEST_F(RuntimeHandlerTest, KillsTheWholeGroupAfterTheTimeout) {
    HandlerOptions options = function({"family", file("child")});
    open(options);
    ASSERT_EQ(deliver().kind, Kind::Delivered);
    const auto written = read_lines(folder.path() / "child");
    ASSERT_EQ(written.size(), 1U);
    const pid_t child = std::stoi(written.front());
    ASSERT_EQ(::kill(child, 0), 0) << "the child waits";
    const Outcome late = sink->deliver(make_batch(2, 1), clock.instant() + Milliseconds{200});
    EXPECT_EQ(late.error.code, Code::DeadlineExceeded) << late.error.message;
    EXPECT_TRUE(eventually([&] { return ::kill(child, 0) != 0; }));
}

TEST_F(RuntimeHandlerTest, StartsAProcessForEachCallAtOnce) {
    HandlerOptions options = function({"ack"});
    options.concurrency = 3;
    open(options);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                ASSERT_EQ(deliver().kind, Kind::Delivered);
            }
        });
    }
    threads.clear();
    EXPECT_LE(starts(), 3);
}

// If it fails, a function that asked for SIGTERM loses what it holds back until its end.
TEST_F(RuntimeHandlerTest, SaysFarewellToWhoAskedForIt) {
    HandlerOptions options = function({"farewell", file("bye")});
    options.kill_grace = kAmple;
    open(options);
    ASSERT_EQ(deliver().kind, Kind::Delivered);
    sink->stop(clock.instant() + kAmple);
    EXPECT_TRUE(std::filesystem::exists(file("bye")));
}

}  // namespace
}  // namespace millbeck::sinks
