// One part of the item cache, with its own lock: a ring of entries and a table of where they stand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/mutex.hpp"
#include "capture/read_page.hpp"
#include "shardlog/item.hpp"

namespace millbeck::capture {

// What a reader saw that found nothing: whether, and since when, nobody writes near its key.
struct CachePass {
    bool admits = false;
    std::uint32_t turn = 0;
};

// Entries are written one behind the other and overwritten when the ring comes round; one whose
// item changes is rewritten where it stands if the new text fits. A position counts bytes since the
// beginning and never goes back: an entry is there while its position is less than a ring behind
// the head. The table is of buckets of eight positions; in a full one the oldest gives way, and its
// entry is lost a little early.
//
// As ItemCache; `hash` is of the key, and the same bits have not chosen the shard.
class ItemCacheShard {
  public:
    // How much of `memory` a shard of it uses as a table of positions.
    static constexpr std::size_t kTablePart = 17;  // 1/17: eight bytes for 128 of entries

    // Borrows zeroed memory, aligned to 8 bytes.
    explicit ItemCacheShard(std::span<std::byte> memory);

    [[nodiscard]] std::optional<StoredItem> find(std::uint64_t hash, std::string_view key,
                                                 CachePass& pass);
    void keep(std::uint64_t hash, std::string_view key, const shardlog::ItemView& item,
              CachePass pass);
    void hide(std::uint64_t hash, std::string_view key);
    void renew(std::uint64_t hash, std::string_view key, const shardlog::ItemView& item);

  private:
    struct Entry;
    // Keys that fall together share one: being told to read again once too often costs little.
    struct Stripe {
        std::uint32_t turn = 0;    // of renewals
        std::uint32_t hidden = 0;  // keys that are being written
    };
    static constexpr std::size_t kStripes = 64;
    static constexpr std::size_t kWays = 8;

    Stripe& stripe(std::uint64_t hash) MB_REQUIRES(mutex_) { return stripes_[hash % kStripes]; }
    std::span<std::uint64_t> bucket(std::uint64_t hash) MB_REQUIRES(mutex_);
    Entry& entry(std::uint64_t position) MB_REQUIRES(mutex_);
    [[nodiscard]] bool is_there(std::uint64_t position) const MB_REQUIRES(mutex_);
    // The slot of the key's entry, or nullptr.
    std::uint64_t* locate(std::uint64_t hash, std::string_view key) MB_REQUIRES(mutex_);
    void put(std::uint64_t hash, std::string_view key, const shardlog::ItemView& item)
        MB_REQUIRES(mutex_);
    std::uint64_t make_room(std::size_t bytes) MB_REQUIRES(mutex_);

    base::Mutex mutex_;
    std::span<std::uint64_t> table_ MB_GUARDED_BY(mutex_);  // positions; 0: none
    std::span<std::byte> ring_ MB_GUARDED_BY(mutex_);
    std::uint64_t head_ MB_GUARDED_BY(mutex_);  // where the next entry goes
    std::array<Stripe, kStripes> stripes_ MB_GUARDED_BY(mutex_){};
};

}  // namespace millbeck::capture
