#include "runtime/lambda/mapping_calls.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kAll = "/2015-03-31/event-source-mappings";
constexpr std::string_view kOne = "/2015-03-31/event-source-mappings/{}";
constexpr std::int64_t kMaxItemsMost = 10'000;
constexpr std::int64_t kPageMost = 100;
constexpr unsigned kAccepted = 202;  // what changes a mapping is done a moment later

LambdaResult<LambdaAnswer> answer(unsigned status, LambdaResult<Json> body) {
    if (!body) {
        return tl::unexpected(std::move(body).error());
    }
    return LambdaAnswer{.status = status, .body = body->dump()};
}

LambdaResult<LambdaAnswer> list(const MappingRegistry& mappings, const LambdaCall& call) {
    MB_LAMBDA_TRY(const auto items, call.number("MaxItems", 1, kMaxItemsMost));
    const auto limit = std::min(items.value_or(kPageMost), kPageMost);
    return answer(200, mappings.list({.event_source_arn = call.parameter("EventSourceArn"),
                                      .function = call.parameter("FunctionName"),
                                      .marker = call.parameter("Marker"),
                                      .limit = static_cast<std::size_t>(limit)}));
}

LambdaResult<LambdaAnswer> create(MappingRegistry& mappings, const LambdaCall& call) {
    MB_LAMBDA_TRY(const Json body, call.json());
    return answer(kAccepted, mappings.create(body));
}

LambdaResult<LambdaAnswer> update(MappingRegistry& mappings, const LambdaCall& call) {
    MB_LAMBDA_TRY(const Json body, call.json());
    return answer(kAccepted, mappings.update(call.places[0], body));
}

}  // namespace

void add_mapping_routes(RouteTable& table, MappingRegistry& mappings) {
    table.add({.method = "POST", .pattern = kAll, .handle = [&mappings](const LambdaCall& call) {
                   return create(mappings, call);
               }});
    table.add({.method = "GET", .pattern = kAll, .handle = [&mappings](const LambdaCall& call) {
                   return list(mappings, call);
               }});
    table.add({.method = "GET", .pattern = kOne, .handle = [&mappings](const LambdaCall& call) {
                   return answer(200, mappings.get(call.places[0]));
               }});
    table.add({.method = "PUT", .pattern = kOne, .handle = [&mappings](const LambdaCall& call) {
                   return update(mappings, call);
               }});
    table.add({.method = "DELETE", .pattern = kOne, .handle = [&mappings](const LambdaCall& call) {
                   return answer(kAccepted, mappings.remove(call.places[0]));
               }});
}

}  // namespace millbeck::runtime::lambda
