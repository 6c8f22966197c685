// A function as Lambda's API knows it: its versions, its aliases, what is set on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::runtime::lambda {

inline constexpr std::string_view kLatest = "$LATEST";

// Code and configuration of one version. Defaults are the service's.
struct FunctionVersion {
    std::string version{kLatest};  // or its number
    std::string description{};
    std::string role{};
    std::string runtime{};  // may be empty when there is a command
    std::string handler{};
    std::uint32_t timeout_seconds = 3;  // 1 .. 900
    std::uint32_t memory_mb = 128;      // 128 .. 10240; told, not enforced
    std::uint32_t ephemeral_mb = 512;   // 512 .. 10240; told, not enforced
    std::optional<std::map<std::string, std::string>> environment{};
    std::string architecture = "x86_64";
    std::string log_group{};
    std::string code_sha256{};           // base64
    std::uint64_t code_bytes = 0;        // of the zip
    std::string code_folder{};           // the name of its folder; empty when code is used in place
    std::string code_path{};             // where code is used in place (MillbeckPath)
    std::vector<std::string> command{};  // starts a client of the Runtime API (MillbeckCommand)
    base::WallTime modified{};
    std::string revision_id{};

    friend bool operator==(const FunctionVersion&, const FunctionVersion&) = default;
};

// Invariant: at most one other version has a weight, and it is not `version`.
struct FunctionAlias {
    std::string name{};
    std::string version{};
    std::string description{};
    std::map<std::string, double> weights{};  // 0.0 .. 1.0, by version
    std::string revision_id{};

    friend bool operator==(const FunctionAlias&, const FunctionAlias&) = default;
};

// How calls of type Event are done again, and who is told how they ended.
struct EventInvokeConfig {
    std::optional<std::uint32_t> attempts{};     // 0 .. 2, after the first
    std::optional<std::uint32_t> age_seconds{};  // 60 .. 21600
    std::string on_success{};                    // ARNs of where records of calls go; "" for none
    std::string on_failure{};
    base::WallTime modified{};

    friend bool operator==(const EventInvokeConfig&, const EventInvokeConfig&) = default;
};

// Who may call, as AddPermission was told; told again, and not enforced.
struct FunctionPolicy {
    struct Statement {
        std::string id{};
        std::string json{};  // as the policy shows it

        friend bool operator==(const Statement&, const Statement&) = default;
    };
    std::vector<Statement> statements{};  // in the order they came; at least one
    std::string revision_id{};

    friend bool operator==(const FunctionPolicy&, const FunctionPolicy&) = default;
};

struct FunctionRecord {
    std::string name{};
    FunctionVersion latest{};
    std::map<std::uint64_t, FunctionVersion> published{};  // by number
    std::uint64_t last_number = 0;                         // numbers are never used again
    std::map<std::string, FunctionAlias> aliases{};
    std::map<std::string, std::string> tags{};
    std::optional<std::uint32_t> reserved{};                  // concurrent executions
    std::map<std::string, EventInvokeConfig> event_invoke{};  // by qualifier, $LATEST for none
    std::map<std::string, FunctionPolicy> policies{};         // by qualifier, "" for none
    bool from_file = false;  // of the configuration file; never stored

    // Of "", "$LATEST" or a number; null when there is none. Aliases are not looked at.
    [[nodiscard]] const FunctionVersion* version(std::string_view number) const;

    friend bool operator==(const FunctionRecord&, const FunctionRecord&) = default;
};

// What is stored, and back. Documents of older forms stay readable.
// Errors: Corrupt.
std::string function_document(const FunctionRecord& record);
base::Result<FunctionRecord> parse_function_document(std::string_view json);

}  // namespace millbeck::runtime::lambda
