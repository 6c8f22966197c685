#include "capture/pending_items.hpp"

#include <bit>

namespace millbeck::capture {

std::uint32_t PendingItems::find_or_add(const PreparedWrite& write) {
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
    return slot;
}

base::Status PendingItems::begin(const ItemStore& items, std::span<const WriteRequest> requests) {
    std::size_t writes = 0;
    for (const WriteRequest& request : requests) {
        writes += request.writes.size();
    }
    buckets_.assign(std::bit_ceil(writes * 2 + 1), 0);
    hashes_.clear();
    keys_.clear();
    items_.clear();
    slots_.clear();
    for (const WriteRequest& request : requests) {
        for (const PreparedWrite& write : request.writes) {
            slots_.push_back(find_or_add(write));
        }
    }
    MB_TRY_STATUS(items.read(keys_, reads_));
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        items_.push_back(reads_.item(i));
    }
    return {};
}

}  // namespace millbeck::capture
