#include "sinks/dynamodb/dynamodb_item.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace millbeck::sinks {

namespace {

using base::Code;

constexpr std::size_t kSequenceDigits = 40;

std::string json_text_of(std::string_view text) {
    std::string out;
    append_json_text(out, text);
    return out;
}

tl::unexpected<base::Error> corrupt(const simdjson::simdjson_error& error) {
    return base::fail(Code::Corrupt, fmt::format("an item is no DynamoDB JSON: {}", error.what()));
}

// Calls visit(name, value as JSON text) for each attribute.
template <typename Visit>
base::Status for_each_attribute(std::string_view image, Visit visit) {
    thread_local simdjson::ondemand::parser parser;
    try {
        const simdjson::padded_string padded(image);
        auto document = parser.iterate(padded);
        for (auto field : document.get_object()) {
            const std::string name(field.unescaped_key().value());
            simdjson::ondemand::object object = field.value().get_object();
            visit(name, std::string_view(object.raw_json().value()));
        }
    } catch (const simdjson::simdjson_error& error) {
        return corrupt(error);
    }
    return {};
}

// `{"S":"x"}` of this attribute; "" without one.
base::Result<std::string> attribute(std::string_view image, const std::string& name) {
    std::string found;
    if (image.find(name) != std::string_view::npos) {
        MB_TRY_STATUS(
            for_each_attribute(image, [&](const std::string& its, std::string_view value) {
                if (its == name) {
                    found = value;
                }
            }));
    }
    return found;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void sort_sets(nlohmann::json& value) {
    if (!value.is_object() || value.size() != 1) {
        return;
    }
    const std::string type = value.begin().key();
    nlohmann::json& inner = value.begin().value();
    if (type == "SS" || type == "NS" || type == "BS") {
        std::sort(inner.begin(), inner.end());
    } else if (type == "L" || type == "M") {
        for (nlohmann::json& each : inner) {
            sort_sets(each);
        }
    }
}

}  // namespace

std::string DynamoDbItems::stamp_prefix(const Stamp& stamp) {
    return (stamp.generation.empty() ? "-" : stamp.generation) + ":";
}

std::string DynamoDbItems::stamp_text(const Stamp& stamp) {
    const std::size_t digits = std::min(stamp.sequence.size(), kSequenceDigits);
    return stamp_prefix(stamp) + std::string(kSequenceDigits - digits, '0') +
           std::string(stamp.sequence);
}

// `{"id":{"S":"a"}` with all attributes that go there, and without the closing brace.
base::Result<std::string> DynamoDbItems::item(std::string_view image, std::string_view key) const {
    std::set<std::string> keys;
    MB_TRY_STATUS(for_each_attribute(
        key, [&](const std::string& name, std::string_view) { keys.insert(name); }));
    const RowMapping& mapping = options_.mapping;
    std::string out = "{";
    MB_TRY_STATUS(for_each_attribute(image, [&](const std::string& name, std::string_view value) {
        const bool is_key = keys.contains(name);
        const bool is_chosen = mapping.include.empty() || has(mapping.include, name);
        if (name.starts_with(options_.prefix) ||
            (!is_key && (!is_chosen || has(mapping.exclude, name)))) {
            return;
        }
        const auto renamed = mapping.rename.find(name);
        const bool is_renamed = !is_key && renamed != mapping.rename.end();
        out += out.size() > 1 ? "," : "";
        out += json_text_of(is_renamed ? renamed->second : name);
        out += ':';
        out += value;
    }));
    return out;
}

base::Result<std::string> DynamoDbItems::request(const Message& message, std::string_view table,
                                                 const Stamp& stamp) const {
    if (stamp.sequence.size() > kSequenceDigits) {
        return base::fail(Code::Invalid, "a sequence number has more than 40 digits");
    }
    const bool is_removal = message.event == Event::Remove;
    if (!is_removal && message.new_image.empty()) {
        return base::fail(Code::Invalid,
                          "a copy in DynamoDB needs new images: set the stream's view to NEW_IMAGE "
                          "or NEW_AND_OLD_IMAGES");
    }
    std::string what;
    if (is_put(message)) {
        MB_TRY(what, item(is_removal ? message.key : message.new_image, message.key));
        what += fmt::format(R"(,{}:{{"S":{}}},{}:{{"S":{}}})", json_text_of(name("seq")),
                            json_text_of(stamp_text(stamp)), json_text_of(name("origin")),
                            json_text_of(options_.origin));
        if (is_removal) {
            const std::int64_t life = options_.tombstone_life.count() / 1'000;
            what +=
                fmt::format(R"(,{}:{{"BOOL":true}},{}:{{"N":"{}"}})", json_text_of(name("deleted")),
                            json_text_of(name("expires")), stamp.seconds + life);
        }
        what += '}';
    } else {
        what = message.key;
    }
    return fmt::format(
        R"({{"TableName":{},"{}":{},"ConditionExpression":"attribute_not_exists(#s) OR )"
        R"((NOT begins_with(#s, :g)) OR #s < :s","ExpressionAttributeNames":{{"#s":{}}},)"
        R"("ExpressionAttributeValues":{{":g":{{"S":{}}},":s":{{"S":{}}}}}}})",
        json_text_of(table), is_put(message) ? "Item" : "Key", what, json_text_of(name("seq")),
        json_text_of(stamp_prefix(stamp)), json_text_of(stamp_text(stamp)));
}

base::Result<bool> DynamoDbItems::is_echo(const Message& message) const {
    if (message.event == Event::Remove) {
        MB_TRY(const std::string deleted, attribute(message.old_image, name("deleted")));
        return !deleted.empty();
    }
    if (options_.peer.empty()) {
        return false;
    }
    MB_TRY(const std::string origin, attribute(message.new_image, name("origin")));
    if (origin != fmt::format(R"({{"S":{}}})", json_text_of(options_.peer))) {
        return false;
    }
    if (message.event == Event::Modify && message.old_image.empty()) {
        return base::fail(Code::Invalid,
                          "two-way replication needs old images: set the stream's view to "
                          "NEW_AND_OLD_IMAGES");
    }
    MB_TRY(const std::string now, attribute(message.new_image, name("seq")));
    MB_TRY(const std::string before, attribute(message.old_image, name("seq")));
    return now != before;
}

base::Result<std::string> DynamoDbItems::content(std::string_view image, std::string_view key,
                                                 bool is_mapped) const {
    std::string text;
    if (is_mapped) {
        MB_TRY(text, item(image, key));
        text += '}';
    } else {
        MB_TRY(const std::string deleted, attribute(image, name("deleted")));
        if (!deleted.empty()) {
            return std::string();
        }
        text = image;
    }
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object()) {
        return base::fail(Code::Corrupt, "an item is no DynamoDB JSON");
    }
    nlohmann::json kept = nlohmann::json::object();
    for (auto& [each, value] : json.items()) {
        if (!each.starts_with(options_.prefix)) {
            sort_sets(value);
            kept[each] = std::move(value);
        }
    }
    return kept.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace millbeck::sinks
