#include "runtime/lambda/event_ending.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;
using triggers::FinishedCall;

// A function may answer with anything; a record holds JSON.
std::string as_json(const std::string& reply) {
    if (reply.empty()) {
        return "null";
    }
    return Json::accept(reply) ? reply
                               : Json(reply).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

const std::string& destination_of(const EventInvokeConfig& config, EventFate fate) {
    return fate == EventFate::Done ? config.on_success : config.on_failure;
}

FinishedCall finished_call(const QueuedEvent& event, EventFate fate,
                           const FunctionCallResult& answer, base::WallTime now) {
    const sinks::Outcome& outcome = answer.result.outcome;
    const bool succeeded = fate == EventFate::Done;
    FinishedCall call;
    call.function = event.function;
    call.qualifier = event.qualifier;
    call.request_id = event.request_id;
    call.condition = to_string(fate);
    call.invoke_count = event.failures + (succeeded ? 1 : 0);
    call.payload = event.payload;
    call.ended_at = now;
    const bool was_asked = !answer.refusal && outcome.error.code != base::Code::Cancelled;
    if (was_asked) {
        call.response = FinishedCall::Response{
            .version = answer.version, .failed = !succeeded, .payload = as_json(outcome.reply)};
    }
    if (!succeeded) {
        call.error = answer.refusal ? answer.refusal->message : outcome.error.message;
    }
    return call;
}

std::string write_ending(const EventEnding& ending) {
    const FinishedCall& call = ending.call;
    Json json{{"destination", ending.destination},
              {"condition", call.condition},
              {"invoke_count", call.invoke_count},
              {"error", call.error},
              {"ended_ms", base::to_millis(call.ended_at)}};
    if (call.response) {
        json["version"] = call.response->version;
        json["failed"] = call.response->failed;
        json["response"] = call.response->payload;
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<EventEnding> read_ending(const QueuedEvent& event) {
    try {
        const Json json = Json::parse(event.ending);
        EventEnding ending;
        FinishedCall& call = ending.call;
        json.at("destination").get_to(ending.destination);
        json.at("condition").get_to(call.condition);
        json.at("invoke_count").get_to(call.invoke_count);
        json.at("error").get_to(call.error);
        call.ended_at = base::WallTime{base::Milliseconds{json.at("ended_ms").get<std::int64_t>()}};
        if (json.contains("response")) {
            FinishedCall::Response response;
            json.at("version").get_to(response.version);
            json.at("failed").get_to(response.failed);
            json.at("response").get_to(response.payload);
            call.response = std::move(response);
        }
        call.function = event.function;
        call.qualifier = event.qualifier;
        call.request_id = event.request_id;
        call.payload = event.payload;
        return ending;
    } catch (const Json::exception& error) {
        return base::fail(
            base::Code::Corrupt,
            fmt::format("the end of a call of type Event cannot be read: {}", error.what()));
    }
}

}  // namespace millbeck::runtime::lambda
