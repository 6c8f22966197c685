#include "runtime/lambda/function_reference.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>

#include "runtime/lambda/arn.hpp"
#include "triggers/failed_batch.hpp"

namespace millbeck::runtime::lambda {

namespace {

constexpr std::size_t kNameMax = 64;        // characters of a function's name
constexpr std::size_t kReferenceMax = 140;  // of a whole reference
constexpr std::size_t kQualifierMax = 128;
constexpr std::string_view kPattern =
    R"((arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?)"
    R"(([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?)";
constexpr std::string_view kQualifierPattern = R"((|[a-zA-Z0-9$_-]+))";

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(':');
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text = text.substr(end + 1);
    }
}

tl::unexpected<LambdaError> breaks_pattern(std::string_view text, std::string_view member,
                                           std::string_view pattern) {
    return refuse(kValidation,
                  fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                              "constraint: Member must satisfy regular expression pattern: {}",
                              text, member, pattern));
}

tl::unexpected<LambdaError> too_long(const LambdaException& exception, std::string_view text,
                                     std::string_view member, std::size_t most) {
    return refuse(exception,
                  fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                              "constraint: Member must have length less than or equal to {}",
                              text, member, most));
}

}  // namespace

std::string FunctionReference::text() const {
    return qualifier.empty() ? name : fmt::format("{}:{}", name, qualifier);
}

LambdaResult<FunctionReference> parse_function_reference(std::string_view text,
                                                         const shardlog::Identity& identity,
                                                         std::string_view member) {
    if (text.size() > kReferenceMax) {
        return too_long(kValidation, text, member, kReferenceMax);
    }
    const auto parts = split(text);
    std::size_t at = 0;
    const auto take_if = [&](bool fits, std::size_t count = 1) {
        at += fits ? count : 0;
        return fits;
    };
    take_if(parts.size() > 3 && parts[0] == "arn" && parts[1].starts_with("aws") &&
                parts[2] == "lambda",
            3);
    std::string_view region;
    if (take_if(parts.size() > at + 1 && is_region(parts[at]))) {
        region = parts[at - 1];
    }
    const bool has_account = take_if(parts.size() > at + 1 && is_account(parts[at]));
    const bool has_word = take_if(parts.size() > at + 1 && parts[at] == "function");
    const std::size_t left = parts.size() - at;
    const std::string_view qualifier = left == 2 ? parts[at + 1] : std::string_view();
    const bool is_arn = text.starts_with("arn:");
    const bool is_whole = !is_arn || (!region.empty() && has_account && has_word);
    if (left > 2 || !is_whole || !is_word(parts[at]) ||
        (left == 2 && qualifier != "$LATEST" && !is_word(qualifier))) {
        return breaks_pattern(text, member, kPattern);
    }
    if (parts[at].size() > kNameMax) {
        return too_long(kInvalidParameterValue, parts[at], member, kNameMax);
    }
    if (!region.empty() && region != identity.region) {
        return refuse(kResourceNotFound,
                      fmt::format("Functions from '{}' are not reachable in this region ('{}')",
                                  region, identity.region));
    }
    return FunctionReference{std::string(parts[at]), std::string(qualifier)};
}

LambdaResult<FunctionReference> parse_function_reference(std::string_view text,
                                                         std::string_view qualifier,
                                                         const shardlog::Identity& identity) {
    MB_LAMBDA_TRY(FunctionReference reference, parse_function_reference(text, identity));
    if (qualifier.empty()) {
        return reference;
    }
    if (qualifier.size() > kQualifierMax) {
        return too_long(kValidation, qualifier, "qualifier", kQualifierMax);
    }
    if (qualifier != "$LATEST" && !is_word(qualifier)) {
        return breaks_pattern(qualifier, "qualifier", kQualifierPattern);
    }
    if (!reference.qualifier.empty() && reference.qualifier != qualifier) {
        return refuse(kInvalidParameterValue,
                      "The derived qualifier from the function name does not match the specified "
                      "qualifier.");
    }
    reference.qualifier = qualifier;
    return reference;
}

std::string function_arn(const shardlog::Identity& identity, const FunctionReference& function) {
    return triggers::function_arn(identity, function.text());
}

LambdaError function_not_found(const shardlog::Identity& identity,
                               const FunctionReference& function) {
    return {kResourceNotFound, "Function not found: " + function_arn(identity, function)};
}

}  // namespace millbeck::runtime::lambda
