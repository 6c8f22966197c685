// The resource policies of functions: kept and told, so that a second plan of an infrastructure
// tool finds what the first applied. Nothing is allowed or forbidden by them.
// Source: lambda API_AddPermission and its neighbours; recorded answers and refusals.
#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_call_parts.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_resolve.hpp"
#include "runtime/lambda/permission_statement.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;
using Answer = LambdaResult<LambdaAnswer>;

// Source: Lambda quotas, function resource-based policy (20 KB).
constexpr std::size_t kPolicyBytesMax = 20'480;
constexpr LambdaException kPolicyLength{400, "PolicyLengthExceededException", "message", "User"};

std::string policy_text(const FunctionPolicy& policy) {
    std::string text = R"({"Version":"2012-10-17","Id":"default","Statement":[)";
    std::string_view separator;
    for (const FunctionPolicy::Statement& each : policy.statements) {
        text += separator;
        text += each.json;
        separator = ",";
    }
    return text + "]}";
}

// The version or alias that is named must be there.
LambdaResult<void> check_qualifier(const FunctionCallContext& context, const NamedFunction& named) {
    const std::string& qualifier = named.reference.qualifier;
    if (qualifier.empty() || resolve(*named.record, qualifier, 1.0) != nullptr) {
        return {};
    }
    const bool is_alias = qualifier.find('$') == std::string::npos &&
                          !std::all_of(qualifier.begin(), qualifier.end(),
                                       [](unsigned char c) { return std::isdigit(c) != 0; });
    return is_alias ? refuse(kResourceNotFound, "Cannot find alias arn: " +
                                                    function_arn(context.identity, named.reference))
                    : tl::unexpected(function_not_found(context.identity, named.reference));
}

LambdaResult<void> check_policy_revision(const std::optional<std::string>& sent,
                                         const FunctionPolicy* policy) {
    return !sent || (policy != nullptr && *sent == policy->revision_id)
               ? LambdaResult<void>{}
               : refuse(kPreconditionFailed,
                        "The Revision Id provided does not match the latest Revision Id. Call the "
                        "GetPolicy API to retrieve the latest Revision Id");
}

FunctionPolicy::Statement* find_statement(FunctionPolicy& policy, const std::string& id) {
    const auto found =
        std::find_if(policy.statements.begin(), policy.statements.end(),
                     [&](const FunctionPolicy::Statement& each) { return each.id == id; });
    return found == policy.statements.end() ? nullptr : &*found;
}

Answer add_permission(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MB_LAMBDA_TRY(const WantedStatement wanted, read_statement(body));
    MB_LAMBDA_TRY(
        const FunctionReference reference,
        parse_function_reference(call.places.at(0), call.parameter("Qualifier"), context.identity));
    if (reference.qualifier == kLatest) {
        return refuse(kInvalidParameterValue,
                      "We currently do not support adding policies for $LATEST.");
    }
    MB_LAMBDA_TRY(const FunctionRecordPtr current, function_of(context, {reference.name, ""}));
    MB_LAMBDA_TRY_STATUS(check_qualifier(context, {reference, current}));
    MB_LAMBDA_TRY_STATUS(check_changeable(*current));
    FunctionRecord record = *current;
    const auto known = record.policies.find(reference.qualifier);
    MB_LAMBDA_TRY_STATUS(check_policy_revision(
        wanted.revision, known == record.policies.end() ? nullptr : &known->second));
    FunctionPolicy& policy = record.policies[reference.qualifier];
    if (find_statement(policy, wanted.id) != nullptr) {
        return refuse(kResourceConflict,
                      fmt::format("The statement id ({}) provided already exists. Please provide a "
                                  "new statement id, or remove the existing statement.",
                                  wanted.id));
    }
    MB_LAMBDA_TRY(const std::string statement,
                  statement_json(wanted, function_arn(context.identity, reference)));
    policy.statements.push_back({wanted.id, statement});
    policy.revision_id = base::make_uuid(context.random);
    if (const std::size_t size = policy_text(policy).size(); size > kPolicyBytesMax) {
        return refuse(kPolicyLength,
                      fmt::format("The final policy size ({}) is bigger than the limit ({}).", size,
                                  kPolicyBytesMax));
    }
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with({{"Statement", statement}}, 201);
}

Answer get_policy(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    const auto found = named.record->policies.find(named.reference.qualifier);
    if (found == named.record->policies.end()) {
        return refuse(kResourceNotFound, "The resource you requested does not exist.");
    }
    return answer_with(
        {{"Policy", policy_text(found->second)}, {"RevisionId", found->second.revision_id}});
}

Answer remove_permission(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(
        const FunctionReference reference,
        parse_function_reference(call.places.at(0), call.parameter("Qualifier"), context.identity));
    const FunctionRecordPtr current = context.registry.find(reference.name);
    if (current == nullptr) {
        return refuse(kResourceNotFound,
                      "No policy found for: " + function_arn(context.identity, reference));
    }
    MB_LAMBDA_TRY_STATUS(check_qualifier(context, {reference, current}));
    MB_LAMBDA_TRY_STATUS(check_changeable(*current));
    FunctionRecord record = *current;
    const auto found = record.policies.find(reference.qualifier);
    if (found == record.policies.end()) {
        return refuse(kResourceNotFound, "No policy is associated with the given resource.");
    }
    const std::string revision = call.parameter("RevisionId");
    MB_LAMBDA_TRY_STATUS(check_policy_revision(
        revision.empty() ? std::nullopt : std::optional(revision), &found->second));
    FunctionPolicy& policy = found->second;
    const FunctionPolicy::Statement* statement = find_statement(policy, call.places.at(1));
    if (statement == nullptr) {
        return refuse(
            kResourceNotFound,
            fmt::format("Statement {} is not found in resource policy.", call.places.at(1)));
    }
    policy.statements.erase(policy.statements.begin() + (statement - policy.statements.data()));
    policy.revision_id = base::make_uuid(context.random);
    if (policy.statements.empty()) {
        record.policies.erase(found);
    }
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return no_content();
}

}  // namespace

void add_permission_calls(RouteTable& table, const FunctionCallContext& context) {
    FunctionRoutes routes(table, context);
    routes.add("POST", "/2015-03-31/functions/{}/policy", add_permission);
    routes.add("GET", "/2015-03-31/functions/{}/policy", get_policy);
    routes.add("DELETE", "/2015-03-31/functions/{}/policy/{}", remove_permission);
}

}  // namespace millbeck::runtime::lambda
