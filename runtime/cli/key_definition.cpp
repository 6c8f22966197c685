#include "runtime/cli/key_definition.hpp"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millbeck::runtime::cli {

using base::Code;
using base::Result;
using shardlog::AttributeType;
using Json = nlohmann::json;

Result<std::vector<CsvColumn>> parse_key_definition(std::string_view text) {
    std::vector<CsvColumn> keys;
    std::string_view rest = text;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::string_view one = rest.substr(0, comma);
        const std::size_t colon = one.rfind(':');
        const std::string_view type = colon == std::string_view::npos ? "" : one.substr(colon + 1);
        if (colon == 0 || (type != "S" && type != "N" && type != "B") || keys.size() == 2) {
            return base::fail(Code::Invalid,
                              fmt::format("\"{}\" are no keys of a table; they look like id:S or "
                                          "id:S,day:N with types S, N or B",
                                          text));
        }
        keys.push_back({std::string(one.substr(0, colon)), type == "S"   ? AttributeType::S
                                                           : type == "N" ? AttributeType::N
                                                                         : AttributeType::B});
        if (comma == std::string_view::npos) {
            return keys;
        }
        rest.remove_prefix(comma + 1);
    }
}

std::string create_table_body(const std::string& table, const std::vector<CsvColumn>& keys) {
    Json definitions = Json::array();
    Json schema = Json::array();
    for (const CsvColumn& key : keys) {
        definitions.push_back(
            {{"AttributeName", key.name}, {"AttributeType", shardlog::to_string(key.type)}});
        schema.push_back(
            {{"AttributeName", key.name}, {"KeyType", schema.empty() ? "HASH" : "RANGE"}});
    }
    return Json({{"TableName", table},
                 {"BillingMode", "PAY_PER_REQUEST"},
                 {"AttributeDefinitions", definitions},
                 {"KeySchema", schema}})
        .dump();
}

std::vector<CsvColumn> keys_of_description(const std::string& answer) {
    const Json table = Json::parse(answer).at("Table");
    std::map<std::string, std::string> types;
    for (const Json& definition : table.at("AttributeDefinitions")) {
        types.emplace(definition.at("AttributeName").get<std::string>(),
                      definition.at("AttributeType").get<std::string>());
    }
    std::vector<CsvColumn> keys;
    for (const Json& element : table.at("KeySchema")) {
        const auto name = element.at("AttributeName").get<std::string>();
        const std::string& type = types.at(name);
        keys.push_back({name, type == "S"   ? AttributeType::S
                              : type == "N" ? AttributeType::N
                                            : AttributeType::B});
    }
    return keys;
}

}  // namespace millbeck::runtime::cli
