#include "runtime/api/collection_metrics.hpp"

#include <variant>

#include "runtime/api/item_keys.hpp"
#include "runtime/api/json_writer.hpp"

namespace millbeck::runtime {
namespace {

constexpr std::uint64_t kGigabyte = std::uint64_t{1} << 30U;

}  // namespace

std::string collection_json(const capture::ItemCollection& collection) {
    const std::uint64_t gigabytes = collection.size_bytes / kGigabyte;
    const auto lower = static_cast<double>(gigabytes);
    JsonWriter json;
    json.begin_object().key("ItemCollectionKey").raw(collection.key);
    json.key("SizeEstimateRangeGB").begin_array().units(lower).units(lower + 1).end_array();
    return json.end_object().take();
}

std::string collection_member(const capture::TableStore& store, ReturnMetrics kind,
                              const shardlog::TableName& table, const shardlog::Item& attributes) {
    if (kind == ReturnMetrics::None) {
        return "";
    }
    const auto collection = store.item_collection(table, attributes);
    if (!collection || !*collection) {
        return "";  // without the table the write fails, and says so
    }
    return R"("ItemCollectionMetrics":)" + collection_json(**collection);
}

std::string collections_member(const capture::TableStore& store, ReturnMetrics kind,
                               std::span<const capture::Write> writes, const GivenTables& given) {
    // By table, then by key.
    std::map<std::string, std::map<std::string, capture::ItemCollection>> found;
    if (kind == ReturnMetrics::Size) {
        for (const capture::Write& write : writes) {
            if (std::holds_alternative<capture::CheckWrite>(write)) {
                continue;
            }
            const auto collection = store.item_collection(table_of(write), attributes_of(write));
            if (collection && *collection) {
                found[given.shown(table_of(write))].emplace((*collection)->key, **collection);
            }
        }
    }
    if (found.empty()) {
        return "";
    }
    JsonWriter json;
    json.begin_object();
    for (const auto& [table, collections] : found) {
        json.key(table).begin_array();
        for (const auto& [key, collection] : collections) {
            json.raw(collection_json(collection));
        }
        json.end_array();
    }
    return R"("ItemCollectionMetrics":)" + json.end_object().take();
}

}  // namespace millbeck::runtime
