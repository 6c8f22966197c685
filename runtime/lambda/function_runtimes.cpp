#include "runtime/lambda/function_runtimes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace millbeck::runtime::lambda {

namespace {

// Source: the service model's enumeration Runtime, less what AWS refuses.
constexpr std::array<std::string_view, 27> kRuntimes{
    "nodejs16.x",   "nodejs18.x",      "nodejs20.x", "nodejs22.x", "nodejs24.x", "java8.al2",
    "java11",       "java17",          "java21",     "java25",     "python3.8",  "python3.9",
    "python3.10",   "python3.11",      "python3.12", "python3.13", "python3.14", "dotnet6",
    "dotnet8",      "dotnet10",        "ruby3.2",    "ruby3.3",    "ruby3.4",    "ruby4.0",
    "provided.al2", "provided.al2023", "ruby2.7"};
constexpr std::array<std::string_view, 18> kOld{
    "nodejs",        "nodejs4.3",     "nodejs4.3-edge", "nodejs6.10", "nodejs8.10",    "nodejs10.x",
    "nodejs12.x",    "nodejs14.x",    "java8",          "python2.7",  "python3.6",     "python3.7",
    "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",  "go1.x",      "dotnetcore3.1", "provided"};

bool runs_here(std::string_view runtime) {
    return runtime.starts_with("python") || runtime.starts_with("nodejs") ||
           runtime.starts_with("provided.");
}

}  // namespace

LambdaResult<void> check_runtime(std::string_view runtime, bool has_command) {
    if (std::find(kOld.begin(), kOld.end(), runtime) != kOld.end() || runtime == "ruby2.5") {
        return refuse(
            kInvalidParameterValue,
            fmt::format("The runtime parameter of {} is no longer supported for creating or "
                        "updating AWS Lambda functions. We recommend you use a supported runtime "
                        "while creating or updating functions.",
                        runtime));
    }
    if (std::find(kRuntimes.begin(), kRuntimes.end(), runtime) == kRuntimes.end()) {
        return refuse(kInvalidParameterValue,
                      fmt::format("Value {} at 'runtime' failed to satisfy constraint: Member must "
                                  "satisfy enum value set: [{}] or be a valid ARN",
                                  runtime, fmt::join(kRuntimes, ", ")));
    }
    if (!runs_here(runtime) && !has_command) {
        return refuse(kInvalidParameterValue,
                      fmt::format("Millbeck brings no runtime interface client for {}: name the "
                                  "command that starts one as MillbeckCommand",
                                  runtime));
    }
    return {};
}

}  // namespace millbeck::runtime::lambda
