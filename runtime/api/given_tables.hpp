#pragma once

#include <map>
#include <string>
#include <string_view>

#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// How answers name tables: as the request did, which may be by ARN. Source: API_ConsumedCapacity.
struct GivenTables {
    std::map<std::string, std::string> arns = {};  // by name; not of tables given by name

    void note(const shardlog::TableName& table, std::string_view given) {
        if (given != table.value()) {
            arns[table.value()] = given;
        }
    }
    [[nodiscard]] const std::string& shown(const shardlog::TableName& table) const {
        const auto found = arns.find(table.value());
        return found == arns.end() ? table.value() : found->second;
    }
};

}  // namespace millbeck::runtime
