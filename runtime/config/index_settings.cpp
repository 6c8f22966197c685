#include "runtime/config/index_settings.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "capture/index_limits.hpp"
#include "runtime/config/key_settings.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/setting.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using capture::IndexKind;
using capture::IndexProjection;
using capture::IndexSpec;
using capture::KeyAttribute;
using shardlog::AttributeType;

namespace {

constexpr std::size_t kAttributeBytesMax = 255;
constexpr std::size_t kIncludedMax = 20;  // Source: API_Projection, NonKeyAttributes

tl::unexpected<base::Error> invalid(std::string text) {
    return base::fail(Code::Invalid, std::move(text));
}

tl::unexpected<base::Error> unknown_key(const std::string& key,
                                        const std::vector<std::string>& known) {
    return invalid(fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, known)));
}

Result<std::string> index_name(const Value& value) {
    MB_TRY(std::string text, text_of(value, "a name"));
    const bool good = text.size() >= 3 && text.size() <= 255 &&
                      text.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
                          std::string::npos;
    if (!good) {
        return invalid(
            fmt::format("\"{}\" is not an index name: 3 to 255 of a-z A-Z 0-9 _ . -", text));
    }
    return text;
}

Status set_included(IndexSpec& index, const std::vector<Value>& names) {
    index.projection = IndexProjection::Include;
    for (const Value& each : names) {
        MB_TRY(std::string name, text_of(each, "a name of an attribute"));
        if (name.empty() || name.size() > kAttributeBytesMax) {
            return invalid(fmt::format("\"{}\" is not a name of an attribute", name));
        }
        if (std::ranges::find(index.included, name) != index.included.end()) {
            return invalid(fmt::format("\"{}\" is there twice", name));
        }
        index.included.push_back(std::move(name));
    }
    if (index.included.empty() || index.included.size() > kIncludedMax) {
        return invalid(fmt::format("must have 1 to {} attributes", kIncludedMax));
    }
    return {};
}

Status set_projection(IndexSpec& index, const Value& value) {
    if (value.kind == Value::Kind::List) {
        return set_included(index, value.items);
    }
    MB_TRY(const std::string text, text_of(value, "ALL, KEYS_ONLY or a list of attributes"));
    if (text != "ALL" && text != "KEYS_ONLY") {
        return invalid(fmt::format("\"{}\" is not ALL, KEYS_ONLY or a list of attributes", text));
    }
    index.projection = text == "ALL" ? IndexProjection::All : IndexProjection::KeysOnly;
    return {};
}

Status set_kind(IndexSpec& index, const Value& value) {
    MB_TRY(const std::string text, text_of(value, "global or local"));
    if (text != "global" && text != "local") {
        return invalid(fmt::format("\"{}\" is not global or local", text));
    }
    index.kind = text == "local" ? IndexKind::Local : IndexKind::Global;
    return {};
}

// Requires: a known key.
Status set_member(IndexSpec& index, const Value::Member& member) {
    if (member.key == "name") {
        MB_TRY(index.name, index_name(member.value));
        return {};
    }
    if (member.key == "keys") {
        MB_TRY(index.keys, keys_of_value(member.value));
        return {};
    }
    if (member.key == "projection") {
        return set_projection(index, member.value);
    }
    return set_kind(index, member.value);
}

Result<IndexSpec> index_of(const Value& value) {
    if (value.kind != Value::Kind::Map) {
        return invalid("each must be a map, like {name: by-song, keys: {hash: song S}}");
    }
    IndexSpec index;
    const std::vector<std::string> known{"name", "keys", "projection", "kind"};
    for (const auto& member : value.members) {
        if (std::ranges::find(known, member.key) == known.end()) {
            return unknown_key(member.key, known);
        }
        if (auto set = set_member(index, member); !set) {
            return base::with_context(member.key, std::move(set).error());
        }
    }
    if (index.name.empty() || index.keys.hash.name.empty()) {
        return invalid("each needs \"name\" and \"keys\"");
    }
    return index;
}

Status check_local(const IndexSpec& index, const capture::KeySchema& table) {
    if (index.kind == IndexKind::Local &&
        (!table.range || !index.keys.range || !(index.keys.hash == table.hash) ||
         !index.keys.has_single_attributes())) {
        return invalid(
            fmt::format("index \"{}\": a local index has the hash key of its table and one range "
                        "key of its own, and its table has a range key",
                        index.name));
    }
    return {};
}

}  // namespace

Result<std::vector<IndexSpec>> indexes_of_value(const Value& value) {
    if (value.kind != Value::Kind::List) {
        return invalid("must be a list, like [{name: by-song, keys: {hash: song S}}]");
    }
    std::vector<IndexSpec> indexes;
    for (const Value& each : value.items) {
        MB_TRY(auto index, index_of(each));
        indexes.push_back(std::move(index));
    }
    return indexes;
}

Status check_indexes(const capture::TableSpec& table) {
    MB_TRY_STATUS(capture::check_index_limits(table.indexes));
    std::map<std::string, AttributeType> types;
    for (const KeyAttribute& key : table.keys.attributes()) {
        types.emplace(key.name, key.type);
    }
    std::map<std::string, const IndexSpec*> names;
    for (const IndexSpec& index : table.indexes) {
        if (!names.emplace(index.name, &index).second) {
            return invalid(fmt::format("index \"{}\" is there twice", index.name));
        }
        MB_TRY_STATUS(check_local(index, table.keys));
        for (const KeyAttribute& key : index.keys.attributes()) {
            if (types.emplace(key.name, key.type).first->second != key.type) {
                return invalid(fmt::format("index \"{}\": {} has another type elsewhere",
                                           index.name, key.name));
            }
        }
    }
    return {};
}

}  // namespace millbeck::runtime
