#include "triggers/failed_batch.hpp"

#include <fmt/format.h>

#include "shardlog/json_text.hpp"

namespace millbeck::triggers {

namespace {

constexpr std::size_t kInstantChars = 19;  // of `2019-11-14T00:13:19.291`, without milliseconds

std::string quoted(std::string_view text) {
    shardlog::TextBuffer buffer;
    buffer.append_json_string(text);
    return std::string(buffer.view());
}

// Arrival times of stream records have whole seconds in the document.
std::string arrival(base::WallTime time) {
    return base::to_iso8601(time).substr(0, kInstantChars) + "Z";
}

// A batch that grew too old was not answered in a way that counts: no responseContext.
std::string response_context(const FailedBatch& failed) {
    if (failed.condition == FailureCondition::RecordAgeExceeded) {
        return "";
    }
    return fmt::format(
        R"("responseContext":{{"statusCode":200,"executedVersion":"$LATEST","functionError":{}}},)",
        failed.function_error == FunctionError::Unhandled ? R"("Unhandled")" : "null");
}

// The last call of a window has no records to tell of.
std::string records_info(const FailedBatch& failed) {
    const auto& messages = failed.batch->messages;
    if (messages.empty()) {
        return "";
    }
    return fmt::format(
        R"("startSequenceNumber":"{}","endSequenceNumber":"{}",)"
        R"("approximateArrivalOfFirstRecord":"{}","approximateArrivalOfLastRecord":"{}",)"
        R"("batchSize":{},)",
        messages.front().id, messages.back().id, arrival(failed.first_arrival),
        arrival(failed.last_arrival), messages.size());
}

}  // namespace

std::string_view to_string(FailureCondition condition) {
    return condition == FailureCondition::RetryAttemptsExhausted ? "RetryAttemptsExhausted"
                                                                 : "RecordAgeExceeded";
}

std::string function_arn(const shardlog::Identity& identity, std::string_view function) {
    return fmt::format("arn:aws:lambda:{}:{}:function:{}", identity.region, identity.account_id,
                       function);
}

std::string event_of(const sinks::Batch& batch) {
    constexpr std::string_view kHead = R"({"Records":[)";
    std::string event;
    event.reserve(kHead.size() + batch.payload_bytes + batch.messages.size() +
                  batch.members.size() + 3);
    event += kHead;
    std::string_view separator;
    for (const sinks::Message& message : batch.messages) {
        event += separator;
        event += message.record;
        separator = ",";
    }
    event += batch.members.empty() ? "]" : "],";
    event += batch.members;
    event += "}";
    return event;
}

std::string failure_document(const FailedBatch& failed, std::string_view function_arn,
                             Payload payload) {
    const sinks::Batch& batch = *failed.batch;
    std::string text =
        fmt::format(R"({{"requestContext":{{"requestId":{},"functionArn":{},"condition":"{}",)"
                    R"("approximateInvokeCount":{}}},)",
                    quoted(batch.request_id), quoted(function_arn), to_string(failed.condition),
                    failed.invoke_count);
    text += response_context(failed);
    text += R"("version":"1.0",)";
    if (payload == Payload::Kept) {
        text += R"("payload":)" + quoted(event_of(batch)) + ",";
    }
    text +=
        fmt::format(R"("timestamp":"{}Z","DDBStreamBatchInfo":{{"shardId":{},{}"streamArn":{}}})",
                    base::to_iso8601(failed.failed_at), quoted(batch.shard_id),
                    records_info(failed), quoted(failed.stream_arn));
    if (!failed.window_info.empty()) {
        text += R"(,"timeWindowInfo":)" + failed.window_info;
    }
    text += "}";
    return text;
}

}  // namespace millbeck::triggers
