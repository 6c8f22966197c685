#include "runtime/api/item_keys.hpp"

#include <algorithm>

namespace millbeck::runtime {
namespace {

bool append_key_values(std::string& out, const capture::KeySchema& keys,
                       const shardlog::Item& item) {
    const auto* hash = item.find(keys.hash.name);
    const auto* range = keys.range ? item.find(keys.range->name) : nullptr;
    if (hash == nullptr || (keys.range && range == nullptr)) {
        return false;
    }
    out.append(item.value_text(*hash));
    if (range != nullptr) {
        out.append(item.value_text(*range));
    }
    return true;
}

}  // namespace

const shardlog::TableName& table_of(const capture::Write& write) {
    return std::visit([](const auto& w) -> const shardlog::TableName& { return w.table; }, write);
}

const shardlog::Item& attributes_of(const capture::Write& write) {
    return std::visit(
        [](const auto& w) -> const shardlog::Item& {
            if constexpr (requires { w.item; }) {
                return w.item;
            } else {
                return w.key;
            }
        },
        write);
}

std::vector<TableKeys::Named>::const_iterator TableKeys::known(
    const shardlog::TableName& table) const {
    return std::ranges::find(tables_, table.value(),
                             [](const Named& named) { return named.first; });
}

base::Result<const capture::KeySchema*> TableKeys::find(const shardlog::TableName& table) {
    if (const auto found = known(table); found != tables_.end()) {
        return found->second.table;
    }
    MB_TRY(auto keys, store_.keys_of(table));
    return tables_.emplace_back(table.value(), std::move(keys)).second.table;
}

const capture::KeysOfTable& TableKeys::all(const shardlog::TableName& table) const {
    const auto found = known(table);
    MB_CHECK(found != tables_.end(), "the table was found");
    return found->second;
}

bool SeenItems::add(const shardlog::TableName& table, const capture::KeySchema& keys,
                    const shardlog::Item& item) {
    constexpr std::size_t kKeyBytesUsual = 64;
    std::string key;
    key.reserve(table.value().size() + kKeyBytesUsual);
    key.append(table.value()).push_back('\0');
    return !append_key_values(key, keys, item) || keys_.insert(std::move(key)).second;
}

shardlog::Item key_of(const capture::KeySchema& keys, const shardlog::Item& item) {
    std::string text = "{";
    const auto append = [&](const std::string& name) {
        const auto* attribute = item.find(name);
        MB_CHECK(attribute != nullptr, "a checked item has its keys");
        text.append(text.size() == 1 ? "" : ",");
        shardlog::append_json_string(text, name);
        text.append(":").append(item.value_text(*attribute));
    };
    append(keys.hash.name);
    if (keys.range) {
        append(keys.range->name);
    }
    auto key = shardlog::parse_item(text += "}");
    MB_CHECK(key.has_value(), "canonical text parses");
    return std::move(*key);
}

}  // namespace millbeck::runtime
