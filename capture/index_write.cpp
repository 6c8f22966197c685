#include "capture/index_write.hpp"

#include <algorithm>
#include <string>

namespace millbeck::capture {
namespace {

using shardlog::ItemView;

// One item's entry in one index; absent when the item has none.
struct Entry {
    Entry(const IndexPlan& index, const ItemView& item) {
        // The row key is the same before and after: what differs is what the index adds.
        present = item.present() && append_index_key(key, index, item.text, "");
        view = present ? entry_of(index, item, room) : ItemView{};
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    Entry(Entry&&) = delete;
    Entry& operator=(Entry&&) = delete;
    ~Entry() = default;

    bool present = false;
    std::string key;
    std::string room;
    ItemView view;
};

}  // namespace

std::vector<IndexWrite> index_writes(std::span<const IndexPlan> indexes, const ItemView& before,
                                     const ItemView& after) {
    std::vector<IndexWrite> writes;
    for (const IndexPlan& index : indexes) {
        if (index.kind() == IndexKind::Expiry) {
            continue;
        }
        const Entry old(index, before);
        const Entry now(index, after);
        IndexWrite write{index.name(), index.kind(), 0, 0};
        const bool stays = old.present && now.present && old.key == now.key;
        if (!stays) {
            write.removed_bytes = old.view.size_bytes;
            write.put_bytes = now.view.size_bytes;
        } else if (old.view.text != now.view.text) {
            write.put_bytes = std::max(old.view.size_bytes, now.view.size_bytes);
        }
        if (write.removed_bytes + write.put_bytes > 0) {
            writes.push_back(std::move(write));
        }
    }
    return writes;
}

bool fits_with_local_entries(std::span<const IndexPlan> indexes, const ItemView& item) {
    const auto local = std::ranges::count_if(
        indexes, [](const IndexPlan& index) { return index.kind() == IndexKind::Local; });
    if (item.size_bytes * static_cast<std::uint64_t>(1 + local) <= shardlog::kItemBytesMax) {
        return true;  // no entry is larger than its item
    }
    std::uint64_t bytes = item.size_bytes;
    for (const IndexPlan& index : indexes) {
        if (index.kind() == IndexKind::Local) {
            bytes += Entry(index, item).view.size_bytes;
        }
    }
    return bytes <= shardlog::kItemBytesMax;
}

}  // namespace millbeck::capture
