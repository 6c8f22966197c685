#include "triggers/finished_call.hpp"

#include <fmt/format.h>

#include "shardlog/json_text.hpp"

namespace millbeck::triggers {

namespace {

constexpr std::string_view kLatest = "$LATEST";

std::string quoted(std::string_view text) {
    shardlog::TextBuffer buffer;
    buffer.append_json_string(text);
    return std::string(buffer.view());
}

}  // namespace

std::string call_document(const FinishedCall& call, const shardlog::Identity& identity) {
    const std::string arn = function_arn(
        identity, fmt::format("{}:{}", call.function,
                              call.qualifier.empty() ? kLatest : std::string_view(call.qualifier)));
    std::string text = fmt::format(
        R"({{"version":"1.0","timestamp":"{}Z","requestContext":{{"requestId":{},)"
        R"("functionArn":{},"condition":{},"approximateInvokeCount":{}}},"requestPayload":)",
        base::to_iso8601(call.ended_at), quoted(call.request_id), quoted(arn),
        quoted(call.condition), call.invoke_count);
    text += call.payload;
    if (call.response) {
        text += fmt::format(R"(,"responseContext":{{"statusCode":200,"executedVersion":{}{}}})",
                            quoted(call.response->version),
                            call.response->failed ? R"(,"functionError":"Unhandled")" : "");
        text += R"(,"responsePayload":)";
        text += call.response->payload;
    }
    text += "}";
    return text;
}

}  // namespace millbeck::triggers
