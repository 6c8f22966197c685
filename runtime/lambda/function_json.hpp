// Functions, versions and aliases as the service's answers show them.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "runtime/lambda/function_record.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::lambda {

// How far a function is, as an answer tells it. What is done is done when the answer goes out, but
// the answers of the calls that make and change a function tell it as the service does.
enum class FunctionState {
    Listed,   // lists say nothing of it
    Active,   // State Active, LastUpdateStatus Successful
    Created,  // State Pending
    Updated,  // State Active, LastUpdateStatus InProgress
};

// FunctionConfiguration. `qualifier` is how it was asked for: "" gives the unqualified ARN.
nlohmann::ordered_json configuration_json(const FunctionRecord& record,
                                          const FunctionVersion& version,
                                          std::string_view qualifier, FunctionState state,
                                          const shardlog::Identity& identity);

nlohmann::ordered_json alias_json(const FunctionRecord& record, const FunctionAlias& alias,
                                  const shardlog::Identity& identity);

nlohmann::ordered_json event_invoke_json(const FunctionRecord& record, const std::string& qualifier,
                                         const EventInvokeConfig& config,
                                         const shardlog::Identity& identity);

// `2026-09-17T13:27:06.522+0000`
std::string modified_text(base::WallTime time);

}  // namespace millbeck::runtime::lambda
