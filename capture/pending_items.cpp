#include "capture/pending_items.hpp"

#include <bit>

namespace millbeck::capture {

std::uint32_t PendingItems::find_or_add(const PreparedWrite& write, const RecentChanges& recent) {
    const std::size_t mask = buckets_.size() - 1;
    std::size_t bucket = write.hash() & mask;
    while (buckets_[bucket] != 0) {
        const std::uint32_t slot = buckets_[bucket] - 1;
        if (hashes_[slot] == write.hash() && keys_[slot] == write.storage_key()) {
            return slot;
        }
        bucket = (bucket + 1) & mask;
    }
    const auto slot = static_cast<std::uint32_t>(keys_.size());
    buckets_[bucket] = slot + 1;
    hashes_.push_back(write.hash());
    keys_.push_back(write.storage_key());
    items_.push_back(write.before());
    if (recent.may_have_changed(write.hash(), write.read_at())) {
        stale_slots_.push_back(slot);
        stale_keys_.push_back(write.storage_key());
    }
    return slot;
}

base::Status PendingItems::begin(const ItemStore& items, const RecentChanges& recent,
                                 std::span<const WriteRequest> requests) {
    std::size_t writes = 0;
    for (const WriteRequest& request : requests) {
        writes += request.writes.size();
    }
    buckets_.assign(std::bit_ceil(writes * 2 + 1), 0);
    hashes_.clear();
    keys_.clear();
    items_.clear();
    slots_.clear();
    stale_slots_.clear();
    stale_keys_.clear();
    for (const WriteRequest& request : requests) {
        for (const PreparedWrite& write : request.writes) {
            slots_.push_back(find_or_add(write, recent));
        }
    }
    return stale_keys_.empty() ? base::Status{} : read_again(items);
}

base::Status PendingItems::read_again(const ItemStore& items) {
    MB_TRY_STATUS(items.read(stale_keys_, reads_));
    for (std::size_t i = 0; i < stale_slots_.size(); ++i) {
        items_[stale_slots_[i]] = reads_.item(i);
    }
    return {};
}

}  // namespace millbeck::capture
