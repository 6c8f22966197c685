// Functions that are called while they change: which code runs, who is throttled, what is left.
#include "runtime/lambda/function_registry.hpp"

#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>

#include "base/sqlite.hpp"
#include "tests/support/function_node.hpp"

namespace millbeck::runtime::lambda {
namespace {

using Json = nlohmann::json;
using Kind = sinks::Outcome::Kind;
using tests::FunctionNode;

const std::string kFn = "/2015-03-31/functions/fn";

class FunctionRegistryTest : public testing::Test {
  protected:
    void create(const std::vector<std::string>& mode) {
        const auto reply = node.create(node.test_function(mode));
        ASSERT_EQ(reply.status, 201U) << reply.body;
    }
    void update(const std::vector<std::string>& mode) {
        const auto reply =
            node.call("PUT", kFn + "/configuration",
                      {{"MillbeckCommand", node.test_function(mode)["MillbeckCommand"]}});
        ASSERT_EQ(reply.status, 200U) << reply.body;
    }
    FunctionNode::Reply invoke(const std::string& qualifier = "", const std::string& body = "{}") {
        return node.send(tests::FakeHttpRequest(
            "POST", kFn + "/invocations" + (qualifier.empty() ? "" : "?Qualifier=" + qualifier),
            body));
    }
    static sinks::Batch batch() {
        sinks::Batch made;
        made.request_id = "request-1";
        made.messages.push_back({"1", "{}", R"({"seq":"1"})"});
        return made;
    }
    sinks::Outcome deliver(sinks::Sink& sink) {
        return sink.deliver(batch(), clock.instant() + std::chrono::minutes{1});
    }
    void reserve(unsigned count) {
        ASSERT_EQ(node.call("PUT", "/2017-10-31/functions/fn/concurrency",
                            {{"ReservedConcurrentExecutions", count}})
                      .status,
                  200U);
    }

    base::SystemClock clock;
    FunctionNode node{clock};
};

// If it fails, a trigger on a function that is made, changed and removed loses its way.
TEST_F(FunctionRegistryTest, ASinkFollowsItsFunction) {
    const auto sink = node.registry().sink_for({"fn", ""});
    const auto alias = node.registry().sink_for({"fn", "live"});
    sinks::Outcome outcome = deliver(*sink);
    EXPECT_EQ(outcome.kind, Kind::NotInvoked);
    EXPECT_EQ(outcome.error.message,
              "Function not found: arn:aws:lambda:us-east-1:000000000000:function:fn");
    create({"say", "\"one\""});
    EXPECT_EQ(deliver(*sink).reply, "\"one\"");
    EXPECT_EQ(deliver(*alias).kind, Kind::NotInvoked);
    ASSERT_EQ(node.call("POST", kFn + "/versions", Json::object()).status, 201U);
    ASSERT_EQ(
        node.call("POST", kFn + "/aliases", {{"Name", "live"}, {"FunctionVersion", "1"}}).status,
        201U);
    update({"say", "\"two\""});
    EXPECT_EQ(deliver(*sink).reply, "\"two\"");
    EXPECT_EQ(deliver(*alias).reply, "\"one\"");
    ASSERT_EQ(node.call("DELETE", kFn).status, 204U);
    EXPECT_EQ(deliver(*sink).kind, Kind::NotInvoked);
    EXPECT_EQ(deliver(*alias).kind, Kind::NotInvoked);
}

// If it fails, functions are called more often at once than their owner allows, or not at all.
TEST_F(FunctionRegistryTest, ReservedConcurrencyThrottles) {
    create({"ack"});
    const auto sink = node.registry().sink_for({"fn", ""});
    EXPECT_EQ(sink->concurrency(), 1000U);
    reserve(3);
    EXPECT_EQ(sink->concurrency(), 3U);
    EXPECT_EQ(invoke().status, 200U);
    reserve(0);
    EXPECT_EQ(sink->concurrency(), 1U);
    const auto refused = invoke();
    EXPECT_EQ(refused.status, 429U);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(refused.body,
              R"({"Type":"User","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded",)"
              R"("message":"Rate Exceeded."})");
    const sinks::Outcome outcome = deliver(*sink);
    EXPECT_EQ(outcome.kind, Kind::NotInvoked) << "no attempt is used";
    EXPECT_EQ(outcome.error.message, "Rate Exceeded.");
    ASSERT_EQ(node.call("DELETE", "/2017-10-31/functions/fn/concurrency").status, 204U);
    EXPECT_EQ(deliver(*sink).kind, Kind::Delivered);
}

// If it fails, an update cuts off what runs, or what runs keeps others from the new code.
TEST_F(FunctionRegistryTest, WhatRunsEndsAsItBeganWhileItsFunctionChanges) {
    const std::string events = (node.folder() / "events").native();
    create({"keep", events});
    // One call that lasts: it is in its process when the function changes, and ends by its time.
    const auto slow = node.create([&] {
        Json body = node.test_function({"hang"});
        body["FunctionName"] = "slow";
        body["Timeout"] = 1;
        return body;
    }());
    ASSERT_EQ(slow.status, 201U) << slow.body;
    auto running = std::async(std::launch::async, [&] {
        return node.registry().call({"slow", ""}, {.payload = "{}", .request_id = "request-1"},
                                    clock.instant() + std::chrono::minutes{1});
    });
    const std::string started = R"(millbeck_sinks_handler_starts_total{function="slow"} 1)";
    while (node.metrics().print().find(started) == std::string::npos) {
        ::poll(nullptr, 0, 1);
    }
    ASSERT_EQ(node.call("DELETE", "/2015-03-31/functions/slow").status, 204U);
    const FunctionCallResult result = running.get();
    EXPECT_FALSE(result.refusal) << result.refusal->message;
    EXPECT_EQ(result.result.outcome.reply,
              R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: request-1 Error: Task )"
              R"(timed out after 1.00 seconds"})");
}

// If it fails, an update while calls run loses one of them, or mixes two versions.
TEST_F(FunctionRegistryTest, NoCallIsLostWhileItsFunctionChanges) {
    create({"say", "0"});
    std::atomic<bool> stop = false;
    std::vector<std::future<std::string>> callers;
    for (int i = 0; i < 3; ++i) {
        callers.push_back(std::async(std::launch::async, [&]() -> std::string {
            int last = 0;
            while (!stop) {
                const auto answer =
                    node.registry().call({"fn", ""}, {.payload = "{}", .request_id = "request-1"},
                                         clock.instant() + std::chrono::minutes{1});
                const auto& outcome = answer.result.outcome;
                if (answer.refusal || outcome.kind != Kind::Delivered) {
                    return answer.refusal ? answer.refusal->message : outcome.error.message;
                }
                const int now = std::stoi(outcome.reply);
                if (now < last) {
                    return "an old version answered after a new one";
                }
                last = now;
            }
            return "";
        }));
    }
    for (int version = 1; version <= 15; ++version) {
        update({"say", std::to_string(version)});
        node.registry().end_unused();
    }
    stop = true;
    for (auto& caller : callers) {
        EXPECT_EQ(caller.get(), "");
    }
}

TEST_F(FunctionRegistryTest, AnswersAsInvokeDoes) {
    create({"echo"});
    const auto reply = invoke("", R"({"a":1})");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, R"({"a":1})");
    EXPECT_EQ(reply.header("X-Amz-Executed-Version"), "$LATEST");
    EXPECT_EQ(reply.header("X-Amz-Function-Error"), "");
    EXPECT_EQ(invoke("", "").body, "{}") << "no body is an empty object";
    update({"refuse"});
    const auto failed = invoke();
    EXPECT_EQ(failed.status, 200U);
    EXPECT_EQ(failed.header("X-Amz-Function-Error"), "Unhandled");
    update({"exit", "3"});
    for (int i = 0; i < 3; ++i) {
        EXPECT_NE(invoke().body.find("Runtime exited with error: exit status 3"), std::string::npos)
            << "again and again, as on the service";
    }
}

// If it fails, calls of type Event are lost or made twice.
TEST_F(FunctionRegistryTest, EventsAreMadeOnceTheyAreTaken) {
    const std::string events = (node.folder() / "events").native();
    create({"keep", events});
    tests::FakeHttpRequest request("POST", kFn + "/invocations", R"({"n":1})");
    request.with("X-Amz-Invocation-Type", "Event");
    const auto taken = node.send(request);
    EXPECT_EQ(taken.status, 202U);
    EXPECT_EQ(taken.body, "");
    EXPECT_EQ(node.send(tests::FakeHttpRequest("POST", "/2014-11-13/functions/fn/invoke-async/",
                                               R"({"n":1})"))
                  .status,
              202U);
    const std::string done = R"(millbeck_runtime_events_total{function="fn",outcome="Success"} 2)";
    const auto deadline = clock.instant() + std::chrono::minutes{1};
    while (node.metrics().print().find(done) == std::string::npos && clock.instant() < deadline) {
        ::poll(nullptr, 0, 1);
    }
    std::ifstream file(events);
    const std::string kept{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(kept, R"({"n":1})"
                    "\n"
                    R"({"n":1})"
                    "\n");
}

// If it fails, a call of type Event that is given up is lost, or its destination is told something
// else than the service would.
TEST_F(FunctionRegistryTest, EventsThatAreGivenUpAreTold) {
    create({"refuse"});
    const auto event = [this] {
        tests::FakeHttpRequest request("POST", kFn + "/invocations", R"({"n":1})");
        request.with("X-Amz-Invocation-Type", "Event");
        EXPECT_EQ(node.send(request).status, 202U);
    };
    const auto configure = [this](Json config) {
        const auto reply = node.call("PUT", "/2019-09-25/functions/fn/event-invoke-config", config);
        ASSERT_EQ(reply.status, 200U) << reply.body;
    };
    configure({{"MaximumRetryAttempts", 0}});
    event();
    const auto unsent = node.told.wait(1);
    ASSERT_EQ(unsent.size(), 1U);
    EXPECT_EQ(unsent[0].first, "") << "the dead-letter store";
    const triggers::FinishedCall& failed = unsent[0].second;
    EXPECT_EQ(failed.condition, "RetriesExhausted");
    EXPECT_EQ(failed.invoke_count, 1U);
    EXPECT_EQ(failed.payload, R"({"n":1})");
    EXPECT_EQ(failed.error, "Refusal: no thanks");
    ASSERT_TRUE(failed.response);
    EXPECT_TRUE(failed.response->failed);
    EXPECT_EQ(failed.response->version, "$LATEST");
    EXPECT_EQ(Json::parse(failed.response->payload)["errorType"], "Refusal");

    const std::string queue = "arn:aws:sqs:us-east-1:000000000000:";
    configure({{"MaximumRetryAttempts", 0},
               {"DestinationConfig",
                {{"OnSuccess", {{"Destination", queue + ":known"}}},
                 {"OnFailure", {{"Destination", queue + "failed"}}}}}});
    event();
    EXPECT_EQ(node.told.wait(2).at(1).first, queue + "failed");
    update({"say", "not JSON"});
    event();
    const auto [to, done] = node.told.wait(3).at(2);
    EXPECT_EQ(to, queue + ":known");
    EXPECT_EQ(done.condition, "Success");
    EXPECT_EQ(done.invoke_count, 1U);
    EXPECT_EQ(done.error, "");
    EXPECT_FALSE(done.response->failed);
    EXPECT_EQ(done.response->payload, "\"not JSON\"") << "a record holds JSON";
    reserve(0);
    event();
    const auto [where, barred] = node.told.wait(4).at(3);
    EXPECT_EQ(where, queue + "failed");
    EXPECT_EQ(barred.condition, "ZeroReservedConcurrency");
    EXPECT_EQ(barred.invoke_count, 0U);
    EXPECT_FALSE(barred.response);
}

// If it fails, a record that its destination did not take is gone, or the function is called again
// although it was given up.
TEST_F(FunctionRegistryTest, ARecordThatIsNotTakenIsOfferedAgain) {
    create({"refuse"});
    ASSERT_EQ(node.call("PUT", "/2019-09-25/functions/fn/event-invoke-config",
                        {{"MaximumRetryAttempts", 0}})
                  .status,
              200U);
    node.told.refuse(true);
    tests::FakeHttpRequest request("POST", kFn + "/invocations", R"({"n":1})");
    request.with("X-Amz-Invocation-Type", "Event");
    ASSERT_EQ(node.send(request).status, 202U);
    ASSERT_TRUE(node.told.wait_asked(1));
    node.restart();
    ASSERT_EQ(node.call("DELETE", kFn).status, 204U) << "it needs its function no more";
    // Its next time is seconds away: brought forward on disk, as a later start would find it.
    node.close();
    {
        auto database =
            base::Database::open(node.folder() / "function-events.db", base::Durability::Full);
        ASSERT_TRUE(database) << database.error().message;
        auto now = database->prepare("UPDATE events SET due_ms = 0");
        ASSERT_TRUE(now && now->run());
    }
    node.told.refuse(false);
    node.open();
    const auto told = node.told.wait(1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].second.condition, "RetriesExhausted");
    EXPECT_EQ(told[0].second.invoke_count, 1U);
    EXPECT_EQ(told[0].second.payload, R"({"n":1})");
    EXPECT_EQ(told[0].second.error, "Refusal: no thanks");
}

}  // namespace
}  // namespace millbeck::runtime::lambda
