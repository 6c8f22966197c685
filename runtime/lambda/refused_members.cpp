#include "runtime/lambda/refused_members.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

tl::unexpected<LambdaError> not_here(std::string_view member, std::string_view instead = {}) {
    return refuse(kInvalidParameterValue, fmt::format("{} is not supported by Millbeck{}{}", member,
                                                      instead.empty() ? "" : ": ", instead));
}

// Nothing, or nothing in it: "", [], {}, and structures of such.
bool says_nothing(const Json& value) {
    if (value.is_string()) {
        return value.get_ref<const std::string&>().empty();
    }
    if (value.is_structured()) {
        return std::all_of(value.begin(), value.end(), says_nothing);
    }
    return value.is_null() || (value.is_boolean() && !value.get<bool>());
}

// The text at body.structure.member, or "".
std::string_view text_at(const Json& body, const char* structure, const char* member) {
    const auto outer = body.find(structure);
    if (outer == body.end() || !outer->is_object()) {
        return {};
    }
    const auto inner = outer->find(member);
    return inner == outer->end() || !inner->is_string()
               ? std::string_view()
               : std::string_view(inner->get_ref<const std::string&>());
}

struct MemberRow {
    const char* name;
    std::string_view instead;
};
constexpr std::array<MemberRow, 14> kMembers{{
    {"VpcConfig", ""},
    {"DeadLetterConfig", "an OnFailure destination of its event invoke config is told more"},
    {"KMSKeyArn", ""},
    {"Layers", "put what they hold into the function's own package"},
    {"FileSystemConfigs", ""},
    {"ImageConfig", ""},
    {"CodeSigningConfigArn", ""},
    {"CapacityProviderConfig", ""},
    {"DurableConfig", ""},
    {"TenancyConfig", ""},
    {"PublishTo", ""},
    {"SourceKMSKeyArn", ""},
    {"Ipv6AllowedForDualStack", ""},
    {"RuntimeManagementConfig", ""},
}};

struct ValueRow {
    const char* structure;
    const char* member;
    std::string_view neutral;  // "": any value is too much
};
constexpr std::array<ValueRow, 5> kValues{{
    {"TracingConfig", "Mode", "PassThrough"},
    {"SnapStart", "ApplyOn", "None"},
    {"LoggingConfig", "LogFormat", "Text"},
    {"LoggingConfig", "ApplicationLogLevel", ""},
    {"LoggingConfig", "SystemLogLevel", ""},
}};

constexpr std::string_view kSources =
    "send the zip as ZipFile, or name the folder that holds the code as MillbeckPath";

}  // namespace

LambdaResult<void> refuse_members(const Json& body) {
    for (const MemberRow& row : kMembers) {
        const auto found = body.find(row.name);
        if (found != body.end() && !says_nothing(*found)) {
            return not_here(row.name, row.instead);
        }
    }
    for (const ValueRow& row : kValues) {
        const std::string_view value = text_at(body, row.structure, row.member);
        if (!value.empty() && value != row.neutral) {
            return not_here(fmt::format("{}.{} {}", row.structure, row.member, value));
        }
    }
    if (const auto type = body.find("PackageType"); type != body.end() && *type == "Image") {
        return not_here("PackageType Image", kSources);
    }
    return {};
}

LambdaResult<void> refuse_code_members(const Json& code) {
    for (const char* member : {"S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri"}) {
        const auto found = code.find(member);
        if (found != code.end() && !says_nothing(*found)) {
            return not_here(member, kSources);
        }
    }
    return {};
}

}  // namespace millbeck::runtime::lambda
