#include "runtime/cli/shard_text.hpp"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/cli/columns.hpp"

namespace millbeck::runtime::cli {

using Json = nlohmann::json;

namespace {

std::string short_position(const Json& position) {
    return position.is_null() ? "-" : position.get<std::string>();
}

}  // namespace

std::string shards_text(std::string_view answer) {
    const Json reply = Json::parse(answer);
    std::vector<std::vector<std::string>> rows{
        {"SHARD", "STATE", "FIRST HASH", "LAST HASH", "FROM", "TO", "PARENTS"}};
    for (const Json& shard : reply.at("shards")) {
        std::vector<std::string> parents;
        for (const Json& parent : shard.at("parents")) {
            parents.push_back(parent.get<std::string>());
        }
        rows.push_back(
            {shard.at("shard").get<std::string>(), shard.at("open").get<bool>() ? "open" : "closed",
             shard.at("first_hash").get<std::string>(), shard.at("last_hash").get<std::string>(),
             short_position(shard.at("starting")), short_position(shard.at("ending")),
             fmt::format("{}", fmt::join(parents, " "))});
    }
    return columns(rows);
}

}  // namespace millbeck::runtime::cli
