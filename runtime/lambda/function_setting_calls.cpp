// What is set on a function beside its code and configuration, and on the account.
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_call_parts.hpp"
#include "runtime/lambda/function_calls.hpp"
#include "runtime/lambda/function_input.hpp"
#include "runtime/lambda/function_json.hpp"
#include "runtime/lambda/function_resolve.hpp"
#include "runtime/lambda/member_reader.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;
using Answer = LambdaResult<LambdaAnswer>;

Answer put_concurrency(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    MB_LAMBDA_TRY(const nlohmann::json body, call.json());
    MemberReader reader(body);
    reader.require("ReservedConcurrentExecutions");
    const auto wanted = reader.number("ReservedConcurrentExecutions", {.min = 0});
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    const unsigned others = context.registry.reserved() - named.record->reserved.value_or(0);
    if (*wanted + others + kUnreservedMin > kAccountConcurrency) {
        return refuse(kInvalidParameterValue,
                      fmt::format("Specified ReservedConcurrentExecutions for function decreases "
                                  "account's UnreservedConcurrentExecution below its minimum value "
                                  "of [{}].",
                                  kUnreservedMin));
    }
    FunctionRecord record = *named.record;
    record.reserved = static_cast<std::uint32_t>(*wanted);
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return answer_with({{"ReservedConcurrentExecutions", *wanted}});
}

Answer get_concurrency(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    Json body = Json::object();
    if (named.record->reserved) {
        body["ReservedConcurrentExecutions"] = *named.record->reserved;
    }
    return answer_with(body);
}

Answer delete_concurrency(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    MB_LAMBDA_TRY_STATUS(check_changeable(*named.record));
    FunctionRecord record = *named.record;
    record.reserved.reset();
    MB_LAMBDA_TRY_STATUS(put(context, std::move(record)));
    return no_content();
}

// There is never one: CreateFunction refuses it.
Answer get_code_signing(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    return answer_with({{"CodeSigningConfigArn", ""}, {"FunctionName", named.record->name}});
}

Answer get_account_settings(const FunctionCallContext& context, const LambdaCall& /*call*/) {
    std::uint64_t bytes = 0;
    const auto records = context.registry.all();
    for (const auto& record : records) {
        bytes += record->latest.code_bytes;
        for (const auto& [number, version] : record->published) {
            bytes += version.code_bytes;
        }
    }
    return answer_with(
        {{"AccountLimit",
          {{"TotalCodeSize", 80'530'636'800},
           {"CodeSizeUnzipped", 262'144'000},
           {"CodeSizeZipped", 52'428'800},
           {"ConcurrentExecutions", kAccountConcurrency},
           {"UnreservedConcurrentExecutions",
            kAccountConcurrency - std::min(context.registry.reserved(), kAccountConcurrency)}}},
         {"AccountUsage", {{"TotalCodeSize", bytes}, {"FunctionCount", records.size()}}}});
}

// Runtimes are the machine's, whichever they are.
Answer get_runtime_management(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    const std::string qualifier =
        named.reference.qualifier.empty() ? std::string(kLatest) : named.reference.qualifier;
    return answer_with(
        {{"UpdateRuntimeOn", "Auto"},
         {"FunctionArn", function_arn(context.identity, {named.record->name, qualifier})}});
}

Answer get_recursion(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    return answer_with({{"RecursiveLoop", "Allow"}});
}

// A function without a URL, provisioned concurrency: all of them.
Answer get_url(const FunctionCallContext& context, const LambdaCall& call) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    return refuse(kResourceNotFound, "The resource you requested does not exist.");
}

Answer list_nothing(const FunctionCallContext& context, const LambdaCall& call,
                    const char* member) {
    MB_LAMBDA_TRY(const NamedFunction named, named_function(context, call));
    return answer_with({{member, Json::array()}});
}

Answer list_urls(const FunctionCallContext& context, const LambdaCall& call) {
    return list_nothing(context, call, "FunctionUrlConfigs");
}

Answer list_provisioned(const FunctionCallContext& context, const LambdaCall& call) {
    return list_nothing(context, call, "ProvisionedConcurrencyConfigs");
}

// The function that an ARN of a resource names; tags belong to no version.
LambdaResult<FunctionRecordPtr> tagged(const FunctionCallContext& context, std::string_view arn) {
    MB_LAMBDA_TRY(const FunctionReference reference,
                  parse_function_reference(arn, context.identity, "resource"));
    if (!reference.qualifier.empty()) {
        return refuse(kInvalidParameterValue,
                      "Tags on function aliases and versions are not supported. Please specify a "
                      "function ARN.");
    }
    return function_of(context, reference);
}

}  // namespace

TagHolder tags_of_functions(const FunctionCallContext& context) {
    return {.kind = ":function:",
            .tags = [context](const std::string& arn) -> LambdaResult<Tags> {
                MB_LAMBDA_TRY(const FunctionRecordPtr record, tagged(context, arn));
                return record->tags;
            },
            .change = [context](const std::string& arn, const auto& change) -> LambdaResult<void> {
                MB_LAMBDA_TRY(const FunctionRecordPtr current, tagged(context, arn));
                MB_LAMBDA_TRY_STATUS(check_changeable(*current));
                FunctionRecord record = *current;
                MB_LAMBDA_TRY_STATUS(change(record.tags));
                return put(context, std::move(record));
            }};
}

void add_function_setting_calls(RouteTable& table, const FunctionCallContext& context) {
    FunctionRoutes routes(table, context);
    routes.add("PUT", "/2017-10-31/functions/{}/concurrency", put_concurrency);
    routes.add("GET", "/2019-09-30/functions/{}/concurrency", get_concurrency);
    routes.add("DELETE", "/2017-10-31/functions/{}/concurrency", delete_concurrency);
    routes.add("GET", "/2020-06-30/functions/{}/code-signing-config", get_code_signing);
    routes.add("GET", "/2016-08-19/account-settings", get_account_settings);
    routes.add("GET", "/2021-07-20/functions/{}/runtime-management-config", get_runtime_management);
    routes.add("GET", "/2024-08-31/functions/{}/recursion-config", get_recursion);
    routes.add("GET", "/2021-10-31/functions/{}/url", get_url);
    routes.add("GET", "/2021-10-31/functions/{}/urls", list_urls);
    routes.add("GET", "/2019-09-30/functions/{}/provisioned-concurrency", list_provisioned);
}

}  // namespace millbeck::runtime::lambda
