#include "capture/item_collection.hpp"

#include <algorithm>

#include "capture/key_space.hpp"

namespace millbeck::capture {
namespace {

// The part of `space`'s bytes that one partition has.
std::uint64_t partition_bytes(const KeySpace& space, const ItemStore& items, std::int64_t bytes,
                              const std::string& hash_value) {
    const std::uint64_t whole = items.approximate_bytes(space.segment({}));
    const std::uint64_t part = items.approximate_bytes(space.partition({&hash_value, 1}));
    const double share =
        whole == 0 ? 1 : std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
    return static_cast<std::uint64_t>(share * static_cast<double>(bytes));
}

}  // namespace

std::optional<ItemCollection> measure_collection(const TableEntry& table, const ItemStore& items,
                                                 const shardlog::Item& attributes) {
    const KeyAttribute& hash = table.description.spec.keys.hash;
    const shardlog::Item::Attribute* value = attributes.find(hash.name);
    const auto is_local = [](const IndexPlan& index) { return index.kind() == IndexKind::Local; };
    if (value == nullptr || value->type != hash.type ||
        std::ranges::none_of(table.indexes, is_local)) {
        return std::nullopt;
    }
    const std::string text(attributes.value_text(*value));
    ItemCollection collection;
    collection.key = "{\"" + escaped_name(hash.name) + "\":" + text + "}";
    const auto add = [&](const std::optional<std::string>& index, shardlog::TableId id) {
        if (const auto space = KeySpace::find(table, index)) {
            collection.size_bytes += partition_bytes(*space, items, items.counts(id).bytes, text);
        }
    };
    add(std::nullopt, table.description.id);
    for (const IndexPlan& index : table.indexes) {
        if (is_local(index)) {
            add(index.name(), index.id());
        }
    }
    return collection;
}

}  // namespace millbeck::capture
