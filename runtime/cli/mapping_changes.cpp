#include "runtime/cli/mapping_changes.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/api/query.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

std::string target_of(const std::string& uuid) {
    return "/2015-03-31/event-source-mappings/" + percent_encode(uuid);
}

base::Result<std::string> newest_stream(Client& client, const std::string& table) {
    MB_TRY(const std::string answer,
           client.dynamodb("DescribeTable", Json{{"TableName", table}}.dump()));
    const Json described = Json::parse(answer).at("Table");
    if (!described.contains("StreamSpecification") || !described.contains("LatestStreamArn")) {
        return base::fail(base::Code::Internal,
                          fmt::format("table \"{}\" has no enabled stream", table));
    }
    return described.at("LatestStreamArn").get<std::string>();
}

}  // namespace

base::Result<std::string> add_mapping(Client& client, const WrittenSettings& settings) {
    // What is wrong with them is said before anybody is asked.
    MB_TRY([[maybe_unused]] const Json checked, mapping_members(settings, ""));
    MB_TRY(const std::string stream, newest_stream(client, settings.at("table")));
    MB_TRY(Json body, mapping_members(settings, stream));
    body["EventSourceArn"] = stream;
    body.emplace("StartingPosition", "TRIM_HORIZON");
    return client.lambda("POST", "/2015-03-31/event-source-mappings", body.dump());
}

base::Result<std::string> update_mapping(Client& client, const std::string& uuid,
                                         const WrittenSettings& settings) {
    MB_TRY([[maybe_unused]] const Json checked, mapping_members(settings, ""));
    MB_TRY(const std::string now, client.lambda("GET", target_of(uuid), ""));
    MB_TRY(const Json body,
           mapping_members(settings, Json::parse(now).value("EventSourceArn", "")));
    return client.lambda("PUT", target_of(uuid), body.dump());
}

base::Result<std::string> remove_mapping(Client& client, const std::string& uuid) {
    return client.lambda("DELETE", target_of(uuid), "");
}

}  // namespace millbeck::runtime::cli
