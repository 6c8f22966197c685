#include "runtime/lambda/function_record.hpp"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr int kForm = 1;  // of the document; raised when an older reader would misread it

Json version_json(const FunctionVersion& version) {
    Json json{{"version", version.version},
              {"description", version.description},
              {"role", version.role},
              {"runtime", version.runtime},
              {"handler", version.handler},
              {"timeout_seconds", version.timeout_seconds},
              {"memory_mb", version.memory_mb},
              {"ephemeral_mb", version.ephemeral_mb},
              {"architecture", version.architecture},
              {"log_group", version.log_group},
              {"code_sha256", version.code_sha256},
              {"code_bytes", version.code_bytes},
              {"code_folder", version.code_folder},
              {"code_path", version.code_path},
              {"command", version.command},
              {"modified_ms", base::to_millis(version.modified)},
              {"revision_id", version.revision_id}};
    if (version.environment) {
        json["environment"] = *version.environment;
    }
    return json;
}

base::WallTime time_of(const Json& json, const char* member) {
    return base::WallTime{base::Milliseconds{json.at(member).get<std::int64_t>()}};
}

FunctionVersion version_of(const Json& json) {
    FunctionVersion version;
    json.at("version").get_to(version.version);
    json.at("description").get_to(version.description);
    json.at("role").get_to(version.role);
    json.at("runtime").get_to(version.runtime);
    json.at("handler").get_to(version.handler);
    json.at("timeout_seconds").get_to(version.timeout_seconds);
    json.at("memory_mb").get_to(version.memory_mb);
    json.at("ephemeral_mb").get_to(version.ephemeral_mb);
    json.at("architecture").get_to(version.architecture);
    json.at("log_group").get_to(version.log_group);
    json.at("code_sha256").get_to(version.code_sha256);
    json.at("code_bytes").get_to(version.code_bytes);
    json.at("code_folder").get_to(version.code_folder);
    json.at("code_path").get_to(version.code_path);
    json.at("command").get_to(version.command);
    json.at("revision_id").get_to(version.revision_id);
    version.modified = time_of(json, "modified_ms");
    if (json.contains("environment")) {
        version.environment = json.at("environment").get<std::map<std::string, std::string>>();
    }
    return version;
}

Json alias_json(const FunctionAlias& alias) {
    return {{"name", alias.name},
            {"version", alias.version},
            {"description", alias.description},
            {"weights", alias.weights},
            {"revision_id", alias.revision_id}};
}

FunctionAlias alias_of(const Json& json) {
    FunctionAlias alias;
    json.at("name").get_to(alias.name);
    json.at("version").get_to(alias.version);
    json.at("description").get_to(alias.description);
    json.at("weights").get_to(alias.weights);
    json.at("revision_id").get_to(alias.revision_id);
    return alias;
}

Json event_invoke_json(const EventInvokeConfig& config) {
    Json json{{"modified_ms", base::to_millis(config.modified)}};
    if (config.attempts) {
        json["attempts"] = *config.attempts;
    }
    if (config.age_seconds) {
        json["age_seconds"] = *config.age_seconds;
    }
    if (!config.on_success.empty()) {
        json["on_success"] = config.on_success;
    }
    if (!config.on_failure.empty()) {
        json["on_failure"] = config.on_failure;
    }
    return json;
}

EventInvokeConfig event_invoke_of(const Json& json) {
    EventInvokeConfig config;
    config.modified = time_of(json, "modified_ms");
    if (json.contains("attempts")) {
        config.attempts = json.at("attempts").get<std::uint32_t>();
    }
    if (json.contains("age_seconds")) {
        config.age_seconds = json.at("age_seconds").get<std::uint32_t>();
    }
    config.on_success = json.value("on_success", std::string());
    config.on_failure = json.value("on_failure", std::string());
    return config;
}

Json policy_json(const FunctionPolicy& policy) {
    Json statements = Json::array();
    for (const FunctionPolicy::Statement& each : policy.statements) {
        statements.push_back({{"id", each.id}, {"json", each.json}});
    }
    return {{"revision_id", policy.revision_id}, {"statements", std::move(statements)}};
}

FunctionPolicy policy_of(const Json& json) {
    FunctionPolicy policy;
    json.at("revision_id").get_to(policy.revision_id);
    for (const Json& each : json.at("statements")) {
        policy.statements.push_back(
            {each.at("id").get<std::string>(), each.at("json").get<std::string>()});
    }
    return policy;
}

FunctionRecord record_of(const Json& json) {
    FunctionRecord record;
    json.at("name").get_to(record.name);
    record.latest = version_of(json.at("latest"));
    for (const Json& each : json.at("published")) {
        FunctionVersion version = version_of(each);
        const std::uint64_t number = std::stoull(version.version);
        record.published.emplace(number, std::move(version));
    }
    json.at("last_number").get_to(record.last_number);
    for (const Json& each : json.at("aliases")) {
        FunctionAlias alias = alias_of(each);
        record.aliases.emplace(alias.name, alias);
    }
    json.at("tags").get_to(record.tags);
    if (json.contains("reserved")) {
        record.reserved = json.at("reserved").get<std::uint32_t>();
    }
    for (const auto& [qualifier, each] : json.at("event_invoke").items()) {
        record.event_invoke.emplace(qualifier, event_invoke_of(each));
    }
    if (json.contains("policies")) {
        for (const auto& [qualifier, each] : json.at("policies").items()) {
            record.policies.emplace(qualifier, policy_of(each));
        }
    }
    return record;
}

}  // namespace

const FunctionVersion* FunctionRecord::version(std::string_view number) const {
    if (number.empty() || number == kLatest) {
        return &latest;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    const auto found = error == std::errc{} && end == number.data() + number.size()
                           ? published.find(value)
                           : published.end();
    return found == published.end() ? nullptr : &found->second;
}

std::string function_document(const FunctionRecord& record) {
    Json json{{"form", kForm},
              {"name", record.name},
              {"latest", version_json(record.latest)},
              {"published", Json::array()},
              {"last_number", record.last_number},
              {"aliases", Json::array()},
              {"tags", record.tags},
              {"event_invoke", Json::object()}};
    for (const auto& [number, version] : record.published) {
        json["published"].push_back(version_json(version));
    }
    for (const auto& [name, alias] : record.aliases) {
        json["aliases"].push_back(alias_json(alias));
    }
    if (record.reserved) {
        json["reserved"] = *record.reserved;
    }
    for (const auto& [qualifier, config] : record.event_invoke) {
        json["event_invoke"][qualifier] = event_invoke_json(config);
    }
    for (const auto& [qualifier, policy] : record.policies) {
        json["policies"][qualifier] = policy_json(policy);
    }
    return json.dump();
}

base::Result<FunctionRecord> parse_function_document(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        const int form = json.at("form").get<int>();
        if (form > kForm) {
            return base::fail(base::Code::Corrupt,
                              fmt::format("a function is stored in form {}, which a newer Millbeck "
                                          "has written",
                                          form));
        }
        return record_of(json);
    } catch (const std::exception& error) {  // the library's, and std::stoull's
        return base::fail(base::Code::Corrupt,
                          fmt::format("a stored function cannot be read: {}", error.what()));
    }
}

}  // namespace millbeck::runtime::lambda
