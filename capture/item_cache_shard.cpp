#include "capture/item_cache_shard.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace millbeck::capture {

using shardlog::ItemView;

namespace {

constexpr std::size_t kAlignment = 8;  // of entries
// The largest entry, of a ring: a few large items must not push out all others.
constexpr std::size_t kEntryPart = 16;
// An item often grows by a digit: so much more room than it needs.
constexpr std::size_t kSpareBytes = 8;

std::size_t aligned(std::size_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

// What stands at a position; key and text follow.
struct ItemCacheShard::Entry {
    std::uint64_t hash;
    std::uint32_t room_bytes;  // for key and text
    std::uint32_t text_bytes;
    std::uint32_t size_bytes;
    std::uint16_t key_bytes;
    bool is_hidden;

    char* data() {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the bytes behind it.
        return reinterpret_cast<char*>(this + 1);
    }
    std::string_view key() { return {data(), key_bytes}; }
    std::string_view text() { return {data() + key_bytes, text_bytes}; }

    [[nodiscard]] bool has_room_for(const ItemView& item) const {
        return key_bytes + item.text.size() <= room_bytes;
    }
    void write(const ItemView& item) {
        std::memcpy(data() + key_bytes, item.text.data(), item.text.size());
        text_bytes = static_cast<std::uint32_t>(item.text.size());
        size_bytes = item.size_bytes;
        is_hidden = false;
    }
};

ItemCacheShard::ItemCacheShard(std::span<std::byte> memory) {
    constexpr std::size_t kBucketBytes = kWays * sizeof(std::uint64_t);
    const std::size_t buckets = std::max<std::size_t>(memory.size() / kTablePart / kBucketBytes, 1);
    const auto table = memory.first(buckets * kBucketBytes);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): zeroed memory as positions.
    table_ = {reinterpret_cast<std::uint64_t*>(table.data()), buckets * kWays};
    ring_ = memory.subspan(table.size());
    ring_ = ring_.first(ring_.size() / kAlignment * kAlignment);
    head_ = ring_.size();  // so that no entry stands at 0
}

std::span<std::uint64_t> ItemCacheShard::bucket(std::uint64_t hash) {
    constexpr unsigned kStripeBits = 6;
    return table_.subspan((hash >> kStripeBits) % (table_.size() / kWays) * kWays, kWays);
}

ItemCacheShard::Entry& ItemCacheShard::entry(std::uint64_t position) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): written by put().
    return *reinterpret_cast<Entry*>(&ring_[position % ring_.size()]);
}

bool ItemCacheShard::is_there(std::uint64_t position) const {
    return position != 0 && position + ring_.size() >= head_;
}

std::uint64_t* ItemCacheShard::locate(std::uint64_t hash, std::string_view key) {
    if (head_ == ring_.size()) {
        return nullptr;  // empty: memory nobody needs is not touched
    }
    for (std::uint64_t& position : bucket(hash)) {
        if (is_there(position)) {
            Entry& found = entry(position);
            if (found.hash == hash && found.key() == key) {
                return &position;
            }
        }
    }
    return nullptr;
}

std::optional<StoredItem> ItemCacheShard::find(std::uint64_t hash, std::string_view key,
                                               CachePass& pass) {
    const base::MutexLock lock(mutex_);
    if (const std::uint64_t* const position = locate(hash, key)) {
        Entry& found = entry(*position);
        if (!found.is_hidden) {
            return StoredItem{std::string(found.text()), found.size_bytes};
        }
    }
    const Stripe& near = stripe(hash);
    pass = {near.hidden == 0, near.turn};
    return std::nullopt;
}

void ItemCacheShard::keep(std::uint64_t hash, std::string_view key, const ItemView& item,
                          CachePass pass) {
    const base::MutexLock lock(mutex_);
    const Stripe& near = stripe(hash);
    if (near.hidden == 0 && near.turn == pass.turn) {
        put(hash, key, item);
    }
}

void ItemCacheShard::hide(std::uint64_t hash, std::string_view key) {
    const base::MutexLock lock(mutex_);
    ++stripe(hash).hidden;
    if (const std::uint64_t* const position = locate(hash, key)) {
        entry(*position).is_hidden = true;
    }
}

void ItemCacheShard::renew(std::uint64_t hash, std::string_view key, const ItemView& item) {
    const base::MutexLock lock(mutex_);
    Stripe& near = stripe(hash);
    --near.hidden;
    ++near.turn;
    std::uint64_t* const position = locate(hash, key);
    if (position == nullptr) {
        return;
    }
    if (item.present()) {
        put(hash, key, item);
    } else {
        *position = 0;
    }
}

void ItemCacheShard::put(std::uint64_t hash, std::string_view key, const ItemView& item) {
    std::uint64_t* slot = locate(hash, key);
    if (slot != nullptr && entry(*slot).has_room_for(item)) {
        entry(*slot).write(item);
        return;
    }
    const std::size_t room = aligned(key.size() + item.text.size() + kSpareBytes);
    if (sizeof(Entry) + room > ring_.size() / kEntryPart) {
        if (slot != nullptr) {
            *slot = 0;  // what is there is no longer so
        }
        return;
    }
    const std::uint64_t position = make_room(sizeof(Entry) + room);
    if (slot == nullptr) {
        const auto ways = bucket(hash);
        slot = &*std::min_element(ways.begin(), ways.end());
    }
    *slot = position;
    Entry& fresh = entry(position);
    fresh.hash = hash;
    fresh.room_bytes = static_cast<std::uint32_t>(room);
    fresh.key_bytes = static_cast<std::uint16_t>(key.size());
    std::memcpy(fresh.data(), key.data(), key.size());
    fresh.write(item);
}

// Entries do not wrap: what is left at the end of the ring and too short is passed over.
std::uint64_t ItemCacheShard::make_room(std::size_t bytes) {
    const std::size_t left = ring_.size() - head_ % ring_.size();
    if (left < bytes) {
        head_ += left;
    }
    const std::uint64_t position = head_;
    head_ += bytes;
    return position;
}

}  // namespace millbeck::capture
