#include "triggers/failed_batch.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/golden.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using base::WallTime;

constexpr const char* kFunctionArn = "arn:aws:lambda:us-east-1:000000000000:function:on-order";

FailedBatch failed_batch() {
    auto batch = std::make_shared<sinks::Batch>();
    batch->request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    batch->shard_id = "shardId-00000001573689197000-00000001";
    batch->messages = {{.id = "100000000000000000001", .key = "", .record = R"({"a":"\"1\""})"},
                       {.id = "100000000000000000002", .key = "", .record = R"({"a":"2"})"}};
    return {.trigger = {},
            .trigger_name = "notify",
            .function = "on-order",
            .stream_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l",
            .invoke_count = 4,
            .failed_at = WallTime{Milliseconds{1'573'690'429'717}},
            .first_arrival = WallTime{Milliseconds{1'573'690'399'999}},
            .last_arrival = WallTime{Milliseconds{1'573'690'400'000}},
            .batch = std::move(batch)};
}

// Source: a document as AWS Lambda sends it to a queue.
TEST(FailureDocument, IsTheServicesToTheByte) {
    EXPECT_EQ(
        failure_document(failed_batch(), kFunctionArn, Payload::Left),
        R"({"requestContext":{"requestId":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff",)"
        R"("functionArn":"arn:aws:lambda:us-east-1:000000000000:function:on-order",)"
        R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":4},)"
        R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST",)"
        R"("functionError":"Unhandled"},"version":"1.0","timestamp":"2019-11-14T00:13:49.717Z",)"
        R"("DDBStreamBatchInfo":{"shardId":"shardId-00000001573689197000-00000001",)"
        R"("startSequenceNumber":"100000000000000000001",)"
        R"("endSequenceNumber":"100000000000000000002",)"
        R"("approximateArrivalOfFirstRecord":"2019-11-14T00:13:19Z",)"
        R"("approximateArrivalOfLastRecord":"2019-11-14T00:13:20Z","batchSize":2,)"
        R"("streamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l"}})");
}

TEST(FailureDocument, AFailureThatAReplyReportsIsNoFunctionError) {
    FailedBatch failed = failed_batch();
    failed.function_error = FunctionError::None;
    EXPECT_NE(failure_document(failed, kFunctionArn, Payload::Left)
                  .find(R"("functionError":null},"version")"),
              std::string::npos);
}

TEST(FailureDocument, RecordsThatGrewOldHaveNoResponse) {
    FailedBatch failed = failed_batch();
    failed.condition = FailureCondition::RecordAgeExceeded;
    failed.invoke_count = 1;
    EXPECT_NE(failure_document(failed, kFunctionArn, Payload::Left)
                  .find(R"("condition":"RecordAgeExceeded","approximateInvokeCount":1},"version")"),
              std::string::npos);
}

// If it fails, what a folder keeps is not the event that the function was given.
TEST(FailureDocument, ThePayloadIsTheEventAsText) {
    EXPECT_NE(failure_document(failed_batch(), kFunctionArn, Payload::Kept)
                  .find(R"("version":"1.0","payload":"{\"Records\":[{\"a\":\"\\\"1\\\"\"},)"
                        R"({\"a\":\"2\"}]}","timestamp":")"),
              std::string::npos);
}

// If it fails, tools that read failure documents find other bytes than were reviewed.
TEST(FailureDocument, AllItsFormsAreAsReviewed) {
    const auto golden = [](const std::string& name, const FailedBatch& failed, Payload payload) {
        tests::expect_golden("triggers/failure_" + name + ".json",
                             failure_document(failed, kFunctionArn, payload) + "\n");
    };
    FailedBatch failed = failed_batch();
    golden("queue", failed, Payload::Left);
    golden("bucket", failed, Payload::Kept);
    failed.function_error = FunctionError::None;
    golden("reported", failed, Payload::Left);
    failed = failed_batch();
    failed.condition = FailureCondition::RecordAgeExceeded;
    failed.invoke_count = 1;
    golden("expired", failed, Payload::Left);
    failed = failed_batch();
    auto last = std::make_shared<sinks::Batch>(*failed.batch);
    last->messages.clear();
    last->members = R"("window":{},"state":{"n":1},"isFinalInvokeForWindow":true)";
    failed.batch = std::move(last);
    failed.window_info = R"({"window":{"start":"2019-11-14T00:13:00Z","end":)"
                         R"("2019-11-14T00:14:00Z"},"isFinalInvokeForWindow":true,)"
                         R"("isWindowTerminatedEarly":false})";
    golden("window", failed, Payload::Kept);
}

FinishedCall finished_call() {
    return {.function = "on-order",
            .request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
            .condition = "RetriesExhausted",
            .invoke_count = 3,
            .payload = R"({"order":"\"1\""})",
            .response =
                FinishedCall::Response{
                    .version = "$LATEST", .failed = true, .payload = R"({"errorType":"E"})"},
            .error = "E",
            .ended_at = WallTime{Milliseconds{1'573'690'429'717}}};
}

// Source: records as AWS Lambda sends them to a queue.
TEST(CallDocument, IsTheServicesToTheByte) {
    const auto golden = [](const std::string& name, const FinishedCall& call) {
        tests::expect_golden("triggers/call_" + name + ".json", call_document(call, {}) + "\n");
    };
    EXPECT_EQ(call_document(finished_call(), {}),
              R"({"version":"1.0","timestamp":"2019-11-14T00:13:49.717Z","requestContext":{)"
              R"("requestId":"6f9619ff-8b86-4d01-b42d-00cf4fc964ff","functionArn":)"
              R"("arn:aws:lambda:us-east-1:000000000000:function:on-order:$LATEST",)"
              R"("condition":"RetriesExhausted","approximateInvokeCount":3},)"
              R"("requestPayload":{"order":"\"1\""},"responseContext":{"statusCode":200,)"
              R"("executedVersion":"$LATEST","functionError":"Unhandled"},)"
              R"("responsePayload":{"errorType":"E"}})");
    FinishedCall call = finished_call();
    golden("failed", call);
    call.condition = "Success";
    call.qualifier = "live";
    call.invoke_count = 1;
    call.response = FinishedCall::Response{.version = "7", .failed = false, .payload = "null"};
    golden("succeeded", call);
    call.condition = "EventAgeExceeded";
    call.invoke_count = 0;
    call.response.reset();
    golden("expired", call);
}

}  // namespace
}  // namespace millbeck::triggers
