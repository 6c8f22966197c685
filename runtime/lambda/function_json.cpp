#include "runtime/lambda/function_json.hpp"

#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "runtime/lambda/function_reference.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kReason = "The function is being created.";

// The service names the build of a runtime; here it is whatever the machine has, one for a name.
std::string runtime_version_arn(const FunctionVersion& version,
                                const shardlog::Identity& identity) {
    std::string hex;
    for (const char byte : base::sha256(version.runtime)) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(byte) >> 4U];
        hex += kDigits[static_cast<unsigned char>(byte) & 15U];
    }
    return "arn:aws:lambda:" + identity.region + "::runtime:" + hex;
}

void add_state(Json& json, FunctionState state) {
    switch (state) {
        case FunctionState::Listed:
            break;
        case FunctionState::Active:
            json["State"] = "Active";
            json["LastUpdateStatus"] = "Successful";
            break;
        case FunctionState::Created:
            json["State"] = "Pending";
            json["StateReason"] = kReason;
            json["StateReasonCode"] = "Creating";
            break;
        case FunctionState::Updated:
            json["State"] = "Active";
            json["LastUpdateStatus"] = "InProgress";
            json["LastUpdateStatusReason"] = kReason;
            json["LastUpdateStatusReasonCode"] = "Creating";
            break;
    }
}

}  // namespace

std::string modified_text(base::WallTime time) {
    return base::to_iso8601(time) + "+0000";
}

Json configuration_json(const FunctionRecord& record, const FunctionVersion& version,
                        std::string_view qualifier, FunctionState state,
                        const shardlog::Identity& identity) {
    Json json{{"FunctionName", record.name},
              {"FunctionArn", function_arn(identity, {record.name, std::string(qualifier)})}};
    if (!version.runtime.empty()) {
        json["Runtime"] = version.runtime;
    }
    json["Role"] = version.role;
    if (!version.handler.empty()) {
        json["Handler"] = version.handler;
    }
    json["CodeSize"] = version.code_bytes;
    json["Description"] = version.description;
    json["Timeout"] = version.timeout_seconds;
    json["MemorySize"] = version.memory_mb;
    json["LastModified"] = modified_text(version.modified);
    json["CodeSha256"] = version.code_sha256;
    json["Version"] = version.version;
    if (version.environment) {
        json["Environment"] = {{"Variables", *version.environment}};
    }
    json["TracingConfig"] = {{"Mode", "PassThrough"}};
    json["RevisionId"] = version.revision_id;
    add_state(json, state);
    json["PackageType"] = "Zip";
    json["Architectures"] = {version.architecture};
    json["EphemeralStorage"] = {{"Size", version.ephemeral_mb}};
    json["SnapStart"] = {{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}};
    if (state != FunctionState::Listed && !version.runtime.empty()) {
        json["RuntimeVersionConfig"] = {
            {"RuntimeVersionArn", runtime_version_arn(version, identity)}};
    }
    json["LoggingConfig"] = {{"LogFormat", "Text"}, {"LogGroup", version.log_group}};
    if (!version.command.empty()) {
        json["MillbeckCommand"] = version.command;
    }
    return json;
}

Json alias_json(const FunctionRecord& record, const FunctionAlias& alias,
                const shardlog::Identity& identity) {
    Json json{{"AliasArn", function_arn(identity, {record.name, alias.name})},
              {"Name", alias.name},
              {"FunctionVersion", alias.version},
              {"Description", alias.description},
              {"RevisionId", alias.revision_id}};
    if (!alias.weights.empty()) {
        json["RoutingConfig"] = {{"AdditionalVersionWeights", alias.weights}};
    }
    return json;
}

Json event_invoke_json(const FunctionRecord& record, const std::string& qualifier,
                       const EventInvokeConfig& config, const shardlog::Identity& identity) {
    const auto destination = [](const std::string& arn) {
        return arn.empty() ? Json::object() : Json{{"Destination", arn}};
    };
    Json json{{"LastModified", static_cast<double>(base::to_millis(config.modified)) / 1000.0},
              {"FunctionArn", function_arn(identity, {record.name, qualifier})},
              {"DestinationConfig",
               {{"OnSuccess", destination(config.on_success)},
                {"OnFailure", destination(config.on_failure)}}}};
    if (config.attempts) {
        json["MaximumRetryAttempts"] = *config.attempts;
    }
    if (config.age_seconds) {
        json["MaximumEventAgeInSeconds"] = *config.age_seconds;
    }
    return json;
}

}  // namespace millbeck::runtime::lambda
