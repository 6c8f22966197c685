// Items from text, for tests that know their text is good.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "shardlog/item.hpp"

namespace millbeck::tests {

inline shardlog::Item item_of(std::string_view json) {
    auto item = shardlog::parse_item(json);
    if (!item) {
        ADD_FAILURE() << item.error().message << " in " << json;
        return {};
    }
    return std::move(*item);
}

// `{"name":{"S":"text"}}`
inline std::string string_attribute(std::string_view name, std::string_view text) {
    std::string out = "{";
    shardlog::append_json_string(out, name);
    out += ":{\"S\":";
    shardlog::append_json_string(out, text);
    return out + "}}";
}

}  // namespace millbeck::tests
