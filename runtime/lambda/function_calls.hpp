// Lambda's calls about functions: make, read, change, remove; versions, aliases, settings.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/route_table.hpp"
#include "runtime/lambda/tag_calls.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::lambda {

// Requests of functions: the largest whose answer is the service's own refusal.
// Source: the service's words, "Request must be smaller than 70167211 bytes".
inline constexpr std::string_view kFunctionTarget = "/2015-03-31/functions";
inline constexpr std::size_t kFunctionRequestBytesMax = 70'167'211;

// All of it outlives the routes.
struct FunctionCallContext {
    FunctionRegistry& registry;
    const base::Clock& clock;
    base::Random& random;
    shardlog::Identity identity = {};
    // Whether the configuration says what an ARN stands for; empty: it says nothing of any.
    std::function<bool(const std::string& arn)> has_destination = {};
};

// CreateFunction, GetFunction, GetFunctionConfiguration, ListFunctions, UpdateFunctionCode,
// UpdateFunctionConfiguration, DeleteFunction.
void add_function_calls(RouteTable& table, const FunctionCallContext& context);
// PublishVersion, ListVersionsByFunction.
void add_version_calls(RouteTable& table, const FunctionCallContext& context);
// CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases.
void add_alias_calls(RouteTable& table, const FunctionCallContext& context);
// Put, Get, DeleteFunctionConcurrency; GetFunctionCodeSigningConfig, GetAccountSettings, and what
// is refused by name.
void add_function_setting_calls(RouteTable& table, const FunctionCallContext& context);

// The five calls of FunctionEventInvokeConfig.
void add_event_config_calls(RouteTable& table, const FunctionCallContext& context);
// AddPermission, GetPolicy, RemovePermission: kept and told, nothing is allowed or forbidden.
void add_permission_calls(RouteTable& table, const FunctionCallContext& context);

// Tags belong to a function, not to a version of it.
TagHolder tags_of_functions(const FunctionCallContext& context);

}  // namespace millbeck::runtime::lambda
