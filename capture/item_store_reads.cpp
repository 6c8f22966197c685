#include <string>
#include <utility>
#include <vector>

#include <rocksdb/options.h>

#include "capture/item_store_state.hpp"

namespace millbeck::capture {

using base::Result;
using base::Status;
using rocksdb::Slice;
using shardlog::ItemView;

struct ItemReads::State {
    std::vector<Slice> keys;
    std::vector<rocksdb::PinnableSlice> values;
    std::vector<rocksdb::Status> statuses;
    std::vector<ItemView> items;
};

ItemReads::ItemReads() : state_(std::make_unique<State>()) {}
ItemReads::~ItemReads() = default;

ItemView ItemReads::item(std::size_t i) const {
    return state_->items[i];
}

Result<StoredItem> ItemStore::get(std::string_view storage_key) const {
    const ItemCache::Key key(storage_key);
    CachePass pass;
    if (auto cached = state_->cache.find(key, pass)) {
        return std::move(*cached);
    }
    MB_TRY(StoredItem item, state_->read_row(storage_key));
    if (item.present()) {
        state_->cache.keep(key, item.view(), pass);
    }
    return item;
}

Result<std::vector<StoredItem>> ItemStore::get(
    std::span<const std::string_view> storage_keys) const {
    std::vector<StoredItem> items(storage_keys.size());
    std::vector<std::size_t> missing;
    std::vector<std::string_view> missing_keys;
    std::vector<CachePass> passes;
    for (std::size_t i = 0; i < items.size(); ++i) {
        CachePass pass;
        if (auto cached = state_->cache.find(ItemCache::Key(storage_keys[i]), pass)) {
            items[i] = std::move(*cached);
            continue;
        }
        missing.push_back(i);
        missing_keys.push_back(storage_keys[i]);
        passes.push_back(pass);
    }
    if (missing.empty()) {
        return items;
    }
    ItemReads reads;
    MB_TRY_STATUS(read(missing_keys, reads));
    for (std::size_t i = 0; i < missing.size(); ++i) {
        const ItemView item = reads.item(i);
        items[missing[i]] = {std::string(item.text), item.size_bytes};
        if (item.present()) {
            state_->cache.keep(ItemCache::Key(missing_keys[i]), item, passes[i]);
        }
    }
    return items;
}

Status ItemStore::read(std::span<const std::string_view> storage_keys, ItemReads& reads) const {
    ItemReads::State& into = *reads.state_;
    const std::size_t count = storage_keys.size();
    into.keys.clear();
    for (const std::string_view key : storage_keys) {
        into.keys.push_back(to_slice(key));
    }
    for (rocksdb::PinnableSlice& value : into.values) {
        value.Reset();
    }
    if (count > into.values.size()) {
        // Made anew, not resized: a slice that is moved while it pins a block loses its own buffer
        // and must not be read into again.
        into.values = std::vector<rocksdb::PinnableSlice>(count);
        into.statuses.resize(count);
    }
    into.items.assign(count, ItemView{});
    const rocksdb::ReadOptions options;
    if (count == 1) {
        into.statuses[0] = state_->db->Get(options, state_->items, into.keys[0], &into.values[0]);
    } else {
        state_->db->MultiGet(options, state_->items, count, into.keys.data(), into.values.data(),
                             into.statuses.data());
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (into.statuses[i].IsNotFound()) {
            continue;
        }
        MB_TRY_STATUS(to_status(into.statuses[i], "read an item"));
        MB_TRY(into.items[i], parse_value(bytes_of(into.values[i])));
    }
    return {};
}

}  // namespace millbeck::capture
