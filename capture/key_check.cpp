#include "capture/key_check.hpp"

#include <string>

#include "capture/invalid_values.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Status;
using shardlog::AttributeType;
using shardlog::Item;

constexpr std::string_view kNotValidValues = "One or more parameter values are not valid. ";

enum class KeyRole { Partition, Sort };

Status invalid(std::string_view prefix, std::string message) {
    message.insert(0, prefix);
    return fail(Code::Invalid, std::move(message));
}

Status check_size(const Item::Attribute& attribute, KeyRole role) {
    if (attribute.type == AttributeType::N) {
        return {};
    }
    // The missing blank in the first text is the service's own.
    if (role == KeyRole::Partition && attribute.size_bytes > kPartitionKeyBytesMax) {
        return invalid(kInvalidValues,
                       "Size of hashkey has exceeded the maximum size limit of2048 bytes");
    }
    if (role == KeyRole::Sort && attribute.size_bytes > kSortKeyBytesMax) {
        return invalid(kInvalidValues,
                       "Aggregated size of all range keys has exceeded the size limit of 1024 "
                       "bytes");
    }
    return {};
}

Status check_not_empty(const Item::Attribute& attribute, const std::string& name) {
    if (attribute.type == AttributeType::N || attribute.size_bytes > 0) {
        return {};
    }
    const std::string_view kind = attribute.type == AttributeType::B ? "binary" : "string";
    return invalid(kNotValidValues,
                   "The AttributeValue for a key attribute cannot contain an empty " +
                       std::string(kind) + " value. Key: " + name);
}

Status check_attribute_of_item(const KeyAttribute& key, KeyRole role, const Item& item) {
    const Item::Attribute* attribute = item.find(key.name);
    if (attribute == nullptr) {
        return invalid(kInvalidValues, "Missing the key " + key.name + " in the item");
    }
    if (attribute->type != key.type) {
        return invalid(kInvalidValues, "Type mismatch for key " + key.name +
                                           " expected: " + std::string(to_string(key.type)) +
                                           " actual: " + std::string(to_string(attribute->type)));
    }
    MB_TRY_STATUS(check_not_empty(*attribute, key.name));
    return check_size(*attribute, role);
}

Status check_attribute_of_key(const KeyAttribute& expected, KeyRole role, const Item& key) {
    const Item::Attribute* attribute = key.find(expected.name);
    if (attribute == nullptr || attribute->type != expected.type) {
        return fail(Code::Invalid, "The provided key element does not match the schema");
    }
    MB_TRY_STATUS(check_not_empty(*attribute, expected.name));
    return check_size(*attribute, role);
}

}  // namespace

Status check_item(const KeySchema& keys, const Item& item) {
    MB_TRY_STATUS(check_attribute_of_item(keys.hash, KeyRole::Partition, item));
    if (keys.range) {
        return check_attribute_of_item(*keys.range, KeyRole::Sort, item);
    }
    return {};
}

Status check_key(const KeySchema& keys, const Item& key) {
    const std::size_t expected = keys.range ? 2 : 1;
    if (key.attributes().size() != expected) {
        return fail(Code::Invalid, "The provided key element does not match the schema");
    }
    MB_TRY_STATUS(check_attribute_of_key(keys.hash, KeyRole::Partition, key));
    if (keys.range) {
        return check_attribute_of_key(*keys.range, KeyRole::Sort, key);
    }
    return {};
}

}  // namespace millbeck::capture
