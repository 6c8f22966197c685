#include "capture/row_key.hpp"

#include <xxhash.h>

#include "base/result.hpp"
#include "shardlog/number.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using shardlog::Item;

// `{"S":"` and `"}` around the content of a scalar value.
constexpr std::size_t kScalarHeadBytes = 6;
constexpr std::size_t kScalarTailBytes = 2;

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
    for (unsigned shift = bytes * 8; shift > 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> (shift - 8)) & 0xFFU));
    }
}

const Item::Attribute& key_attribute(const Item& item, const KeyAttribute& key) {
    const Item::Attribute* attribute = item.find(key.name);
    MB_CHECK(attribute != nullptr && attribute->type == key.type, "key attributes were checked");
    return *attribute;
}

// Calls `use(content)`; copies only where the text is escaped or encoded.
template <typename Use>
void with_content(std::string_view value_text, AttributeType type, Use use) {
    const std::string_view plain = value_text.substr(
        kScalarHeadBytes, value_text.size() - kScalarHeadBytes - kScalarTailBytes);
    const bool verbatim = type == AttributeType::N ||
                          (type == AttributeType::S && plain.find('\\') == std::string_view::npos);
    if (verbatim) {
        use(plain);
    } else {
        use(std::string_view(shardlog::scalar_content(value_text, type)));
    }
}

void append_partition_value(std::string& out, const KeyValue& value) {
    with_content(value.text, value.type, [&](std::string_view content) {
        if (value.type == AttributeType::N) {
            shardlog::append_sortable_number(out, content);
        } else {
            append_big_endian(out, content.size(), sizeof(std::uint16_t));
            out.append(content);
        }
    });
}

void append_partition(std::string& out, std::span<const KeyValue> values) {
    const std::size_t hash_at = out.size();
    out.append(sizeof(std::uint64_t), '\0');
    for (const KeyValue& value : values) {
        append_partition_value(out, value);
    }
    const std::size_t encoded_at = hash_at + sizeof(std::uint64_t);
    std::string hash;
    append_big_endian(hash, XXH3_64bits(out.data() + encoded_at, out.size() - encoded_at),
                      sizeof(std::uint64_t));
    out.replace(hash_at, sizeof(std::uint64_t), hash);
}

void append_sort(std::string& out, std::string_view value_text, AttributeType type) {
    with_content(value_text, type, [&](std::string_view content) {
        if (type == AttributeType::N) {
            shardlog::append_sortable_number(out, content);
        } else {
            out.append(content);
        }
    });
}

std::string_view name_text(const Item& item, const Item::Attribute& attribute) {
    return std::string_view(item.text())
        .substr(attribute.name_begin, attribute.name_end - attribute.name_begin);
}

void append_member(std::string& out, const Item& item, const Item::Attribute& attribute) {
    out.push_back('"');
    out.append(name_text(item, attribute));
    out.append("\":");
    out.append(item.value_text(attribute));
}

}  // namespace

void append_table_prefix(std::string& out, shardlog::TableId table) {
    append_big_endian(out, table.value(), kTablePrefixBytes);
}

void append_row_key(std::string& out, const KeySchema& keys, const Item& item) {
    const Item::Attribute& hash = key_attribute(item, keys.hash);
    const KeyValue value{hash.type, item.value_text(hash)};
    append_partition(out, {&value, 1});
    if (keys.range) {
        const Item::Attribute& range = key_attribute(item, *keys.range);
        append_sort(out, item.value_text(range), range.type);
    }
}

void append_partition_key(std::string& out, std::span<const KeyValue> values) {
    append_partition(out, values);
}

void append_sort_key(std::string& out, const KeyAttribute& range, std::string_view value_text) {
    append_sort(out, value_text, range.type);
}

void append_hash(std::string& out, std::uint64_t hash) {
    append_big_endian(out, hash, sizeof(hash));
}

std::string end_of_prefix(std::string prefix) {
    while (!prefix.empty() && prefix.back() == '\xFF') {
        prefix.pop_back();
    }
    MB_CHECK(!prefix.empty(), "a prefix of 0xFF alone has no end");
    ++prefix.back();
    return prefix;
}

std::uint32_t append_keys_text(std::string& out, const KeySchema& keys, const Item& item) {
    // Canonical text has its attributes in byte order of their names, whatever the schema's order.
    const Item::Attribute* first = &key_attribute(item, keys.hash);
    const Item::Attribute* second = keys.range ? &key_attribute(item, *keys.range) : nullptr;
    std::size_t size_bytes = keys.hash.name.size() + first->size_bytes;
    if (second != nullptr) {
        size_bytes += keys.range->name.size() + second->size_bytes;
        if (second < first) {
            std::swap(first, second);
        }
    }
    out.push_back('{');
    append_member(out, item, *first);
    if (second != nullptr) {
        out.push_back(',');
        append_member(out, item, *second);
    }
    out.push_back('}');
    return static_cast<std::uint32_t>(size_bytes);
}

std::uint64_t hash_of_key(std::string_view storage_key) {
    return XXH3_64bits(storage_key.data(), storage_key.size());
}

}  // namespace millbeck::capture
