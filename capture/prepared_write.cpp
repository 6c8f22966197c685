#include "capture/prepared_write.hpp"

#include <algorithm>
#include <utility>

#include "capture/key_check.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;

// Enough for hash, short keys and their map: most writes allocate once.
constexpr std::size_t kPackedReserveBytes = 160;

Result<const TableEntry*> find_table(const TableMap& tables, const shardlog::TableName& name) {
    const TableEntry* entry = tables.find(name.value());
    if (entry == nullptr) {
        return fail(Code::NotFound, "Requested resource not found");
    }
    return entry;
}

Status check_unique(std::span<const PreparedWrite> commit) {
    if (commit.size() < 2) {
        return {};
    }
    std::vector<std::string_view> keys;
    keys.reserve(commit.size());
    for (const PreparedWrite& write : commit) {
        keys.push_back(write.storage_key());
    }
    std::sort(keys.begin(), keys.end());
    if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) {
        return fail(Code::Invalid, "An atomic commit may write each item only once");
    }
    return {};
}

}  // namespace

Result<PreparedWrite> PreparedWrite::make(const TableMap& tables, Write&& write) {
    PreparedWrite prepared;
    const TableEntry* entry = nullptr;
    if (auto* put = std::get_if<PutWrite>(&write)) {
        if (put->item.size_bytes() > shardlog::kItemBytesMax) {
            return fail(Code::Invalid, "Item size has exceeded the maximum allowed size");
        }
        MB_TRY(entry, find_table(tables, put->table));
        MB_TRY_STATUS(check_item(entry->description.spec.keys, put->item));
        prepared.item_ = std::move(put->item);
        prepared.return_values_ = put->return_values;
        prepared.is_put_ = true;
    } else {
        auto& removal = std::get<DeleteWrite>(write);
        MB_TRY(entry, find_table(tables, removal.table));
        MB_TRY_STATUS(check_key(entry->description.spec.keys, removal.key));
        prepared.item_ = std::move(removal.key);
        prepared.return_values_ = removal.return_values;
    }
    prepared.pack(*entry);
    return prepared;
}

void PreparedWrite::pack(const TableEntry& entry) {
    const KeySchema& keys = entry.description.spec.keys;
    table_ = entry.description.id;
    packed_.reserve(kPackedReserveBytes);
    append_table_prefix(packed_, table_);
    append_row_key(packed_, keys, item_);
    storage_key_bytes_ = static_cast<std::uint32_t>(packed_.size());
    keys_size_bytes_ = append_keys_text(packed_, keys, item_);
    hash_ = hash_of_key(storage_key());
}

Result<WriteRequest> prepare(const TableMap& tables, std::vector<Commit>&& commits) {
    WriteRequest request;
    request.commit_ends.reserve(commits.size());
    std::size_t writes = 0;
    for (const Commit& commit : commits) {
        writes += commit.size();
    }
    request.writes.reserve(writes);
    for (Commit& commit : commits) {
        const std::size_t begin = request.writes.size();
        for (Write& write : commit) {
            MB_TRY(auto prepared, PreparedWrite::make(tables, std::move(write)));
            request.bytes += prepared.bytes();
            request.writes.push_back(std::move(prepared));
        }
        if (commit.empty()) {
            return fail(Code::Invalid, "An atomic commit needs at least one write");
        }
        MB_TRY_STATUS(check_unique(std::span(request.writes).subspan(begin)));
        request.commit_ends.push_back(static_cast<std::uint32_t>(request.writes.size()));
    }
    return request;
}

}  // namespace millbeck::capture
