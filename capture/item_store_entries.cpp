#include <array>
#include <string>
#include <utility>

#include "capture/item_store_state.hpp"

namespace millbeck::capture {
namespace {

using base::Status;
using rocksdb::Slice;
using shardlog::EventName;
using shardlog::ItemView;
using shardlog::SequenceNumber;

}  // namespace

// Takes the entry of the item as it was and puts that of the item as it is.
Status ItemStore::State::stage_entry(const ItemChange& change, const IndexPlan& index) {
    std::string before;
    std::string after;
    const bool had = change.event != EventName::Insert &&
                     append_index_key(before, index, change.old_text, change.row_key);
    const bool has = change.event != EventName::Remove &&
                     append_index_key(after, index, change.new_image.text, change.row_key);
    const ItemView old{change.old_text, change.old_size_bytes};
    if (had && has && before == after) {
        return replace_entry(index, after, old, change);
    }
    if (had) {
        MB_TRY_STATUS(delete_entry(index, before, old));
    }
    return has ? put_entry(index, after, change.new_image, change.sequence) : Status{};
}

// Most changes leave an item where it stands in an index; many leave its entry as it is.
Status ItemStore::State::replace_entry(const IndexPlan& index, const std::string& key,
                                       const ItemView& old, const ItemChange& change) {
    std::string room_before;
    std::string room_after;
    const ItemView before = entry_of(index, old, room_before);
    const ItemView after = entry_of(index, change.new_image, room_after);
    if (before.text == after.text) {
        return {};
    }
    touch(index.id()).bytes += std::int64_t{after.size_bytes} - std::int64_t{before.size_bytes};
    return put_row(key, after, change.sequence);
}

Status ItemStore::State::delete_entry(const IndexPlan& index, const std::string& key,
                                      const ItemView& item) {
    std::string room;
    TableCounts& totals = touch(index.id());
    --totals.items;
    totals.bytes -= entry_of(index, item, room).size_bytes;
    return to_status(batch.Delete(items, to_slice(key)), "stage an index entry");
}

Status ItemStore::State::put_entry(const IndexPlan& index, const std::string& key,
                                   const ItemView& item, SequenceNumber sequence) {
    std::string room;
    const ItemView entry = entry_of(index, item, room);
    TableCounts& totals = touch(index.id());
    ++totals.items;
    totals.bytes += entry.size_bytes;
    return put_row(key, entry, sequence);
}

Status ItemStore::State::put_row(const std::string& key, const ItemView& entry,
                                 SequenceNumber sequence) {
    const Header header = make_header(entry.size_bytes, sequence);
    const Slice key_slice = to_slice(key);
    const std::array<Slice, 2> value = {Slice(header.data(), header.size()), to_slice(entry.text)};
    return to_status(batch.Put(items, rocksdb::SliceParts(&key_slice, 1),
                               rocksdb::SliceParts(value.data(), static_cast<int>(value.size()))),
                     "stage an index entry");
}

}  // namespace millbeck::capture
