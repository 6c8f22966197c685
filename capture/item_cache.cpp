#include "capture/item_cache.hpp"

#include <algorithm>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

constexpr std::size_t kAlignment = 64;        // a bucket is a line of the processor's cache
constexpr std::size_t kShardBytesMin = 4096;  // less would hold no item worth it
constexpr unsigned kShardShift = 58;          // the six bits no shard looks at

}  // namespace

ItemCache::Key::Key(std::string_view storage_key)
    : text_(storage_key), hash_(hash_of_key(storage_key)) {}

ItemCache::ItemCache(std::size_t bytes)
    : memory_(bytes / kShards < kShardBytesMin ? 0 : bytes + bytes / 16) {
    const std::size_t each = memory_.bytes().size() / kShards / kAlignment * kAlignment;
    for (std::size_t i = 0; each > 0 && i < kShards; ++i) {
        shards_.push_back(
            std::make_unique<ItemCacheShard>(memory_.bytes().subspan(i * each, each)));
    }
}

ItemCacheShard& ItemCache::shard(const Key& key) const {
    return *shards_[key.hash_ >> kShardShift];
}

std::optional<StoredItem> ItemCache::find(const Key& key, CachePass& pass) const {
    if (shards_.empty()) {
        return std::nullopt;
    }
    return shard(key).find(key.hash_, key.text_, pass);
}

void ItemCache::keep(const Key& key, const shardlog::ItemView& item, CachePass pass) {
    if (pass.admits) {
        shard(key).keep(key.hash_, key.text_, item, pass);
    }
}

void ItemCache::hide(const Key& key) {
    if (!shards_.empty()) {
        shard(key).hide(key.hash_, key.text_);
    }
}

void ItemCache::renew(const Key& key, const shardlog::ItemView& item) {
    if (!shards_.empty()) {
        shard(key).renew(key.hash_, key.text_, item);
    }
}

}  // namespace millbeck::capture
