// The functions of a node: those of the configuration file and those made by Lambda's API; where
// they are kept, and how they are called.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/lambda/function_code.hpp"
#include "runtime/lambda/function_instance.hpp"
#include "runtime/lambda/function_record.hpp"
#include "runtime/lambda/function_reference.hpp"
#include "runtime/lambda/lambda_error.hpp"
#include "sinks/handler/invoke.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime::lambda {

// Concurrent executions of the account, and how many of them functions cannot reserve.
// Source: Lambda quotas.
inline constexpr unsigned kAccountConcurrency = 1000;
inline constexpr unsigned kUnreservedMin = 100;

struct RegistryOptions {
    base::Path data;  // functions.db and functions/ lie there
    FunctionContext function;
    base::FileSystem& files;
    base::Random& random;
    ZipLimits zip = {};
    // A process that nobody has asked for this long is ended.
    base::Milliseconds idle_timeout{600'000};
};

// How a call went. Without `refusal` the function was asked, or cut off by the node's stop
// (Failed with Cancelled).
struct FunctionCallResult {
    std::optional<LambdaError> refusal{};
    std::string version{};  // that was called
    sinks::InvokeResult result{};
};

// Invariants: what put() has returned is on disk; a call begun on one version ends on it, whatever
//             becomes of the function meanwhile.
// Threads:    reads and calls by any thread; put(), remove(), install() by one at a time (the
//             lane of the API), and they may wait for the disk.
class FunctionRegistry {
  public:
    // `configured` are opened at once. Errors: Invalid (a configured one cannot be opened; says
    // which), those of the store.
    struct Configured {
        sinks::HandlerOptions handler;
        std::string place;  // "millbeck.yaml:12"
    };
    static base::Result<std::unique_ptr<FunctionRegistry>> open(RegistryOptions options,
                                                                std::vector<Configured> configured);
    virtual ~FunctionRegistry() = default;

    // null: there is none.
    [[nodiscard]] virtual std::shared_ptr<const FunctionRecord> find(
        std::string_view name) const = 0;
    // In the order of their names.
    [[nodiscard]] virtual std::vector<std::shared_ptr<const FunctionRecord>> all() const = 0;

    // True when there is such a function with such a version or alias.
    [[nodiscard]] virtual bool exists(const FunctionReference& function) const = 0;

    // Delivers to whatever the reference names at each delivery: what does not exist, and what is
    // throttled, is NotInvoked. May be made before the function. Not above the registry's life.
    [[nodiscard]] virtual std::shared_ptr<sinks::Sink> sink_for(FunctionReference function) = 0;

    // Calls it on this thread; blocks for as long as the function may take. An empty qualifier is
    // $LATEST. `request.invoked_arn` is filled in here.
    virtual FunctionCallResult call(const FunctionReference& function, sinks::InvokeRequest request,
                                    base::Instant deadline) = 0;

    // Unpacks a zip for a function, which need not be there yet. Malformed, LimitExceeded: see
    // unpack_zip().
    virtual base::Result<FunctionPackage> install(const std::string& function,
                                                  std::string_view zip) = 0;

    // Where the code of a version lies that was installed.
    [[nodiscard]] virtual base::Path code_folder(const std::string& function,
                                                 const FunctionVersion& version) const = 0;

    // Makes or replaces. Versions whose code or configuration has changed, or which are gone, take
    // no new calls; what runs ends as it began.
    virtual base::Status put(FunctionRecord record) = 0;
    // Removes function, code and all. No such function is no error.
    virtual base::Status remove(const std::string& name) = 0;

    // Of functions that reserved some, all together.
    [[nodiscard]] virtual unsigned reserved() const = 0;

    // Ends processes that were idle for longer than the idle time-out; to be called again after
    // what it returns. For a thread that may wait.
    virtual base::Milliseconds end_unused() = 0;

    // No new calls; waits for those in flight until `deadline`, then cuts them off.
    virtual void stop(base::Instant deadline) = 0;
};

}  // namespace millbeck::runtime::lambda
