#include "runtime/config/key_settings.hpp"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "capture/index_limits.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/setting.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Result;
using base::Status;
using capture::KeyAttribute;
using shardlog::AttributeType;

constexpr std::size_t kAttributeBytesMax = 255;

tl::unexpected<base::Error> invalid(std::string text) {
    return base::fail(Code::Invalid, std::move(text));
}

// `artist S`: a name and one of S, N, B.
Result<KeyAttribute> key_attribute(const Value& value) {
    MB_TRY(const std::string text, text_of(value, "a name and a type, like \"id S\""));
    const std::size_t space = text.rfind(' ');
    const std::string type = space == std::string::npos ? "" : text.substr(space + 1);
    const std::string name = text.substr(0, text.find_last_not_of(' ', space) + 1);
    if (type.size() != 1 || std::string_view("SNB").find(type) == std::string_view::npos ||
        name.empty() || name.size() > kAttributeBytesMax) {
        return invalid(
            fmt::format("\"{}\" is not a name and a type (S, N or B), like \"id S\"", text));
    }
    const auto parsed = type == "S"   ? AttributeType::S
                        : type == "N" ? AttributeType::N
                                      : AttributeType::B;
    return KeyAttribute{name, parsed};
}

// One attribute, or a list of up to four.
Result<std::vector<KeyAttribute>> key_attributes(const Value& value) {
    std::vector<KeyAttribute> attributes;
    if (value.kind != Value::Kind::List) {
        MB_TRY(KeyAttribute attribute, key_attribute(value));
        attributes.push_back(std::move(attribute));
        return attributes;
    }
    for (const Value& each : value.items) {
        MB_TRY(KeyAttribute attribute, key_attribute(each));
        attributes.push_back(std::move(attribute));
    }
    if (attributes.empty() || attributes.size() > capture::kAttributesOfTypeMax) {
        return invalid(fmt::format("must have 1 to {} attributes", capture::kAttributesOfTypeMax));
    }
    return attributes;
}

Status set_attributes(capture::KeySchema& keys, const Value::Member& member) {
    auto attributes = key_attributes(member.value);
    if (!attributes) {
        return base::with_context(member.key, std::move(attributes).error());
    }
    const std::vector<KeyAttribute> more(attributes->begin() + 1, attributes->end());
    if (member.key == "hash") {
        keys.hash = attributes->front();
        keys.more_hashes = more;
    } else {
        keys.range = attributes->front();
        keys.more_ranges = more;
    }
    return {};
}

bool has_twice(const capture::KeySchema& keys) {
    std::set<std::string> names;
    for (const KeyAttribute& key : keys.attributes()) {
        names.insert(key.name);
    }
    return names.size() < keys.attributes().size();
}

}  // namespace

Result<capture::KeySchema> keys_of_value(const Value& value) {
    if (value.kind != Value::Kind::Map) {
        return invalid("must be a map, like {hash: artist S, range: song S}");
    }
    capture::KeySchema keys;
    for (const auto& member : value.members) {
        if (member.key != "hash" && member.key != "range") {
            return invalid(fmt::format("unknown key \"{}\"{}", member.key,
                                       did_you_mean(member.key, {"hash", "range"})));
        }
        MB_TRY_STATUS(set_attributes(keys, member));
    }
    if (keys.hash.name.empty()) {
        return invalid("needs \"hash\", the partition key");
    }
    if (has_twice(keys)) {
        return invalid("hash and range must be different attributes");
    }
    return keys;
}

}  // namespace millbeck::runtime
