#include "capture/prepared_write.hpp"

#include <algorithm>
#include <utility>

#include "capture/expression/update_charge.hpp"
#include "capture/index_key_check.hpp"
#include "capture/index_write.hpp"
#include "capture/key_check.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::ItemView;

// Enough for hash, short keys and their map: most writes allocate once.
constexpr std::size_t kPackedReserveBytes = 160;

Result<const TableEntry*> find_table(const TableMap& tables, const shardlog::TableName& name) {
    const TableEntry* entry = tables.find(name.value());
    if (entry == nullptr) {
        return fail(Code::NotFound, "Requested resource not found");
    }
    return entry;
}

tl::unexpected<base::Error> too_large() {
    return fail(Code::Invalid, "Item size has exceeded the maximum allowed size");
}

bool are_distinct(std::span<const PreparedWrite> writes) {
    std::vector<std::string_view> keys;
    keys.reserve(writes.size());
    for (const PreparedWrite& write : writes) {
        keys.push_back(write.storage_key());
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

Status read_singly(std::span<PreparedWrite> writes, shardlog::SequenceNumber read_at,
                   const ItemStore& items) {
    for (PreparedWrite& write : writes) {
        MB_TRY(auto before, items.get(write.storage_key()));
        write.take_before(read_at, std::move(before));
    }
    return {};
}

// Cheaper for many, as each file of the tables is gone through once. Requires: are_distinct().
Status read_together(std::span<PreparedWrite> writes, shardlog::SequenceNumber read_at,
                     const ItemStore& items) {
    std::vector<std::string_view> keys;
    keys.reserve(writes.size());
    for (const PreparedWrite& write : writes) {
        keys.push_back(write.storage_key());
    }
    MB_TRY(auto before, items.get(keys));
    for (std::size_t i = 0; i < writes.size(); ++i) {
        writes[i].take_before(read_at, std::move(before[i]));
    }
    return {};
}

Status check_unique(std::span<const PreparedWrite> commit) {
    if (commit.size() > 1 && !are_distinct(commit)) {
        return fail(Code::Invalid, "An atomic commit may write each item only once");
    }
    return {};
}

}  // namespace

void PreparedWrite::take(PutWrite&& write) {
    kind_ = Kind::Put;
    item_ = std::move(write.item);
    return_values_ = write.return_values;
    report_ = write.report;
    condition_ = std::move(write.condition);
}

void PreparedWrite::take(DeleteWrite&& write) {
    kind_ = Kind::Delete;
    origin_ = write.origin;
    item_ = std::move(write.key);
    return_values_ = write.return_values;
    report_ = write.report;
    condition_ = std::move(write.condition);
}

void PreparedWrite::take(UpdateWrite&& write) {
    kind_ = Kind::Update;
    item_ = std::move(write.key);
    return_values_ = write.return_values;
    report_ = write.report;
    condition_ = std::move(write.condition);
    update_ = std::move(write.update);
    limit_ = write.limit;
}

void PreparedWrite::take(CheckWrite&& write) {
    kind_ = Kind::Check;
    item_ = std::move(write.key);
    condition_ = std::move(write.condition);
}

Status PreparedWrite::check(const TableEntry& table) const {
    const KeySchema& keys = table.description.spec.keys;
    MB_TRY_STATUS(kind_ == Kind::Put ? check_item(keys, item_) : check_key(keys, item_));
    if (condition_.holds) {
        MB_TRY_STATUS(condition_.holds->check_key_paths(keys, table.index_keys));
    }
    if (kind_ == Kind::Put && !table.indexes.empty()) {
        MB_TRY_STATUS(check_index_keys(table.indexes, item_.text()));
        if (!fits_with_local_entries(table.indexes, item_.view())) {
            return too_large();
        }
    }
    if (!update_) {
        return {};
    }
    if (limit_ == UpdateLimit::ItemAndUpdate &&
        expression::update_charge(update_->bindings()) > shardlog::kItemBytesMax) {
        return fail(Code::Invalid, "Item size to update has exceeded the maximum allowed size");
    }
    return update_->check_keys(keys, table.index_keys);
}

Result<PreparedWrite> PreparedWrite::make(const TableMap& tables, Write&& write) {
    PreparedWrite prepared;
    const auto* put = std::get_if<PutWrite>(&write);
    if (put != nullptr && put->item.size_bytes() > shardlog::kItemBytesMax) {
        return too_large();
    }
    MB_TRY(const TableEntry* entry,
           std::visit([&](const auto& each) { return find_table(tables, each.table); }, write));
    std::visit([&](auto&& each) { prepared.take(std::forward<decltype(each)>(each)); },
               std::move(write));
    MB_TRY_STATUS(prepared.check(*entry));
    prepared.pack(*entry);
    return prepared;
}

Result<ItemView> PreparedWrite::decide(const ItemView& before, std::string& made) const {
    if (condition_.holds && !condition_.holds->matches(before.text)) {
        return fail(Code::ConditionFailed, "The conditional request failed");
    }
    switch (kind_) {
        case Kind::Put:
            return item_.view();
        case Kind::Delete:
            return ItemView{};
        case Kind::Update: {
            MB_TRY(expression::Updated updated, update_->apply(before, keys()));
            made = std::move(updated.text);
            return ItemView{made, updated.size_bytes};
        }
        case Kind::Check:
            break;
    }
    return before;
}

std::optional<std::string> PreparedWrite::shown(const ItemView& before,
                                                const ItemView& after) const {
    const bool old =
        return_values_ == ReturnValues::AllOld || return_values_ == ReturnValues::UpdatedOld;
    const ItemView& item = old ? before : after;
    if (return_values_ == ReturnValues::None || !item.present()) {
        return std::nullopt;
    }
    const bool all =
        return_values_ == ReturnValues::AllOld || return_values_ == ReturnValues::AllNew;
    std::string text =
        all || !update_ ? std::string(item.text) : update_->touched_attributes(item.text);
    return text == "{}" ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> PreparedWrite::shown_refused(const ItemView& before) const {
    const bool wanted = condition_.on_failure == OnConditionFailure::ShowItem;
    return wanted && before.present() ? std::optional(std::string(before.text)) : std::nullopt;
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

// The position comes first: what is read after it is at least as new.
Status read_ahead(WriteRequest& request, const ItemStore& items) {
    const auto read_at = items.applied().value_or(shardlog::SequenceNumber{0});
    const bool together = request.writes.size() > 1 && are_distinct(request.writes);
    MB_TRY_STATUS(together ? read_together(request.writes, read_at, items)
                           : read_singly(request.writes, read_at, items));
    for (const PreparedWrite& write : request.writes) {
        request.bytes += write.before().text.size();
    }
    return {};
}

}  // namespace millbeck::capture
