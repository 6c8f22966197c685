// The items a group touches, as they are after the writes of the group decided so far: what the
// tables hold, overlaid with what is not durable yet and no reader may see.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/item_store.hpp"
#include "capture/prepared_write.hpp"
#include "capture/recent_changes.hpp"

namespace millbeck::capture {

// Reused from group to group. Views handed in must live until the next begin().
// Threads: one, the committer.
class PendingItems {
  public:
    // Forgets the last group and takes the items the requests name as they were read ahead; reads
    // those again that may have changed since.
    base::Status begin(const ItemStore& items, const RecentChanges& recent,
                       std::span<const WriteRequest> requests);

    // Where the item of the i-th write of the group (requests flattened) stands.
    [[nodiscard]] std::uint32_t slot(std::size_t write_index) const { return slots_[write_index]; }

    [[nodiscard]] std::uint64_t hash(std::uint32_t slot) const { return hashes_[slot]; }
    [[nodiscard]] const shardlog::ItemView& at(std::uint32_t slot) const { return items_[slot]; }
    void set(std::uint32_t slot, const shardlog::ItemView& item) { items_[slot] = item; }

  private:
    std::uint32_t find_or_add(const PreparedWrite& write, const RecentChanges& recent);
    base::Status read_again(const ItemStore& items);

    std::vector<std::uint32_t> buckets_;  // open addressing: slot + 1, or 0; a power of two of them
    std::vector<std::uint64_t> hashes_;   // by slot
    std::vector<std::string_view> keys_;  // by slot
    std::vector<shardlog::ItemView> items_;  // by slot
    std::vector<std::uint32_t> slots_;       // by write
    std::vector<std::uint32_t> stale_slots_;
    std::vector<std::string_view> stale_keys_;
    ItemReads reads_;
};

}  // namespace millbeck::capture
