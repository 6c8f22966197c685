#include "runtime/api/item_keys.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;

std::optional<std::string> key_text(const capture::KeySchema& keys, const shardlog::Item& item) {
    const auto* hash = item.find(keys.hash.name);
    const auto* range = keys.range ? item.find(keys.range->name) : nullptr;
    if (hash == nullptr || (keys.range && range == nullptr)) {
        return std::nullopt;
    }
    std::string text(item.value_text(*hash));
    if (range != nullptr) {
        text.append(item.value_text(*range));
    }
    return text;
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

base::Result<const capture::KeySchema*> TableKeys::find(const shardlog::TableName& table) {
    auto schema = schemas_.find(table.value());
    if (schema == schemas_.end()) {
        auto described = store_.describe_table(table);
        if (!described) {
            return described.error().code == Code::NotFound
                       ? base::fail(Code::NotFound, "Requested resource not found")
                       : tl::unexpected(described.error());
        }
        schema = schemas_.emplace(table.value(), std::move(described->spec.keys)).first;
    }
    return &schema->second;
}

bool SeenItems::add(const shardlog::TableName& table, const capture::KeySchema& keys,
                    const shardlog::Item& item) {
    auto key = key_text(keys, item);
    return !key || keys_.emplace(table.value(), std::move(*key)).second;
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
