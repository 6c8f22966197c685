#include "capture/item_store.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <rocksdb/convenience.h>
#include <rocksdb/options.h>

#include "capture/item_store_options.hpp"
#include "capture/item_store_state.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {

using base::Result;
using base::Status;
using rocksdb::Slice;
using shardlog::ItemView;
using shardlog::SequenceNumber;
using shardlog::TableId;

namespace {

// Calls `visit` with the last of the changes of each item. Requires: changes of an item are
// neighbours, in order. `key` is where its storage key is put together.
template <typename Visit>
void for_each_newest(std::span<const ItemChange> changes, std::string& key, Visit visit) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const ItemChange& change = changes[i];
        if (i + 1 < changes.size() && changes[i + 1].table == change.table &&
            changes[i + 1].row_key == change.row_key) {
            continue;
        }
        key.clear();
        append_table_prefix(key, change.table);
        key.append(change.row_key);
        visit(change, ItemCache::Key(key));
    }
}

}  // namespace

ItemStore::ItemStore(std::unique_ptr<State> state) : state_(std::move(state)) {}

ItemStore::~ItemStore() {
    state_->db->DestroyColumnFamilyHandle(state_->items).PermitUncheckedError();
    state_->db->DestroyColumnFamilyHandle(state_->meta).PermitUncheckedError();
    state_->db->Close().PermitUncheckedError();
}

Result<std::unique_ptr<ItemStore>> ItemStore::open(const base::Path& folder,
                                                   const ItemStoreOptions& options) {
    const rocksdb::DBOptions db_options = make_db_options();
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
        {rocksdb::kDefaultColumnFamilyName, make_item_family_options(options)},
        {"meta", make_meta_family_options(options)}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    MB_TRY_STATUS(
        to_status(rocksdb::DB::Open(db_options, folder.string(), families, &handles, &db), "open"));
    auto state = std::make_unique<State>(options.item_cache_bytes);
    state->db.reset(db);
    state->items = handles[0];
    state->meta = handles[1];
    state->write_options.disableWAL = true;
    std::unique_ptr<ItemStore> store(new ItemStore(std::move(state)));
    MB_TRY_STATUS(store->state_->load());
    return store;
}

std::optional<SequenceNumber> ItemStore::applied() const {
    if (!state_->ever_applied) {
        return std::nullopt;
    }
    return SequenceNumber{state_->applied};
}

Status ItemStore::apply(std::span<ItemChange> changes, SequenceNumber through) {
    State& state = *state_;
    MB_CHECK(!state.ever_applied || through > SequenceNumber{state.applied},
             "a position is applied once");
    std::stable_sort(changes.begin(), changes.end(), [](const ItemChange& a, const ItemChange& b) {
        return a.table != b.table ? a.table.value() < b.table.value() : a.row_key < b.row_key;
    });
    state.batch.Clear();
    state.touched.clear();
    for (const ItemChange& change : changes) {
        MB_TRY_STATUS(state.stage(change));
    }
    MB_TRY_STATUS(state.stage_position(through));
    // Nobody may find an item as it was once the tables have it as it is. After a failure they stay
    // hidden, as the tables are not written again.
    for_each_newest(changes, state.item_key,
                    [&](const ItemChange&, const ItemCache::Key& key) { state.cache.hide(key); });
    MB_TRY_STATUS(state.write_batch());
    for_each_newest(changes, state.item_key,
                    [&](const ItemChange& change, const ItemCache::Key& key) {
                        state.cache.renew(key, change.new_image);
                    });
    state.applied = through.position();
    state.ever_applied = true;
    return {};
}

// An entry that is there was made by a write since the index was, and is newer than what is read
// here would make it.
Result<std::size_t> ItemStore::fill(ItemRange& range, const IndexPlan& index,
                                    std::size_t items_max) {
    State& state = *state_;
    state.batch.Clear();
    state.touched.clear();
    std::size_t looked_at = 0;
    std::string begin = range.begin;
    const ItemVisitor add = [&](std::string_view key, const ItemView& item) -> Result<Visit> {
        begin.assign(key).push_back('\0');
        std::string entry;
        if (append_index_key(entry, index, item.text, key.substr(kTablePrefixBytes))) {
            MB_TRY(const StoredItem there, state.read_row(entry));
            if (!there.present()) {
                MB_TRY_STATUS(state.put_entry(index, entry, item, SequenceNumber{state.applied}));
            }
        }
        return ++looked_at == items_max ? Visit::Stop : Visit::Continue;
    };
    MB_TRY_STATUS(visit(range, add));
    MB_TRY_STATUS(state.stage_counts());
    MB_TRY_STATUS(state.write_batch());
    range.begin = std::move(begin);
    return looked_at;
}

Status ItemStore::visit(const ItemRange& range, const ItemVisitor& visitor) const {
    const Slice begin = to_slice(range.begin);
    const Slice end = to_slice(range.end);
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &begin;
    options.iterate_upper_bound = &end;
    options.fill_cache = range.cached;
    const std::unique_ptr<rocksdb::Iterator> rows(state_->db->NewIterator(options, state_->items));
    const bool ascending = range.order == Order::Ascending;
    for (ascending ? rows->SeekToFirst() : rows->SeekToLast(); rows->Valid();
         ascending ? rows->Next() : rows->Prev()) {
        MB_TRY(const ItemView item, parse_value(bytes_of(rows->value())));
        MB_TRY(const Visit next, visitor(bytes_of(rows->key()), item));
        if (next == Visit::Stop) {
            return {};
        }
    }
    return to_status(rows->status(), "read the items of a table");
}

std::uint64_t ItemStore::approximate_bytes(const ItemRange& range) const {
    const rocksdb::Range rows(to_slice(range.begin), to_slice(range.end));
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = true;
    std::uint64_t bytes = 0;
    state_->db->GetApproximateSizes(options, state_->items, &rows, 1, &bytes)
        .PermitUncheckedError();
    return bytes;
}

TableCounts ItemStore::counts(TableId table) const {
    return state_->counts_of(table);
}

Status ItemStore::drop(TableId table) {
    State& state = *state_;
    const std::string begin = table_prefix(table);
    const std::string end = table_prefix(TableId{table.value() + 1});
    const Slice from = to_slice(begin);
    const Slice to = to_slice(end);
    // Whole files go at once, also under the snapshots of images that somebody still reads.
    if (!state.keeps_files(table)) {
        const rocksdb::RangePtr range(&from, &to);
        MB_TRY_STATUS(to_status(rocksdb::DeleteFilesInRanges(state.db.get(), state.items, &range, 1,
                                                             /*include_end=*/false),
                                "drop the files of a table"));
    }
    rocksdb::WriteBatch batch;
    MB_TRY_STATUS(to_status(batch.DeleteRange(state.items, from, to), "stage a drop"));
    MB_TRY_STATUS(to_status(batch.Delete(state.meta, to_slice(counts_key(table))), "stage a drop"));
    MB_TRY_STATUS(to_status(state.db->Write(state.write_options, &batch), "drop a table"));
    const base::MutexLock lock(state.mutex);
    state.counts.erase(table.value());
    return {};
}

std::uint64_t ItemStore::unflushed_bytes() const {
    std::uint64_t bytes = 0;
    state_->db->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &bytes);
    return bytes;
}

Result<SequenceNumber> ItemStore::flush() {
    // Read before the flush: what is applied meanwhile may or may not be covered.
    const SequenceNumber covered{state_->applied};
    MB_TRY_STATUS(to_status(
        state_->db->Flush(rocksdb::FlushOptions(), {state_->items, state_->meta}), "flush"));
    return covered;
}

}  // namespace millbeck::capture
