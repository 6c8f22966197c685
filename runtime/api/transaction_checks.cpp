#include "runtime/api/transaction_checks.hpp"

#include <utility>

#include "capture/index_key_check.hpp"
#include "capture/index_write.hpp"
#include "capture/key_check.hpp"
#include "runtime/api/item_keys.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using base::Error;

// An empty key value is the whole request's fault, with the words of PutItem.
std::optional<Error> find_empty_key(const capture::KeySchema& keys, const shardlog::Item& item) {
    const auto empty = [&](const capture::KeyAttribute& key) {
        const auto* value = item.find(key.name);
        return value != nullptr && value->type == key.type && value->size_bytes == 0;
    };
    const bool hash = empty(keys.hash);
    if (!hash && !(keys.range && empty(*keys.range))) {
        return std::nullopt;
    }
    const capture::KeyAttribute& key = hash ? keys.hash : *keys.range;
    const char* kind = key.type == shardlog::AttributeType::B ? "binary" : "string";
    return Error{Code::Invalid,
                 std::string("One or more parameter values are not valid. The AttributeValue for a "
                             "key attribute cannot contain an empty ") +
                     kind + " value. Key: " + key.name};
}

base::Status check_put(const capture::KeySchema& keys, const capture::KeysOfTable& all,
                       const shardlog::Item& item) {
    MB_TRY_STATUS(capture::check_item(keys, item));
    MB_TRY_STATUS(capture::check_index_keys(all.plans, item.text()));
    if (item.size_bytes() > shardlog::kItemBytesMax ||
        !capture::fits_with_local_entries(all.plans, item.view())) {
        return base::fail(Code::Invalid, "Item size has exceeded the maximum allowed size");
    }
    return {};
}

base::Status check_action(const capture::KeySchema& keys, const capture::KeysOfTable& all,
                          const capture::Write& write) {
    if (const auto* put = std::get_if<capture::PutWrite>(&write)) {
        MB_TRY_STATUS(check_put(keys, all, put->item));
    } else {
        MB_TRY_STATUS(capture::check_key(keys, attributes_of(write)));
    }
    const auto& condition = std::visit(
        [](const auto& each) -> const capture::WriteCondition& { return each.condition; }, write);
    if (condition.holds) {
        MB_TRY_STATUS(condition.holds->check_key_paths(keys, all.indexes));
    }
    const auto* update = std::get_if<capture::UpdateWrite>(&write);
    return update != nullptr ? update->update.check_keys(keys, all.indexes) : base::Status{};
}

// What concerns the whole request comes first: tables, empty keys, items named twice; then each
// action in turn. `check(keys, i)` looks at one action.
template <typename Items, typename Check>
std::optional<Refusal> check_actions(TableKeys& tables, const Items& items, const Check& check) {
    SeenItems seen;
    std::vector<const capture::KeySchema*> schemas;
    for (const auto& [table, attributes] : items) {
        auto keys = tables.find(*table);
        if (!keys) {
            return Refusal(keys.error());
        }
        if (auto empty = find_empty_key(**keys, *attributes)) {
            return Refusal(std::move(*empty));
        }
        // A key has none of an index but those it shares with the table.
        if (const auto none =
                capture::check_no_empty_index_keys(tables.all(*table).plans, attributes->text());
            !none) {
            return Refusal(none.error());
        }
        if (!seen.add(*table, **keys, *attributes)) {
            return Refusal(
                Error{Code::Invalid,
                      "Transaction request cannot include multiple operations on one item"});
        }
        schemas.push_back(*keys);
    }
    for (std::size_t i = 0; i < schemas.size(); ++i) {
        if (const base::Status checked = check(*schemas[i], i); !checked) {
            return Refusal(invalid_action(schemas.size(), i, checked.error().message));
        }
    }
    return std::nullopt;
}

using NamedItems = std::vector<std::pair<const shardlog::TableName*, const shardlog::Item*>>;

}  // namespace

std::optional<Refusal> check_transaction(const capture::TableStore& store,
                                         const capture::Commit& writes) {
    NamedItems items;
    for (const auto& write : writes) {
        items.emplace_back(&table_of(write), &attributes_of(write));
    }
    TableKeys tables(store);
    return check_actions(tables, items, [&](const capture::KeySchema& keys, std::size_t i) {
        return check_action(keys, tables.all(*items[i].first), writes[i]);
    });
}

std::optional<Refusal> check_transaction(const capture::TableStore& store,
                                         const TransactGetItemsRequest& request) {
    NamedItems items;
    for (const auto& item : request.items) {
        items.emplace_back(&item.table, &item.key);
    }
    TableKeys tables(store);
    return check_actions(
        tables, items, [&](const capture::KeySchema& keys, std::size_t i) -> base::Status {
            MB_TRY_STATUS(capture::check_key(keys, request.items[i].key));
            const auto& projection = request.projections[i];
            const auto& indexes = tables.all(request.items[i].table).indexes;
            return projection ? projection->check_key_paths(keys, indexes) : base::Status{};
        });
}

}  // namespace millbeck::runtime
