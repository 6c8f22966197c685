// How calls of type Event are done again, and who is told how they ended: the calls of
// FunctionEventInvokeConfig.
#include <algorithm>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_call_parts.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_json.hpp"
#include "runtime/lambda/function_resolve.hpp"
#include "runtime/lambda/mapping_shapes.hpp"
#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;
using Answer = LambdaResult<LambdaAnswer>;

// Of the version or alias that is named; it must be there.
LambdaResult<std::string> event_qualifier(const FunctionCallContext& context,
                                          const NamedFunction& named) {
    const std::string& qualifier = named.reference.qualifier;
    if (resolve(*named.record, qualifier, 1.0) == nullptr) {
        return tl::unexpected(function_not_found(context.identity, named.reference));
    }
    return qualifier.empty() ? std::string(kLatest) : qualifier;
}

LambdaError no_event_config(const FunctionCallContext& context, const NamedFunction& named,
                            const std::string& qualifier) {
    return {kResourceNotFound,
            fmt::format("The function {} doesn't have an EventInvokeConfig",
                        function_arn(context.identity, {named.record->name, qualifier}))};
}

LambdaResult<void> read_destinations(MemberReader& reader, EventInvokeConfig& config) {
    const nlohmann::json* destinations = reader.object("DestinationConfig");
    if (destinations != nullptr) {
        MemberReader inside(*destinations, "destinationConfig.");
        config.on_success = read_destination(inside, "OnSuccess", "destinationConfig.onSuccess.");
        config.on_failure = read_destination(inside, "OnFailure", "destinationConfig.onFailure.");
        reader.take(std::move(inside));
    }
    return reader.verdict();
}

bool names_service(const std::string& arn, std::initializer_list<std::string_view> services) {
    return arn.empty() || std::any_of(services.begin(), services.end(), [&](auto each) {
               return arn.find(each) != std::string::npos;
           });
}

// What the service takes for destinations of calls, FIFO queues and topics excepted.
// Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"; recorded
// refusals.
LambdaResult<void> check_kinds(const EventInvokeConfig& config) {
    const auto shown = [](const char* kind, const std::string& arn) {
        return arn.empty() ? std::string("null") : fmt::format("{}(destination={})", kind, arn);
    };
    const bool fits =
        names_service(config.on_success, {":sqs:", ":sns:", ":lambda:", ":events:"}) &&
        names_service(config.on_failure, {":sqs:", ":sns:", ":lambda:", ":events:", ":s3:"}) &&
        !config.on_success.ends_with(".fifo") && !config.on_failure.ends_with(".fifo");
    return fits ? LambdaResult<void>{}
                : refuse(kInvalidParameterValue,
                         fmt::format("The provided destination config DestinationConfig(onSuccess="
                                     "{}, onFailure={}) is invalid.",
                                     shown("OnSuccess", config.on_success),
                                     shown("OnFailure", config.on_failure)));
}

// A function must be there, and be another one. A success is told to whoever is there to be told; a
// failure can always go to the dead letters.
LambdaResult<void> check_destination(const FunctionCallContext& context, const std::string& name,
                                     const std::string& arn, bool needs_a_place) {
    const bool stands = context.has_destination && context.has_destination(arn);
    if (arn.empty() || stands) {
        return {};
    }
    const bool is_function = arn.find(":lambda:") != std::string::npos;
    const auto function = parse_function_reference(is_function ? arn : name, context.identity);
    const bool is_there =
        is_function ? function && context.registry.exists(*function) : !needs_a_place;
    if (!is_there) {
        return refuse(kInvalidParameterValue,
                      fmt::format("The destination ARN {} is invalid.", arn));
    }
    return is_function && function->name == name
               ? refuse(kInvalidParameterValue,
                        "You can't specify the function as a destination for itself.")
               : LambdaResult<void>{};
}

LambdaResult<EventInvokeConfig> read_event_config(const nlohmann::json& body) {
    MemberReader reader(body);
    EventInvokeConfig config;
    if (const auto attempts = reader.number("MaximumRetryAttempts", {0, 2})) {
        config.attempts = static_cast<std::uint32_t>(*attempts);
    }
    if (const auto age = reader.number("MaximumEventAgeInSeconds", {60, 21'600})) {
        config.age_seconds = static_cast<std::uint32_t>(*age);
    }
    MB_LAMBDA_TRY_STATUS(read_destinations(reader, config));
    return config;
}

// Put replaces, Update keeps what it does not name.
Answer set_event_config(const FunctionCallContext& context, const LambdaCall& call, bool update) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(const std::string qualifier, event_qualifier(context, named));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MB_LAMBDA_TRY(EventInvokeConfig config, read_event_config(body));
    if (!config.attempts && !config.age_seconds && !body.contains("DestinationConfig")) {
        return refuse(kInvalidParameterValue,
                      "You must specify at least one of error handling or destination setting.");
    }
    FunctionRecord record = *named.record;
    const auto known = record.event_invoke.find(qualifier);
    if (update) {
        if (known == record.event_invoke.end()) {
            return tl::unexpected(no_event_config(context, named, qualifier));
        }
        config.attempts = config.attempts ? config.attempts : known->second.attempts;
        config.age_seconds = config.age_seconds ? config.age_seconds : known->second.age_seconds;
        if (!body.contains("DestinationConfig")) {
            config.on_success = known->second.on_success;
            config.on_failure = known->second.on_failure;
        }
    }
    MB_LAMBDA_TRY_STATUS(check_kinds(config));
    MB_LAMBDA_TRY_STATUS(check_destination(context, record.name, config.on_success, true));
    MB_LAMBDA_TRY_STATUS(check_destination(context, record.name, config.on_failure, false));
    config.modified = context.clock.wall();
    record.event_invoke[qualifier] = config;
    const Json told = event_invoke_json(record, qualifier, config, context.identity);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with(told);
}

Answer put_event_config(const FunctionCallContext& context, const LambdaCall& call) {
    return set_event_config(context, call, false);
}

Answer update_event_config(const FunctionCallContext& context, const LambdaCall& call) {
    return set_event_config(context, call, true);
}

Answer get_event_config(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY(const std::string qualifier, event_qualifier(context, named));
    const auto found = named.record->event_invoke.find(qualifier);
    if (found == named.record->event_invoke.end()) {
        return tl::unexpected(no_event_config(context, named, qualifier));
    }
    return answer_with(
        event_invoke_json(*named.record, qualifier, found->second, context.identity));
}

Answer delete_event_config(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(const std::string qualifier, event_qualifier(context, named));
    FunctionRecord record = *named.record;
    if (record.event_invoke.erase(qualifier) == 0) {
        return tl::unexpected(no_event_config(context, named, qualifier));
    }
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return no_content();
}

Answer list_event_configs(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    std::vector<Json> rows;
    for (const auto& [qualifier, config] : named.record->event_invoke) {
        rows.push_back(event_invoke_json(*named.record, qualifier, config, context.identity));
    }
    MB_LAMBDA_TRY(const Page page, page_of(call, rows.size()));
    Json body{{"FunctionEventInvokeConfigs", Json::array()}};
    for (std::size_t i = page.first; i < page.first + page.count; ++i) {
        body["FunctionEventInvokeConfigs"].push_back(std::move(rows[i]));
    }
    if (!page.next.empty()) {
        body["NextMarker"] = page.next;
    }
    return answer_with(body);
}

}  // namespace

void add_event_config_calls(RouteTable& table, const FunctionCallContext& context) {
    FunctionRoutes routes(table, context);
    routes.add("PUT", "/2019-09-25/functions/{}/event-invoke-config", put_event_config);
    routes.add("POST", "/2019-09-25/functions/{}/event-invoke-config", update_event_config);
    routes.add("GET", "/2019-09-25/functions/{}/event-invoke-config", get_event_config);
    routes.add("DELETE", "/2019-09-25/functions/{}/event-invoke-config", delete_event_config);
    routes.add("GET", "/2019-09-25/functions/{}/event-invoke-config/list", list_event_configs);
}

}  // namespace millbeck::runtime::lambda
