// The texts of items lately read or written, in front of RocksDB: a read that ends here costs a
// tenth of one that goes through memtables, filters and blocks.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/untouched_memory.hpp"
#include "capture/item_cache_shard.hpp"
#include "capture/read_page.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture {

// What is read is kept; what is written is kept up to date if it is there. The oldest goes first.
//
// Invariants: what find() gives is what the tables hold: the writer hides an item before it writes
//             the tables and renews it after, and in between readers find nothing and may keep
//             nothing.
// Limits:     memory for as many bytes as given, and a sixteenth more; taken as it is filled. An
//             item above 1/1024 of it is not kept.
// Threads:    hide() and renew() by the one writer of the tables; the rest by any.
class ItemCache {
  public:
    // 0 bytes, or too few for any item: nothing is ever kept.
    explicit ItemCache(std::size_t bytes);

    // A key with its place: worked out once for all that is done with it.
    class Key {
      public:
        explicit Key(std::string_view storage_key);

      private:
        friend class ItemCache;
        std::string_view text_;
        std::uint64_t hash_;
    };

    // The item, or nothing; then `pass` admits what the caller goes on to read from the tables.
    [[nodiscard]] std::optional<StoredItem> find(const Key& key, CachePass& pass) const;

    // Keeps what was read with a pass from find(), unless it may have been written since. Requires:
    // `item` is present.
    void keep(const Key& key, const shardlog::ItemView& item, CachePass pass);

    // Before and after the tables are written, once each for every key that is. An absent item: it
    // was deleted.
    void hide(const Key& key);
    void renew(const Key& key, const shardlog::ItemView& item);

  private:
    static constexpr std::size_t kShards = 64;

    [[nodiscard]] ItemCacheShard& shard(const Key& key) const;

    base::UntouchedMemory memory_;
    std::vector<std::unique_ptr<ItemCacheShard>> shards_;  // empty: nothing is kept
};

}  // namespace millbeck::capture
