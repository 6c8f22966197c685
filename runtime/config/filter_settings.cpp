#include "runtime/config/filter_settings.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shardlog/item.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using triggers::filter::FilterCriteria;

namespace {

bool is_json_word(const Value& value) {
    const bool may_be = value.text == "true" || value.text == "false" ||
                        value.text.find_first_of("0123456789") != std::string::npos;
    return !value.quoted && may_be && nlohmann::json::accept(value.text);
}

void append_json(std::string& out, const Value& value) {
    const char* separator = "";
    switch (value.kind) {
        case Value::Kind::Nothing:
            out += "null";
            break;
        case Value::Kind::Text:
            if (is_json_word(value)) {
                out += value.text;
            } else {
                shardlog::append_json_string(out, value.text);
            }
            break;
        case Value::Kind::List:
            out += '[';
            for (const Value& item : value.items) {
                out += std::exchange(separator, ",");
                append_json(out, item);
            }
            out += ']';
            break;
        case Value::Kind::Map:
            out += '{';
            for (const Value::Member& member : value.members) {
                out += std::exchange(separator, ",");
                shardlog::append_json_string(out, member.key);
                out += ':';
                append_json(out, member.value);
            }
            out += '}';
            break;
    }
}

}  // namespace

std::string json_of_value(const Value& value) {
    std::string json;
    append_json(json, value);
    return json;
}

Result<std::shared_ptr<const FilterCriteria>> filters_of_value(const Value& value) {
    if (value.kind != Value::Kind::List) {
        return base::fail(Code::Invalid, fmt::format("must be a list of patterns, but {} is there",
                                                     to_string(value.kind)));
    }
    if (value.items.empty()) {
        return std::shared_ptr<const FilterCriteria>();
    }
    std::vector<std::string> patterns;
    for (const Value& item : value.items) {
        patterns.push_back(item.kind == Value::Kind::Text ? item.text : json_of_value(item));
    }
    auto criteria = FilterCriteria::parse(patterns);
    if (!criteria) {
        return base::fail(Code::Invalid, fmt::format("{} {}", triggers::filter::kInvalidPattern,
                                                     criteria.error().message));
    }
    return std::make_shared<const FilterCriteria>(std::move(*criteria));
}

}  // namespace millbeck::runtime
