#include "runtime/api/inject_json.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "runtime/inject/injection.hpp"

namespace millbeck::runtime {

using Json = nlohmann::ordered_json;

namespace {

std::string time_text(base::WallTime time) {
    return base::to_iso8601(time) + "Z";
}

// What is left of a time counts up to the next whole millisecond, so that 0 means over.
Json fault_json(const ArmedFault& armed, base::Instant now) {
    const Fault& fault = armed.fault;
    Json json = {{"trigger", fault.trigger},
                 {"fault", to_string(fault.kind)},
                 {"is_armed", !armed.is_over},
                 {"used", armed.used},
                 {"left", nullptr},
                 {"left_ms", nullptr},
                 {"by_ms", nullptr},
                 {"error", nullptr},
                 {"partial", nullptr},
                 {"armed_at", time_text(armed.armed_at)}};
    if (fault.times) {
        json["left"] = *fault.times - armed.used;
    }
    if (armed.until) {
        const auto left = std::chrono::ceil<base::Milliseconds>(*armed.until - now);
        json["left_ms"] = std::max(left, base::Milliseconds{0}).count();
    }
    if (fault.kind == FaultKind::Delay) {
        json["by_ms"] = fault.by.count();
    }
    if (!fault.error.empty()) {
        json["error"] = fault.error;
    }
    if (fault.partial) {
        json["partial"] = *fault.partial;
    }
    return json;
}

Json streams_json(const ApiContext& context) {
    Json streams = Json::array();
    for (const auto& [id, mark] : context.injection->marks.all()) {
        const auto stream = context.log.find_stream(id);
        if (!stream) {
            continue;
        }
        Json json = {{"table", stream->table_name.value()},
                     {"stream_arn",
                      shardlog::stream_arn(context.identity, stream->table_name, stream->label)},
                     {"trimmed_to", nullptr},
                     {"iterators_expired_through", nullptr}};
        if (mark.trimmed_to) {
            json["trimmed_to"] = mark.trimmed_to->to_string();
        }
        if (mark.expired_through) {
            json["iterators_expired_through"] = time_text(*mark.expired_through);
        }
        streams.push_back(std::move(json));
    }
    return streams;
}

}  // namespace

std::string inject_json(const ApiContext& context) {
    Json json = {{"allowed", context.injection != nullptr},
                 {"armed", 0},
                 {"faults", Json::array()},
                 {"streams", Json::array()}};
    if (context.injection != nullptr) {
        const base::Instant now = context.clock.instant();
        json["armed"] = context.injection->plan.armed();
        for (const ArmedFault& armed : context.injection->plan.all()) {
            json["faults"].push_back(fault_json(armed, now));
        }
        json["streams"] = streams_json(context);
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace millbeck::runtime
