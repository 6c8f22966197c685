#include "runtime/api/key_words.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shardlog/json_text.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using capture::KeyAttribute;
using capture::KeySchema;
using shardlog::AttributeType;

// `id=VALUE line=NUMBER`
std::string example(const KeySchema& keys) {
    std::string text;
    for (const KeyAttribute& key : keys.attributes()) {
        text += text.empty() ? "" : " ";
        text += key.name;
        text += key.type == AttributeType::N   ? "=NUMBER"
                : key.type == AttributeType::B ? "=BASE64"
                                               : "=TEXT";
    }
    return text;
}

tl::unexpected<base::Error> wrong(const KeySchema& keys) {
    return base::fail(Code::Invalid,
                      fmt::format("a key of this table is written {}", example(keys)));
}

void append_value(std::string& json, const KeyAttribute& key, std::string_view value) {
    json += json.empty() ? "{" : ",";
    shardlog::append_json_string(json, key.name);
    json += fmt::format(":{{\"{}\":", to_string(key.type));
    shardlog::append_json_string(json, value);
    json += '}';
}

}  // namespace

Result<shardlog::Item> key_of_words(const std::vector<std::string>& words, const KeySchema& keys) {
    if (words.size() == 1 && words.front().starts_with("{")) {
        return shardlog::parse_item(words.front());
    }
    const std::vector<KeyAttribute> attributes = keys.attributes();
    if (words.size() != attributes.size()) {
        return wrong(keys);
    }
    const auto names = [&](const KeyAttribute& key, std::string_view word) {
        return word.starts_with(key.name) && word.substr(key.name.size()).starts_with("=");
    };
    const bool is_named = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        return std::any_of(attributes.begin(), attributes.end(),
                           [&](const KeyAttribute& key) { return names(key, word); });
    });
    std::string json;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        std::string_view value = words[i];
        if (is_named) {
            const auto word = std::find_if(words.begin(), words.end(), [&](const auto& each) {
                return names(attributes[i], each);
            });
            if (word == words.end()) {
                return wrong(keys);
            }
            value = std::string_view(*word).substr(attributes[i].name.size() + 1);
        }
        append_value(json, attributes[i], value);
    }
    auto item = shardlog::parse_item(json + "}");
    return item ? std::move(item) : wrong(keys);
}

Result<shardlog::Item> key_of_parameter(std::string_view json, const KeySchema& keys) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    std::vector<std::string> words;
    if (parsed.is_array()) {
        for (const auto& word : parsed) {
            if (!word.is_string()) {
                return wrong(keys);
            }
            words.push_back(word.get<std::string>());
        }
    }
    return key_of_words(words, keys);
}

}  // namespace millbeck::runtime
