#include "runtime/lambda/function_resolve.hpp"

#include <chrono>

namespace millbeck::runtime::lambda {

const FunctionVersion* resolve(const FunctionRecord& record, std::string_view qualifier,
                               double draw) {
    const auto alias = record.aliases.find(std::string(qualifier));
    if (alias == record.aliases.end()) {
        return record.version(qualifier);
    }
    for (const auto& [version, weight] : alias->second.weights) {
        if (draw < weight) {
            return record.version(version);
        }
    }
    return record.version(alias->second.version);
}

FunctionRecord record_of_configured(const sinks::HandlerOptions& handler) {
    FunctionRecord record;
    record.name = handler.function;
    record.from_file = true;
    FunctionVersion& latest = record.latest;
    latest.description = "In Millbeck's configuration file";
    latest.runtime = handler.lambda.runtime;
    latest.handler = handler.lambda.handler;
    // Whole seconds, as the API has it.
    latest.timeout_seconds = static_cast<std::uint32_t>(
        std::chrono::ceil<std::chrono::seconds>(handler.timeout).count());
    latest.memory_mb = handler.lambda.memory_mb;
    if (!handler.environment.empty()) {
        latest.environment = handler.environment;
    }
    latest.log_group = "/aws/lambda/" + handler.function;
    latest.code_path = handler.lambda.code.native();
    latest.command = handler.command;
    return record;
}

bool runs_alike(const FunctionVersion& before, const FunctionVersion& now) {
    if (!now.code_path.empty() && before.revision_id != now.revision_id) {
        return false;
    }
    return before.version == now.version && before.runtime == now.runtime &&
           before.handler == now.handler && before.timeout_seconds == now.timeout_seconds &&
           before.memory_mb == now.memory_mb && before.environment == now.environment &&
           before.log_group == now.log_group && before.code_folder == now.code_folder &&
           before.code_path == now.code_path && before.command == now.command;
}

std::set<std::string> code_folders(const FunctionRecord& record) {
    std::set<std::string> folders;
    const auto add = [&](const FunctionVersion& version) {
        if (!version.code_folder.empty()) {
            folders.insert(version.code_folder);
        }
    };
    add(record.latest);
    for (const auto& [number, version] : record.published) {
        add(version);
    }
    return folders;
}

LambdaError throttled(bool by_reservation) {
    LambdaError error{kTooManyRequests, "Rate Exceeded."};
    error.members = by_reservation
                        ? R"("Reason":"ReservedFunctionConcurrentInvocationLimitExceeded")"
                        : R"("Reason":"ConcurrentInvocationLimitExceeded")";
    return error;
}

LambdaError refusal_of(const base::Error& error) {
    switch (error.code) {
        case base::Code::Unavailable:
            return {kTooManyRequests, error.message,
                    R"("Reason":"ConcurrentInvocationLimitExceeded")"};
        case base::Code::NotFound:
        case base::Code::Invalid:
            return {kInvalidRuntime, error.message};
        default:
            return {kService, error.message};
    }
}

}  // namespace millbeck::runtime::lambda
