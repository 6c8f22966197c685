#include "capture/index_filler.hpp"

#include <algorithm>
#include <utility>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Result;
using base::Status;
using shardlog::TableId;

// About a millisecond: what a writer may have to wait longer meanwhile.
constexpr std::size_t kItemsAtOnce = 200;

std::optional<TableId> to_fill(const TableDescription& table) {
    for (const IndexDescription& index : table.indexes) {
        if (index.status == IndexStatus::Creating) {
            return index.id;
        }
    }
    if (table.time_to_live && table.time_to_live->status == IndexStatus::Creating) {
        return table.time_to_live->index;
    }
    return std::nullopt;
}

const IndexPlan* find_plan(const TableEntry& table, TableId index) {
    const auto found = std::find_if(table.indexes.begin(), table.indexes.end(),
                                    [&](const IndexPlan& plan) { return plan.id() == index; });
    return found == table.indexes.end() ? nullptr : &*found;
}

}  // namespace

void IndexFiller::find_job() {
    const auto tables = catalogue_.tables();
    if (tables == searched_) {
        return;
    }
    for (const auto& [name, entry] : tables->by_name) {
        if (const auto index = to_fill(entry->description)) {
            const TableId table = entry->description.id;
            job_ = Job{.table = table, .index = *index, .range = {}};
            append_table_prefix(job_->range.begin, table);
            append_table_prefix(job_->range.end, TableId{table.value() + 1});
            job_->range.cached = false;
            phase_ = Phase::Filling;
            return;
        }
    }
    searched_ = tables;
}

Result<bool> IndexFiller::step() {
    if (!job_) {
        find_job();
    }
    if (!job_) {
        return false;
    }
    const auto tables = catalogue_.tables();
    const TableEntry* table = tables->find(job_->table);
    if (table == nullptr || find_plan(*table, job_->index) == nullptr) {
        job_.reset();  // deleted meanwhile
        phase_ = Phase::Idle;
        return true;
    }
    if (phase_ == Phase::Filling) {
        MB_TRY_STATUS(fill(*table));
    } else if (phase_ == Phase::Flushed) {
        MB_TRY_STATUS(finish(*table));
    }
    return phase_ == Phase::Filling || phase_ == Phase::Idle;
}

Status IndexFiller::fill(const TableEntry& table) {
    MB_TRY(const std::size_t looked_at,
           items_.fill(job_->range, *find_plan(table, job_->index), kItemsAtOnce));
    if (looked_at < kItemsAtOnce) {
        phase_ = Phase::Filled;
    }
    return {};
}

void IndexFiller::flushed() {
    Phase filled = Phase::Filled;
    phase_.compare_exchange_strong(filled, Phase::Flushed);
}

Status IndexFiller::finish(const TableEntry& table) {
    TableDescription described = table.description;
    for (IndexDescription& index : described.indexes) {
        if (index.id == job_->index) {
            index.status = IndexStatus::Active;
        }
    }
    if (described.time_to_live && described.time_to_live->index == job_->index) {
        described.time_to_live->status = IndexStatus::Active;
    }
    MB_TRY_STATUS(catalogue_.update(described));
    job_.reset();
    phase_ = Phase::Idle;
    return {};
}

}  // namespace millbeck::capture
