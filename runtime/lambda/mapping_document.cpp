#include "runtime/lambda/mapping_document.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::lambda {

namespace {

using Json = nlohmann::json;

constexpr int kVersion = 1;

tl::unexpected<base::Error> corrupt(const std::string& uuid, std::string_view why) {
    return base::fail(
        base::Code::Corrupt,
        fmt::format("the stored event source mapping {} cannot be read: {}", uuid, why));
}

}  // namespace

// The settings are kept as the request that would make them.
std::string write_mapping(const MappingDocument& mapping, const shardlog::Identity& identity) {
    Json settings = settings_json(mapping.settings, identity);
    settings.erase("FunctionArn");
    settings["FunctionName"] = mapping.settings.function.text();
    settings["Enabled"] = mapping.settings.enabled;
    settings["Tags"] = mapping.tags;
    return Json{{"version", kVersion},
                {"settings", std::move(settings)},
                {"modified_ms", base::to_millis(mapping.modified)},
                {"deleting", mapping.deleting}}
        .dump();
}

base::Result<MappingDocument> read_mapping(const std::string& uuid, std::string_view json,
                                           const shardlog::Identity& identity) {
    const Json stored = Json::parse(json, nullptr, false);
    if (!stored.is_object() || stored.value("version", 0) != kVersion ||
        !stored.contains("settings")) {
        return corrupt(uuid, "it is damaged or of a newer version");
    }
    auto settings = parse_new_mapping(stored["settings"], identity);
    if (!settings) {
        return corrupt(uuid, settings.error().message);
    }
    auto tags = parse_tags(stored["settings"]);
    if (!tags) {
        return corrupt(uuid, tags.error().message);
    }
    const base::Milliseconds modified{stored.value("modified_ms", std::int64_t{0})};
    return MappingDocument{.uuid = uuid,
                           .settings = std::move(*settings),
                           .tags = std::move(*tags),
                           .modified = base::WallTime{modified},
                           .deleting = stored.value("deleting", false)};
}

std::string mapping_arn(const shardlog::Identity& identity, std::string_view uuid) {
    return fmt::format("arn:aws:lambda:{}:{}:event-source-mapping:{}", identity.region,
                       identity.account_id, uuid);
}

}  // namespace millbeck::runtime::lambda
