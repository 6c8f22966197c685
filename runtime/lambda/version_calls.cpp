// Versions and aliases of functions.
#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_call_parts.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_json.hpp"
#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;
using Answer = LambdaResult<LambdaAnswer>;

bool all_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_version(std::string_view text) {
    return text == kLatest || all_digits(text);
}

// Letters, digits, - and _, but not digits alone: those are versions.
bool is_alias(std::string_view text) {
    return !text.empty() && !all_digits(text) &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_';
           });
}

const TextRule& version_rule() {
    static const TextRule rule{
        .min = 1, .max = 1024, .fits = is_version, .pattern = R"((\$LATEST|[0-9]+))"};
    return rule;
}

Answer publish_version(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MemberReader reader(body);
    const auto sha = reader.text("CodeSha256");
    const auto description = reader.text("Description", {.max = 256});
    const auto revision = reader.text("RevisionId");
    const auto to = reader.text("PublishTo");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    if (to) {
        return refuse(kInvalidParameterValue, "PublishTo is not supported by Millbeck");
    }
    const FunctionVersion& latest = named.record->latest;
    MB_LAMBDA_TRY_STATUS(check_revision(revision, latest.revision_id));
    if (sha && !sha->empty() && *sha != latest.code_sha256) {
        return refuse(kInvalidParameterValue,
                      fmt::format("CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST "
                                  "({}). Please try again with the CodeSHA256 in $LATEST.",
                                  *sha, latest.code_sha256));
    }
    FunctionRecord record = *named.record;
    const FunctionVersion version = publish(record, context, description.value_or(""));
    const Json told = configuration_json(record, version, version.version, FunctionState::Active,
                                         context.identity);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with(told, 201);
}

Answer list_versions(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    const FunctionRecord& record = *named.record;
    std::vector<const FunctionVersion*> versions{&record.latest};
    for (const auto& [number, version] : record.published) {
        versions.push_back(&version);
    }
    MB_LAMBDA_TRY(const Page page, page_of(call, versions.size()));
    Json body{{"Versions", Json::array()}};
    for (std::size_t i = page.first; i < page.first + page.count; ++i) {
        body["Versions"].push_back(configuration_json(record, *versions[i], versions[i]->version,
                                                      FunctionState::Listed, context.identity));
    }
    if (!page.next.empty()) {
        body["NextMarker"] = page.next;
    }
    return answer_with(body);
}

LambdaError no_alias(const FunctionCallContext& context, const FunctionRecord& record,
                     const std::string& name) {
    return {kResourceNotFound,
            "Cannot find alias arn: " + function_arn(context.identity, {record.name, name})};
}

struct AliasInput {
    std::optional<std::string> version;
    std::optional<std::string> description;
    std::optional<std::map<std::string, double>> weights;
};

std::map<std::string, double> read_weights(MemberReader& reader, const nlohmann::json& weights) {
    std::map<std::string, double> read;
    for (const auto& [version, weight] : weights.items()) {
        const double value = weight.is_number() ? weight.get<double>() : -1.0;
        if (!all_digits(version) || value < 0.0 || value > 1.0) {
            reader.add(fmt::format("{{{}={}}}", version, weight.dump()),
                       "routingConfig.additionalVersionWeights",
                       "Map keys must satisfy constraint: [Member must satisfy regular expression "
                       "pattern: [0-9]+], Map values must satisfy constraint: [Member must have "
                       "value less than or equal to 1.0, Member must have value greater than or "
                       "equal to 0.0]");
        } else {
            read.emplace(version, value);
        }
    }
    return read;
}

AliasInput read_alias(MemberReader& reader) {
    AliasInput input;
    input.version = reader.text("FunctionVersion", version_rule());
    input.description = reader.text("Description", {.max = 256});
    if (const nlohmann::json* routing = reader.object("RoutingConfig")) {
        input.weights.emplace();
        MemberReader inside(*routing, "routingConfig.");
        const nlohmann::json* weights = inside.object("AdditionalVersionWeights");
        reader.take(std::move(inside));
        if (weights != nullptr) {
            input.weights = read_weights(reader, *weights);
        }
    }
    return input;
}

// The versions it leads to are there, and go together.
LambdaResult<void> check_alias(const FunctionCallContext& context, const FunctionRecord& record,
                               const FunctionAlias& alias) {
    if (record.version(alias.version) == nullptr) {
        return tl::unexpected(function_not_found(context.identity, {record.name, alias.version}));
    }
    if (alias.weights.empty()) {
        return {};
    }
    if (alias.weights.size() > 1) {
        return refuse(kInvalidParameterValue,
                      "Number of items in AdditionalVersionWeights cannot be greater than 1");
    }
    const std::string& other = alias.weights.begin()->first;
    if (other == alias.version) {
        return refuse(kInvalidParameterValue,
                      fmt::format("Invalid function version {}. Function version {} is already "
                                  "included in routing configuration.",
                                  other, other));
    }
    if (alias.version == kLatest) {
        return refuse(kInvalidParameterValue,
                      "$LATEST is not supported for an alias pointing to more than 1 version");
    }
    if (record.version(other) == nullptr) {
        return tl::unexpected(function_not_found(context.identity, {record.name, other}));
    }
    return {};
}

Answer store_alias(const FunctionCallContext& context, FunctionRecord record, FunctionAlias alias,
                   unsigned status) {
    MB_LAMBDA_TRY_STATUS(check_alias(context, record, alias));
    alias.revision_id = base::make_uuid(context.random);
    const Json told = alias_json(record, alias, context.identity);
    record.aliases[alias.name] = std::move(alias);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with(told, status);
}

Answer create_alias(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MemberReader reader(body);
    reader.require("Name");
    reader.require("FunctionVersion");
    const auto name = reader.text(
        "Name",
        {.min = 1, .max = 128, .fits = is_alias, .pattern = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"});
    AliasInput input = read_alias(reader);
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    if (named.record->aliases.contains(*name)) {
        return refuse(
            kResourceConflict,
            "Alias already exists: " + function_arn(context.identity, {named.record->name, *name}));
    }
    FunctionAlias alias;
    alias.name = *name;
    alias.version = *input.version;
    alias.description = input.description.value_or("");
    alias.weights = input.weights.value_or(std::map<std::string, double>{});
    return store_alias(context, *named.record, std::move(alias), 201);
}

LambdaResult<FunctionAlias> alias_of(const FunctionCallContext& context,
                                     const FunctionRecord& record, const LambdaCall& call) {
    const auto found = record.aliases.find(call.places.at(1));
    if (found == record.aliases.end()) {
        return tl::unexpected(no_alias(context, record, call.places.at(1)));
    }
    return found->second;
}

Answer get_alias(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY(const FunctionAlias alias, alias_of(context, *named.record, call));
    return answer_with(alias_json(*named.record, alias, context.identity));
}

Answer update_alias(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(FunctionAlias alias, alias_of(context, *named.record, call));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MemberReader reader(body);
    AliasInput input = read_alias(reader);
    const auto revision = reader.text("RevisionId");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(check_revision(revision, alias.revision_id));
    alias.version = input.version.value_or(alias.version);
    alias.description = input.description.value_or(alias.description);
    alias.weights = input.weights.value_or(alias.weights);
    return store_alias(context, *named.record, std::move(alias), 200);
}

Answer delete_alias(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    FunctionRecord record = *named.record;
    if (record.aliases.erase(call.places.at(1)) > 0) {
        record.event_invoke.erase(call.places.at(1));
        record.policies.erase(call.places.at(1));
        MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    }
    return no_content();
}

Answer list_aliases(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    const std::string version = call.parameter("FunctionVersion");
    std::vector<const FunctionAlias*> aliases;
    for (const auto& [name, alias] : named.record->aliases) {
        if (version.empty() || alias.version == version || alias.weights.contains(version)) {
            aliases.push_back(&alias);
        }
    }
    MB_LAMBDA_TRY(const Page page, page_of(call, aliases.size()));
    Json body{{"Aliases", Json::array()}};
    for (std::size_t i = page.first; i < page.first + page.count; ++i) {
        body["Aliases"].push_back(alias_json(*named.record, *aliases[i], context.identity));
    }
    if (!page.next.empty()) {
        body["NextMarker"] = page.next;
    }
    return answer_with(body);
}

void add(RouteTable& table, const FunctionCallContext& context, std::string_view method,
         std::string_view pattern,
         Answer (*handle)(const FunctionCallContext&, const LambdaCall&)) {
    table.add({method, pattern,
               [context, handle](const LambdaCall& call) { return handle(context, call); }});
}

}  // namespace

void add_version_calls(RouteTable& table, const FunctionCallContext& context) {
    add(table, context, "POST", "/2015-03-31/functions/{}/versions", publish_version);
    add(table, context, "GET", "/2015-03-31/functions/{}/versions", list_versions);
}

void add_alias_calls(RouteTable& table, const FunctionCallContext& context) {
    add(table, context, "POST", "/2015-03-31/functions/{}/aliases", create_alias);
    add(table, context, "GET", "/2015-03-31/functions/{}/aliases", list_aliases);
    add(table, context, "GET", "/2015-03-31/functions/{}/aliases/{}", get_alias);
    add(table, context, "PUT", "/2015-03-31/functions/{}/aliases/{}", update_alias);
    add(table, context, "DELETE", "/2015-03-31/functions/{}/aliases/{}", delete_alias);
}

}  // namespace millbeck::runtime::lambda
