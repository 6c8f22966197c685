// How callers name a function: its name, part of its ARN or all of it, with or without a version
// or an alias behind it.
#pragma once

#include <string>
#include <string_view>

#include "runtime/lambda/lambda_error.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::lambda {

// Invariants: `name` is 1..64 characters of [A-Za-z0-9-_]; `qualifier` is empty, "$LATEST", a
//             version's digits or an alias's name.
struct FunctionReference {
    std::string name;
    std::string qualifier;

    // `name` or `name:qualifier`.
    [[nodiscard]] std::string text() const;

    friend bool operator==(const FunctionReference&, const FunctionReference&) = default;
};

// Reads `totals`, `totals:live`, `123456789012:function:totals`, `function:totals:3` or a whole
// ARN; `member` is the field it came in, for the words of a refusal ("functionName"). Any account
// is taken for ours. Errors: ValidationException or InvalidParameterValueException for what is no
// such name, ResourceNotFoundException for an ARN of another region.
// Source: lambda API_CreateEventSourceMapping, FunctionName.
LambdaResult<FunctionReference> parse_function_reference(std::string_view text,
                                                         const shardlog::Identity& identity,
                                                         std::string_view member = "functionName");

// The same, with the request's parameter Qualifier, which must not contradict the text's own.
LambdaResult<FunctionReference> parse_function_reference(std::string_view text,
                                                         std::string_view qualifier,
                                                         const shardlog::Identity& identity);

// `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`
std::string function_arn(const shardlog::Identity& identity, const FunctionReference& function);

// `Function not found: <arn>`
LambdaError function_not_found(const shardlog::Identity& identity,
                               const FunctionReference& function);

}  // namespace millbeck::runtime::lambda
