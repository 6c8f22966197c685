#include "sinks/handler/function_identity.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace millbeck::sinks {

namespace {

// Names that Lambda keeps for itself.
constexpr std::array<std::string_view, 20> kReserved{
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "_LAMBDA_TELEMETRY_LOG_FD",
};

std::string log_stream_name(const std::string& version, base::WallTime now, base::Random& random) {
    const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
    return fmt::format("{:%Y/%m/%d}/[{}]{}", fmt::gmtime(seconds.time_since_epoch().count()),
                       version, base::make_hex(random, 32));
}

// Not sampled: there is nobody to take the trace.
std::string trace_id(base::WallTime now, base::Random& random) {
    const auto seconds = static_cast<std::uint32_t>(base::to_millis(now) / 1000);
    return fmt::format("Root=1-{:08x}-{:016x}{:08x};Parent={:016x};Sampled=0", seconds,
                       random.next_u64(), static_cast<std::uint32_t>(random.next_u64()),
                       random.next_u64());
}

}  // namespace

std::string function_arn(const HandlerOptions& options) {
    return fmt::format("arn:aws:lambda:{}:{}:function:{}", options.lambda.region,
                       options.lambda.account, options.function);
}

std::map<std::string, std::string> function_environment(const HandlerOptions& options,
                                                        std::string_view runtime_api,
                                                        base::WallTime now, base::Random& random) {
    const LambdaOptions& lambda = options.lambda;
    const std::string root = lambda.code.native();
    std::map<std::string, std::string> all{
        {"AWS_LAMBDA_RUNTIME_API", std::string(runtime_api)},
        {"_HANDLER", lambda.handler},
        {"LAMBDA_TASK_ROOT", root},
        {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
        {"AWS_LAMBDA_FUNCTION_NAME", options.function},
        {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(lambda.memory_mb)},
        {"AWS_LAMBDA_FUNCTION_VERSION", lambda.version},
        {"AWS_LAMBDA_LOG_GROUP_NAME",
         lambda.log_group.empty() ? "/aws/lambda/" + options.function : lambda.log_group},
        {"AWS_LAMBDA_LOG_STREAM_NAME", log_stream_name(lambda.version, now, random)},
        {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
        {"AWS_REGION", lambda.region},
        {"AWS_DEFAULT_REGION", lambda.region},
        {"AWS_ACCESS_KEY_ID", "millbeck"},
        {"AWS_SECRET_ACCESS_KEY", "millbeck"},
        {"AWS_SESSION_TOKEN", "millbeck"},
        {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
        {"AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000"},
        {"LANG", "en_US.UTF-8"},
        {"TZ", ":UTC"},
        {"LD_LIBRARY_PATH",
         fmt::format("/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{0}:{0}/lib:/opt/lib", root)},
    };
    // Set for managed runtimes only.
    if (!lambda.runtime.empty() && !lambda.runtime.starts_with("provided")) {
        all["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + lambda.runtime;
    }
    for (const auto& [name, value] : options.environment) {
        all[name] = value;
    }
    return all;
}

base::Status check_function_environment(const std::map<std::string, std::string>& environment) {
    std::vector<std::string_view> reserved;
    for (const auto& [name, value] : environment) {
        if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
            reserved.push_back(name);
        }
    }
    if (!reserved.empty()) {
        return base::fail(
            base::Code::Invalid,
            fmt::format("Lambda was unable to configure your environment variables because the "
                        "environment variables you have provided contains reserved keys that are "
                        "currently not supported for modification. Reserved keys used in this "
                        "request: {}",
                        fmt::join(reserved, ", ")));
    }
    return {};
}

std::string event_head(const HandlerOptions& options, const Call& call, base::WallTime now,
                       base::WallTime deadline, base::Random& random) {
    const InvokeRequest& request = call.request;
    std::string head = fmt::format(
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/json\r\n"
        "Lambda-Runtime-Aws-Request-Id: {}\r\n"
        "Lambda-Runtime-Deadline-Ms: {}\r\n"
        "Lambda-Runtime-Invoked-Function-Arn: {}\r\n"
        "Lambda-Runtime-Trace-Id: {}\r\n",
        call.request_id(), base::to_millis(deadline),
        request.invoked_arn.empty() ? function_arn(options) : request.invoked_arn,
        request.trace_id.empty() ? trace_id(now, random) : request.trace_id);
    if (!request.client_context.empty()) {
        head += fmt::format("Lambda-Runtime-Client-Context: {}\r\n", request.client_context);
    }
    return head;
}

}  // namespace millbeck::sinks
