#include "capture/item_store.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include "base/mutex.hpp"
#include "capture/item_store_options.hpp"
#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using rocksdb::Slice;
using shardlog::EventName;
using shardlog::ItemView;
using shardlog::SequenceNumber;
using shardlog::TableId;

static_assert(std::endian::native == std::endian::little, "stored integers are copied as they are");

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kSizeAt = 1;
constexpr std::size_t kSequenceAt = 5;
constexpr std::size_t kHeaderBytes = 13;
constexpr std::string_view kAppliedKey = "applied";
constexpr std::string_view kCountsPrefix = "counts/";

using Header = std::array<char, kHeaderBytes>;

Slice to_slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

std::string_view bytes_of(const Slice& slice) {
    return {slice.data(), slice.size()};
}

Status to_status(const rocksdb::Status& status, std::string_view what) {
    if (status.ok()) {
        return {};
    }
    Code code = Code::Io;
    if (status.IsNoSpace()) {
        code = Code::NoSpace;
    } else if (status.IsCorruption()) {
        code = Code::Corrupt;
    }
    return fail(code, "tables: " + std::string(what) + ": " + status.ToString());
}

Header make_header(std::uint32_t size_bytes, SequenceNumber sequence) {
    Header header{};
    const std::uint64_t position = sequence.position();
    header[0] = static_cast<char>(kFormat);
    std::memcpy(&header[kSizeAt], &size_bytes, sizeof(size_bytes));
    std::memcpy(&header[kSequenceAt], &position, sizeof(position));
    return header;
}

// A stored value cannot be shorter than its header plus `{}`.
Result<ItemView> parse_value(std::string_view value) {
    if (value.size() < kHeaderBytes + 2 || static_cast<std::uint8_t>(value[0]) != kFormat) {
        return fail(Code::Corrupt, "tables: an item is stored in an unknown format");
    }
    ItemView view;
    std::memcpy(&view.size_bytes, value.data() + kSizeAt, sizeof(view.size_bytes));
    view.text = {value.data() + kHeaderBytes, value.size() - kHeaderBytes};
    return view;
}

std::string table_prefix(TableId table) {
    std::string prefix;
    append_table_prefix(prefix, table);
    return prefix;
}

std::string counts_key(TableId table) {
    return std::string(kCountsPrefix) + table_prefix(table);
}

template <typename T>
std::string_view memory_of(const T& value) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes of a trivial value.
    return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

std::int64_t items_added(EventName event) {
    switch (event) {
        case EventName::Insert:
            return 1;
        case EventName::Modify:
            return 0;
        case EventName::Remove:
            return -1;
    }
    return 0;
}

}  // namespace

struct ItemReads::State {
    std::vector<Slice> keys;
    std::vector<rocksdb::PinnableSlice> values;
    std::vector<rocksdb::Status> statuses;
    std::vector<ItemView> items;
};

ItemReads::ItemReads() : state_(std::make_unique<State>()) {}
ItemReads::~ItemReads() = default;

ItemView ItemReads::item(std::size_t i) const {
    return state_->items[i];
}

struct ItemStore::State {
    using CountMap = std::unordered_map<std::uint32_t, TableCounts>;

    std::unique_ptr<rocksdb::DB> db;
    rocksdb::ColumnFamilyHandle* items = nullptr;  // closed in ~ItemStore
    rocksdb::ColumnFamilyHandle* meta = nullptr;
    rocksdb::WriteOptions write_options;
    rocksdb::WriteBatch batch;              // at work
    CountMap touched;                       // the counts after the batch at work
    std::atomic<std::uint64_t> applied{0};  // valid when `ever_applied`
    std::atomic<bool> ever_applied{false};
    mutable base::Mutex mutex;
    CountMap counts MB_GUARDED_BY(mutex);

    Status load();
    Status load_counts();
    TableCounts& touch(TableId table);
    Status stage(const ItemChange& change);
    Status stage_meta(SequenceNumber through);
    [[nodiscard]] TableCounts counts_of(TableId table) const;
};

Status ItemStore::State::load() {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db->Get(rocksdb::ReadOptions(), meta, to_slice(kAppliedKey), &value);
    if (status.IsNotFound()) {
        return {};
    }
    MB_TRY_STATUS(to_status(status, "read the applied position"));
    std::uint64_t position = 0;
    if (value.size() != sizeof(position)) {
        return fail(Code::Corrupt, "tables: the applied position has a wrong size");
    }
    std::memcpy(&position, value.data(), sizeof(position));
    applied = position;
    ever_applied = true;
    return load_counts();
}

Status ItemStore::State::load_counts() {
    const base::MutexLock lock(mutex);
    const std::unique_ptr<rocksdb::Iterator> rows(db->NewIterator(rocksdb::ReadOptions(), meta));
    for (rows->Seek(to_slice(kCountsPrefix)); rows->Valid(); rows->Next()) {
        const Slice key = rows->key();
        if (!key.starts_with(to_slice(kCountsPrefix))) {
            break;
        }
        TableCounts row;
        if (key.size() != kCountsPrefix.size() + kTablePrefixBytes ||
            rows->value().size() != sizeof(row)) {
            return fail(Code::Corrupt, "tables: the counts of a table have a wrong size");
        }
        std::memcpy(&row, rows->value().data(), sizeof(row));
        std::uint32_t id = 0;
        for (std::size_t i = kCountsPrefix.size(); i < key.size(); ++i) {
            id = (id << 8U) | static_cast<std::uint8_t>(key[i]);
        }
        counts[id] = row;
    }
    return to_status(rows->status(), "read the counts");
}

TableCounts ItemStore::State::counts_of(TableId table) const {
    const base::MutexLock lock(mutex);
    const auto found = counts.find(table.value());
    return found == counts.end() ? TableCounts{} : found->second;
}

TableCounts& ItemStore::State::touch(TableId table) {
    const auto found = touched.find(table.value());
    if (found != touched.end()) {
        return found->second;
    }
    return touched.emplace(table.value(), counts_of(table)).first->second;
}

Status ItemStore::State::stage(const ItemChange& change) {
    TableCounts& totals = touch(change.table);
    totals.items += items_added(change.event);
    totals.bytes -= change.old_size_bytes;

    const std::string prefix = table_prefix(change.table);  // four bytes: no allocation
    const std::array<Slice, 2> key = {to_slice(prefix), to_slice(change.row_key)};
    const rocksdb::SliceParts key_parts(key.data(), static_cast<int>(key.size()));
    if (change.event == EventName::Remove) {
        return to_status(batch.Delete(items, key_parts), "stage a removal");
    }
    totals.bytes += change.new_image.size_bytes;
    const Header header = make_header(change.new_image.size_bytes, change.sequence);
    const std::array<Slice, 2> value = {Slice(header.data(), header.size()),
                                        to_slice(change.new_image.text)};
    const rocksdb::SliceParts value_parts(value.data(), static_cast<int>(value.size()));
    return to_status(batch.Put(items, key_parts, value_parts), "stage an item");
}

Status ItemStore::State::stage_meta(SequenceNumber through) {
    for (const auto& [id, totals] : touched) {
        MB_TRY_STATUS(to_status(
            batch.Put(meta, to_slice(counts_key(TableId{id})), to_slice(memory_of(totals))),
            "stage counts"));
    }
    const std::uint64_t position = through.position();
    return to_status(batch.Put(meta, to_slice(kAppliedKey), to_slice(memory_of(position))),
                     "stage the position");
}

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
    auto state = std::make_unique<State>();
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
    MB_TRY_STATUS(state.stage_meta(through));
    MB_TRY_STATUS(to_status(state.db->Write(state.write_options, &state.batch), "apply"));
    {
        const base::MutexLock lock(state.mutex);
        for (const auto& [id, totals] : state.touched) {
            state.counts[id] = totals;
        }
    }
    state.applied = through.position();
    state.ever_applied = true;
    return {};
}

Result<std::optional<std::string>> ItemStore::get(std::string_view storage_key) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        state_->db->Get(rocksdb::ReadOptions(), state_->items, to_slice(storage_key), &value);
    if (status.IsNotFound()) {
        return std::optional<std::string>();
    }
    MB_TRY_STATUS(to_status(status, "read an item"));
    MB_TRY(const ItemView item, parse_value(bytes_of(value)));
    return std::optional<std::string>(item.text);
}

Status ItemStore::read(std::span<const std::string_view> storage_keys, ItemReads& reads) const {
    ItemReads::State& into = *reads.state_;
    const std::size_t count = storage_keys.size();
    into.keys.clear();
    for (const std::string_view key : storage_keys) {
        into.keys.push_back(to_slice(key));
    }
    for (rocksdb::PinnableSlice& value : into.values) {
        value.Reset();
    }
    if (count > into.values.size()) {
        // Made anew, not resized: a slice that is moved while it pins a block loses its own buffer
        // and must not be read into again.
        into.values = std::vector<rocksdb::PinnableSlice>(count);
        into.statuses.resize(count);
    }
    into.items.assign(count, ItemView{});
    const rocksdb::ReadOptions options;
    if (count == 1) {
        into.statuses[0] = state_->db->Get(options, state_->items, into.keys[0], &into.values[0]);
    } else {
        state_->db->MultiGet(options, state_->items, count, into.keys.data(), into.values.data(),
                             into.statuses.data());
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (into.statuses[i].IsNotFound()) {
            continue;
        }
        MB_TRY_STATUS(to_status(into.statuses[i], "read an item"));
        MB_TRY(into.items[i], parse_value(bytes_of(into.values[i])));
    }
    return {};
}

Status ItemStore::for_each(TableId table,
                           const std::function<Status(std::string_view item)>& visit) const {
    const std::string begin = table_prefix(table);
    const std::string end = table_prefix(TableId{table.value() + 1});
    const Slice end_slice = to_slice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &end_slice;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> rows(state_->db->NewIterator(options, state_->items));
    for (rows->Seek(to_slice(begin)); rows->Valid(); rows->Next()) {
        MB_TRY(const ItemView item, parse_value(bytes_of(rows->value())));
        MB_TRY_STATUS(visit(item.text));
    }
    return to_status(rows->status(), "read the items of a table");
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
    const rocksdb::RangePtr range(&from, &to);
    MB_TRY_STATUS(to_status(rocksdb::DeleteFilesInRanges(state.db.get(), state.items, &range, 1,
                                                         /*include_end=*/false),
                            "drop the files of a table"));
    rocksdb::WriteBatch batch;
    MB_TRY_STATUS(to_status(batch.DeleteRange(state.items, from, to), "stage a drop"));
    MB_TRY_STATUS(to_status(batch.Delete(state.meta, to_slice(counts_key(table))), "stage a drop"));
    MB_TRY_STATUS(to_status(state.db->Write(state.write_options, &batch), "drop a table"));
    const base::MutexLock lock(state.mutex);
    state.counts.erase(table.value());
    return {};
}

Result<SequenceNumber> ItemStore::flush() {
    // Read before the flush: what is applied meanwhile may or may not be covered.
    const SequenceNumber covered{state_->applied};
    MB_TRY_STATUS(to_status(
        state_->db->Flush(rocksdb::FlushOptions(), {state_->items, state_->meta}), "flush"));
    return covered;
}

}  // namespace millbeck::capture
