#include "capture/item_store_state.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

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
constexpr std::string_view kAppliedKey = "applied";
constexpr std::string_view kCountsPrefix = "counts/";

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

Header make_header(std::uint32_t size_bytes, SequenceNumber sequence) {
    Header header{};
    const std::uint64_t position = sequence.position();
    header[0] = static_cast<char>(kFormat);
    std::memcpy(&header[kSizeAt], &size_bytes, sizeof(size_bytes));
    std::memcpy(&header[kSequenceAt], &position, sizeof(position));
    return header;
}

std::string counts_key(TableId table) {
    return std::string(kCountsPrefix) + table_prefix(table);
}

Result<SequenceNumber> ItemStore::State::applied_at(const rocksdb::Snapshot* snapshot) const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    rocksdb::PinnableSlice value;
    const rocksdb::Status status = db->Get(options, meta, to_slice(kAppliedKey), &value);
    if (status.IsNotFound()) {
        return SequenceNumber{};
    }
    MB_TRY_STATUS(to_status(status, "read the applied position"));
    std::uint64_t position = 0;
    if (value.size() != sizeof(position)) {
        return fail(Code::Corrupt, "tables: the applied position has a wrong size");
    }
    std::memcpy(&position, value.data(), sizeof(position));
    return SequenceNumber{position};
}

Status ItemStore::State::load() {
    MB_TRY(const SequenceNumber position, applied_at(nullptr));
    if (position == SequenceNumber{}) {
        return {};
    }
    applied = position.position();
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

Result<StoredItem> ItemStore::State::read_row(std::string_view storage_key) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        db->Get(rocksdb::ReadOptions(), items, to_slice(storage_key), &value);
    if (status.IsNotFound()) {
        return StoredItem();
    }
    MB_TRY_STATUS(to_status(status, "read an item"));
    MB_TRY(const ItemView item, parse_value(bytes_of(value)));
    return StoredItem{std::string(item.text), item.size_bytes};
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
    for (const IndexPlan& index : change.indexes) {
        MB_TRY_STATUS(stage_entry(change, index));
    }
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

Status ItemStore::State::write_batch() {
    MB_TRY_STATUS(to_status(db->Write(write_options, &batch), "apply"));
    const base::MutexLock lock(mutex);
    for (const auto& [id, totals] : touched) {
        counts[id] = totals;
    }
    return {};
}

Status ItemStore::State::stage_counts() {
    for (const auto& [id, totals] : touched) {
        MB_TRY_STATUS(to_status(
            batch.Put(meta, to_slice(counts_key(TableId{id})), to_slice(memory_of(totals))),
            "stage counts"));
    }
    return {};
}

Status ItemStore::State::stage_position(SequenceNumber through) {
    MB_TRY_STATUS(stage_counts());
    const std::uint64_t position = through.position();
    return to_status(batch.Put(meta, to_slice(kAppliedKey), to_slice(memory_of(position))),
                     "stage the position");
}

}  // namespace millbeck::capture
