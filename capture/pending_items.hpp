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

namespace millbeck::capture {

// Reused from group to group. Views handed in must live until the next begin().
// Threads: one, the committer.
class PendingItems {
  public:
    // Forgets the last group and reads every item the requests name, once each.
    base::Status begin(const ItemStore& items, std::span<const WriteRequest> requests);

    // Where the item of the i-th write of the group (requests flattened) stands.
    [[nodiscard]] std::uint32_t slot(std::size_t write_index) const { return slots_[write_index]; }

    [[nodiscard]] const shardlog::ItemView& at(std::uint32_t slot) const { return items_[slot]; }
    void set(std::uint32_t slot, const shardlog::ItemView& item) { items_[slot] = item; }

  private:
    std::uint32_t find_or_add(const PreparedWrite& write);

    std::vector<std::uint32_t> buckets_;  // open addressing: slot + 1, or 0; a power of two of them
    std::vector<std::uint64_t> hashes_;   // by slot
    std::vector<std::string_view> keys_;  // by slot
    std::vector<shardlog::ItemView> items_;  // by slot
    std::vector<std::uint32_t> slots_;       // by write
    ItemReads reads_;
};

}  // namespace millbeck::capture
