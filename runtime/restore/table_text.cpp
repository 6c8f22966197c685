#include "runtime/restore/table_text.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using Json = nlohmann::json;

template <typename Enum>
int number_of(Enum value) {
    return static_cast<int>(value);
}

Json json_of(const std::vector<capture::KeyAttribute>& keys) {
    Json list = Json::array();
    for (const capture::KeyAttribute& key : keys) {
        list.push_back({{"name", key.name}, {"type", shardlog::to_string(key.type)}});
    }
    return list;
}

Json json_of(const capture::KeySchema& keys) {
    return {{"hashes", json_of(keys.hashes())}, {"ranges", json_of(keys.ranges())}};
}

Json json_of(const capture::Throughput& units) {
    return Json::array({units.read_units, units.write_units});
}

Json json_of(const capture::IndexSpec& index) {
    return {{"name", index.name},
            {"kind", number_of(index.kind)},
            {"keys", json_of(index.keys)},
            {"projection", number_of(index.projection)},
            {"included", index.included},
            {"throughput", json_of(index.throughput)},
            {"maximum", json_of(index.maximum)},
            {"warm", json_of(index.warm)}};
}

// Ends in nlohmann's exceptions, which parse_table_text() catches.
capture::KeyAttribute key_of(const Json& json) {
    const std::string type = json.at("type");
    return {json.at("name"), type == "N"   ? shardlog::AttributeType::N
                             : type == "B" ? shardlog::AttributeType::B
                                           : shardlog::AttributeType::S};
}

capture::KeySchema keys_of(const Json& json) {
    const Json& hashes = json.at("hashes");
    const Json& ranges = json.at("ranges");
    capture::KeySchema keys{.hash = key_of(hashes.at(0)), .range = {}};
    for (std::size_t i = 1; i < hashes.size(); ++i) {
        keys.more_hashes.push_back(key_of(hashes.at(i)));
    }
    if (!ranges.empty()) {
        keys.range = key_of(ranges.at(0));
    }
    for (std::size_t i = 1; i < ranges.size(); ++i) {
        keys.more_ranges.push_back(key_of(ranges.at(i)));
    }
    return keys;
}

capture::Throughput units_of(const Json& json) {
    return {json.at(0), json.at(1)};
}

capture::IndexDescription index_of(const Json& json) {
    capture::IndexDescription index;
    index.spec.name = json.at("name");
    index.spec.kind = static_cast<capture::IndexKind>(json.at("kind").get<int>());
    index.spec.keys = keys_of(json.at("keys"));
    index.spec.projection = static_cast<capture::IndexProjection>(json.at("projection").get<int>());
    index.spec.included = json.at("included").get<std::vector<std::string>>();
    index.spec.throughput = units_of(json.at("throughput"));
    index.spec.maximum = units_of(json.at("maximum"));
    index.spec.warm = units_of(json.at("warm"));
    return index;
}

void read_numbers(capture::TableDescription& table, const Json& json) {
    table.spec.billing = json.at("on_demand").get<bool>() ? capture::BillingMode::PayPerRequest
                                                          : capture::BillingMode::Provisioned;
    table.spec.throughput = units_of(json.at("throughput"));
    table.spec.maximum = units_of(json.at("maximum"));
    table.spec.warm = units_of(json.at("warm"));
    table.spec.shard_count = json.at("shards");
    table.created = base::WallTime{base::Milliseconds{json.at("created").get<std::int64_t>()}};
    table.item_count = json.at("items");
    table.size_bytes = json.at("bytes");
}

capture::TableDescription table_of(const Json& json) {
    capture::TableDescription table;
    table.spec.name = shardlog::TableName{json.at("name").get<std::string>()};
    table.spec.keys = keys_of(json.at("keys"));
    table.spec.encryption_key = json.at("encryption_key");
    table.uuid = json.at("uuid");
    read_numbers(table, json);
    if (json.contains("stream")) {
        table.spec.stream = static_cast<shardlog::StreamViewType>(json.at("stream").get<int>());
    }
    if (json.contains("expires_by")) {
        table.time_to_live.emplace().attribute = json.at("expires_by");
    }
    for (const Json& index : json.at("indexes")) {
        table.indexes.push_back(index_of(index));
    }
    return table;
}

}  // namespace

std::string table_text(const capture::TableDescription& table) {
    const capture::TableSpec& spec = table.spec;
    Json json{{"name", spec.name.value()},
              {"uuid", table.uuid},
              {"keys", json_of(spec.keys)},
              {"on_demand", spec.billing == capture::BillingMode::PayPerRequest},
              {"throughput", json_of(spec.throughput)},
              {"maximum", json_of(spec.maximum)},
              {"warm", json_of(spec.warm)},
              {"encryption_key", spec.encryption_key},
              {"shards", spec.shard_count},
              {"created", base::to_millis(table.created)},
              {"items", table.item_count},
              {"bytes", table.size_bytes},
              {"indexes", Json::array()}};
    if (spec.stream) {
        json["stream"] = number_of(*spec.stream);
    }
    if (table.time_to_live) {
        json["expires_by"] = table.time_to_live->attribute;
    }
    for (const capture::IndexDescription& index : table.indexes) {
        json["indexes"].push_back(json_of(index.spec));
    }
    return json.dump();
}

Result<capture::TableDescription> parse_table_text(std::string_view text) {
    try {
        return table_of(Json::parse(text));
    } catch (const Json::exception& wrong) {
        return base::fail(
            Code::Corrupt,
            std::string("the description of a backup's table is damaged: ") + wrong.what());
    }
}

}  // namespace millbeck::runtime
