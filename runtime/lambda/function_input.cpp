#include "runtime/lambda/function_input.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/lambda/function_runtimes.hpp"
#include "runtime/lambda/member_reader.hpp"
#include "runtime/lambda/refused_members.hpp"
#include "runtime/lambda/tag_calls.hpp"
#include "shardlog/base64.hpp"
#include "sinks/handler/function_identity.hpp"

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kZipBytesMax = 52'428'800;
constexpr std::size_t kEnvironmentBytesMax = 4096;

bool is_handler(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(),
                                         [](unsigned char c) { return std::isspace(c) != 0; });
}

bool all_of(std::string_view text, std::string_view others) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](unsigned char c) {
        return std::isalnum(c) != 0 || others.find(static_cast<char>(c)) != others.npos;
    });
}

// arn:aws:iam::123456789012:role/path/name
bool is_role(std::string_view text) {
    if (!text.starts_with("arn:aws")) {
        return text.starts_with("arn::iam::") && is_role("arn:aws" + std::string(text.substr(4)));
    }
    const std::size_t iam = text.find(":iam::");
    const std::string_view partition = text.substr(4, iam == text.npos ? 0 : iam - 4);
    if (iam == text.npos || !std::all_of(partition.begin(), partition.end(), [](unsigned char c) {
            return std::isalpha(c) != 0 || c == '-';
        })) {
        return false;
    }
    text.remove_prefix(iam + 6);
    constexpr std::size_t kAccount = 12;
    const bool account =
        text.size() > kAccount && std::all_of(text.begin(), text.begin() + kAccount,
                                              [](unsigned char c) { return std::isdigit(c) != 0; });
    text.remove_prefix(std::min(kAccount, text.size()));
    return account && text.starts_with(":role") && all_of(text.substr(5), "+=,.@-_/");
}

bool is_log_group(std::string_view text) {
    return all_of(text, ".-_/#");
}

bool is_variable(std::string_view text) {
    return text.size() >= 2 && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
           all_of(text, "_");
}

// The members that Create and UpdateConfiguration share, put into `version`.
void read_environment(MemberReader& reader, FunctionVersion& version) {
    const Json* environment = reader.object("Environment");
    if (environment == nullptr) {
        return;
    }
    MemberReader inside(*environment, "environment.");
    const auto variables = inside.texts("Variables");
    reader.take(std::move(inside));
    if (!variables) {
        version.environment.reset();
        return;
    }
    for (const auto& [name, value] : *variables) {
        if (!is_variable(name)) {
            reader.add(fmt::format("{{{}={}}}", name, value), "environment.variables",
                       "Map keys must satisfy constraint: [Member must satisfy regular expression "
                       "pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
        }
    }
    version.environment = variables->empty() ? std::nullopt : variables;
}

void read_nested(MemberReader& reader, FunctionVersion& version) {
    if (const Json* storage = reader.object("EphemeralStorage")) {
        MemberReader inside(*storage, "ephemeralStorage.");
        inside.require("Size");
        if (const auto size = inside.number("Size", {512, 10'240})) {
            version.ephemeral_mb = static_cast<std::uint32_t>(*size);
        }
        reader.take(std::move(inside));
    }
    if (const Json* logging = reader.object("LoggingConfig")) {
        MemberReader inside(*logging, "loggingConfig.");
        inside.text("LogFormat", {.values = {"JSON", "Text"}});
        if (const auto group = inside.text("LogGroup", {.min = 1,
                                                        .max = 512,
                                                        .fits = is_log_group,
                                                        .pattern = R"([\.\-_/#A-Za-z0-9]+)"})) {
            version.log_group = *group;
        }
        reader.take(std::move(inside));
    }
    if (const Json* tracing = reader.object("TracingConfig")) {
        MemberReader inside(*tracing, "tracingConfig.");
        inside.text("Mode", {.values = {"Active", "PassThrough"}});
        reader.take(std::move(inside));
    }
    if (const Json* snap_start = reader.object("SnapStart")) {
        MemberReader inside(*snap_start, "snapStart.");
        inside.text("ApplyOn", {.values = {"PublishedVersions", "None"}});
        reader.take(std::move(inside));
    }
}

template <typename To, typename From>
void set(To& to, const std::optional<From>& from) {
    if (from) {
        to = static_cast<To>(*from);
    }
}

void read_shared(MemberReader& reader, FunctionVersion& version) {
    set(version.role, reader.text("Role", {.fits = is_role,
                                           .pattern = R"(arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?)"
                                                      R"([a-zA-Z_0-9+=,.@\-_/]+)"}));
    set(version.handler,
        reader.text("Handler", {.max = 128, .fits = is_handler, .pattern = R"([^\s]+)"}));
    set(version.description, reader.text("Description", {.max = 256}));
    set(version.timeout_seconds, reader.number("Timeout", {1, 900}));
    set(version.memory_mb, reader.number("MemorySize", {128, 10'240}));
    set(version.runtime, reader.text("Runtime"));
    set(version.command, reader.list("MillbeckCommand"));
    read_environment(reader, version);
    read_nested(reader, version);
}

void read_architectures(MemberReader& reader, std::string& architecture) {
    const auto list = reader.list("Architectures");
    if (!list) {
        return;
    }
    const std::string shown = fmt::format("[{}]", fmt::join(*list, ", "));
    if (list->empty() || list->size() > 1) {
        reader.add(shown, "architectures",
                   list->empty() ? "Member must have length greater than or equal to 1"
                                 : "Member must have length less than or equal to 1");
    } else if (list->front() != "x86_64" && list->front() != "arm64") {
        reader.add(shown, "architectures",
                   "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, "
                   "arm64]]");
    } else {
        architecture = list->front();
    }
}

LambdaResult<void> check_environment(const FunctionVersion& version) {
    if (!version.environment) {
        return {};
    }
    if (auto checked = sinks::check_function_environment(*version.environment); !checked) {
        return refuse(kInvalidParameterValue, std::move(checked).error().message);
    }
    const std::string measured =
        Json(*version.environment).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (measured.size() > kEnvironmentBytesMax) {
        return refuse(kInvalidParameterValue,
                      "Lambda was unable to configure your environment variables because the "
                      "environment variables you have provided exceeded the 4KB limit. String "
                      "measured: " +
                          measured);
    }
    return {};
}

// After the shapes: what is here, what goes together.
LambdaResult<void> check_version(const Json& body, const FunctionVersion& version) {
    MB_LAMBDA_TRY_STATUS(refuse_members(body));
    if (body.contains("Runtime") && !version.runtime.empty()) {
        MB_LAMBDA_TRY_STATUS(check_runtime(version.runtime, !version.command.empty()));
    }
    if (version.command.empty() && (version.runtime.empty() || version.handler.empty())) {
        return refuse(kInvalidParameterValue,
                      "Runtime and Handler are mandatory parameters for functions created with "
                      "deployment packages.");
    }
    return check_environment(version);
}

LambdaResult<CodeInput> read_code(const Json& code, std::string prefix) {
    MemberReader reader(code, std::move(prefix));
    // Looked at where it lies: it may be 70 MB long.
    const auto found = code.find("ZipFile");
    const auto* zip = found == code.end() ? nullptr : found->get_ptr<const std::string*>();
    if (zip == nullptr) {
        reader.text("ZipFile");  // for its complaint about the type
    }
    const auto path = reader.text("MillbeckPath");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(refuse_code_members(code));
    if ((zip != nullptr) == path.has_value()) {
        return refuse(kInvalidParameterValue,
                      zip != nullptr
                          ? "Please do not provide other FunctionCode parameters when providing a "
                            "ZipFile."
                          : "Please provide a source for function code.");
    }
    CodeInput input;
    if (path) {
        std::error_code ignored;
        if (!path->starts_with('/') || !std::filesystem::is_directory(*path, ignored)) {
            return refuse(kInvalidParameterValue,
                          fmt::format("MillbeckPath must be the absolute name of a folder that "
                                      "exists, and {} is not",
                                      *path));
        }
        input.path = *path;
        return input;
    }
    const auto size = shardlog::check_base64(*zip);
    if (!size) {
        return refuse(kSerialization, "The ZipFile is not valid base64");
    }
    if (*size > kZipBytesMax) {
        return refuse(kRequestEntityTooLarge, fmt::format("Zipped size must be smaller than {} "
                                                          "bytes",
                                                          kZipBytesMax));
    }
    input.zip.reserve(*size);
    shardlog::append_base64_decoded(input.zip, *zip);
    return input;
}

}  // namespace

LambdaResult<CreateInput> read_create(const Json& body, const std::string& name) {
    CreateInput input;
    input.version.log_group = "/aws/lambda/" + name;
    MemberReader reader(body);
    reader.require("Role");
    reader.require("Code");
    read_shared(reader, input.version);
    read_architectures(reader, input.version.architecture);
    reader.text("PackageType", {.values = {"Zip", "Image"}});
    const auto tags = reader.texts("Tags");
    const Json* code = reader.object("Code");
    input.publish = reader.flag("Publish").value_or(false);
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(check_version(body, input.version));
    if (tags) {
        MB_LAMBDA_TRY_STATUS(check_tags(*tags));
        input.tags = *tags;
    }
    MB_LAMBDA_TRY(input.code, read_code(*code, "code."));
    return input;
}

LambdaResult<UpdateCodeInput> read_update_code(const Json& body) {
    UpdateCodeInput input;
    MemberReader reader(body);
    std::string architecture;
    read_architectures(reader, architecture);
    input.publish = reader.flag("Publish").value_or(false);
    input.dry_run = reader.flag("DryRun").value_or(false);
    input.revision_id = reader.text("RevisionId");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(refuse_members(body));
    if (!architecture.empty()) {
        input.architecture = architecture;
    }
    MB_LAMBDA_TRY(input.code, read_code(body, ""));
    return input;
}

LambdaResult<UpdateConfigurationInput> read_update_configuration(const Json& body,
                                                                 const FunctionVersion& current) {
    UpdateConfigurationInput input;
    input.version = current;
    MemberReader reader(body);
    read_shared(reader, input.version);
    input.revision_id = reader.text("RevisionId");
    MB_LAMBDA_TRY_STATUS(reader.verdict());
    MB_LAMBDA_TRY_STATUS(check_version(body, input.version));
    return input;
}

}  // namespace millbeck::runtime::lambda
