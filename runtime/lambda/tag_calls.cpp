#include "runtime/lambda/tag_calls.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kTagPath = "/2017-03-31/tags/{}";
constexpr unsigned kNoContent = 204;

using Holders = std::shared_ptr<const std::vector<TagHolder>>;

LambdaResult<const TagHolder*> holder_of(const Holders& holders, const std::string& arn) {
    for (const TagHolder& each : *holders) {
        if (arn.find(each.kind) != std::string::npos) {
            return &each;
        }
    }
    return refuse(kInvalidParameterValue,
                  fmt::format("{} is not supported by Millbeck: functions and event source "
                              "mappings have tags.",
                              arn));
}

LambdaResult<LambdaAnswer> list(const Holders& holders, const LambdaCall& call) {
    MB_LAMBDA_TRY(const TagHolder* holder, holder_of(holders, call.places[0]));
    MB_LAMBDA_TRY(const Tags tags, holder->tags(call.places[0]));
    return LambdaAnswer{.body = Json{{"Tags", tags}}.dump()};
}

LambdaResult<LambdaAnswer> add(const Holders& holders, const LambdaCall& call) {
    MB_LAMBDA_TRY(const TagHolder* holder, holder_of(holders, call.places[0]));
    MB_LAMBDA_TRY(const Json body, call.json());
    MB_LAMBDA_TRY(const Tags more, parse_tags(body));
    MB_LAMBDA_TRY_STATUS(holder->change(call.places[0], [&](Tags& tags) {
        for (const auto& [key, value] : more) {
            tags[key] = value;
        }
        return check_tags(tags);
    }));
    return LambdaAnswer{.status = kNoContent};
}

LambdaResult<LambdaAnswer> remove(const Holders& holders, const LambdaCall& call) {
    MB_LAMBDA_TRY(const TagHolder* holder, holder_of(holders, call.places[0]));
    const auto keys = call.parameters("tagKeys");
    MB_LAMBDA_TRY_STATUS(holder->change(call.places[0], [&](Tags& tags) {
        for (const std::string& key : keys) {
            tags.erase(key);
        }
        return LambdaResult<void>{};
    }));
    return LambdaAnswer{.status = kNoContent};
}

}  // namespace

LambdaResult<void> check_tags(const Tags& tags) {
    if (tags.size() > kTagsMax) {
        return refuse(kInvalidParameterValue, "Number of tags exceeds resource tag limit.");
    }
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > 128 || value.size() > 256) {
            return refuse(kInvalidParameterValue,
                          "A tag's key has 1 to 128 characters, its value up to 256.");
        }
        if (key.starts_with("aws:")) {
            return refuse(kInvalidParameterValue,
                          "Tag keys must not start with the reserved prefix aws:");
        }
    }
    return {};
}

LambdaResult<Tags> parse_tags(const Json& body) {
    MemberReader reader(body);
    Tags tags = reader.texts("Tags").value_or(Tags());
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(check_tags(tags));
    return tags;
}

void add_tag_routes(RouteTable& table, std::vector<TagHolder> holders) {
    const auto kept = std::make_shared<const std::vector<TagHolder>>(std::move(holders));
    table.add({.method = "GET", .pattern = kTagPath, .handle = [kept](const LambdaCall& call) {
                   return list(kept, call);
               }});
    table.add({.method = "POST", .pattern = kTagPath, .handle = [kept](const LambdaCall& call) {
                   return add(kept, call);
               }});
    table.add({.method = "DELETE", .pattern = kTagPath, .handle = [kept](const LambdaCall& call) {
                   return remove(kept, call);
               }});
}

}  // namespace millbeck::runtime::lambda
