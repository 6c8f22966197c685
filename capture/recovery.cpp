#include "capture/recovery.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capture/row_key.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::CommitView;
using shardlog::RecordView;
using shardlog::SequenceNumber;

// Large batches, because they are sorted before they are applied.
constexpr std::size_t kBatchRecordsMax = 32'768;
constexpr std::size_t kBatchBytesMax = 8U << 20U;

// Applies commits in batches. Only whole commits: the position that is stored never stands inside
// one. A batch outlives the views of its commits, so it copies what it keeps.
class Replay {
  public:
    Replay(const TableMap& tables, ItemStore& items) : tables_(tables), items_(items) {}

    Status add(const CommitView& commit) {
        if (std::any_of(commit.records.begin(), commit.records.end(),
                        [&](const RecordView& record) { return lacks_old_text(record); })) {
            MB_TRY_STATUS(flush());  // so that the store has what these changes found
        }
        for (const RecordView& record : commit.records) {
            through_ = record.sequence;
            if (const TableEntry* table = tables_.find(record.table)) {
                MB_TRY_STATUS(keep(record, *table));
            } else {
                ++report_.records_skipped;
            }
        }
        const bool full = changes_.size() >= kBatchRecordsMax || bytes_.size() >= kBatchBytesMax;
        return full ? flush() : Status{};
    }

    Status flush() {
        if (through_ == applied_) {
            return {};
        }
        // Only now that the bytes no longer move.
        std::string_view rest = bytes_;
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            changes_[i].row_key = rest.substr(0, sizes_[i].key_bytes);
            changes_[i].new_image.text = rest.substr(sizes_[i].key_bytes, sizes_[i].item_bytes);
            rest.remove_prefix(sizes_[i].key_bytes + sizes_[i].item_bytes);
            changes_[i].old_text = rest.substr(0, sizes_[i].old_bytes);
            rest.remove_prefix(sizes_[i].old_bytes);
        }
        MB_TRY_STATUS(items_.apply(changes_, through_));
        applied_ = through_;
        report_.records_applied += changes_.size();
        changes_.clear();
        sizes_.clear();
        bytes_.clear();
        return {};
    }

    [[nodiscard]] const RecoveryReport& report() const { return report_; }

  private:
    struct Sizes {
        std::size_t key_bytes, item_bytes, old_bytes;
    };

    // Logged before its table had an index, which cannot do without.
    [[nodiscard]] bool lacks_old_text(const RecordView& record) const {
        const TableEntry* table = tables_.find(record.table);
        return table != nullptr && !table->indexes.empty() &&
               record.event != shardlog::EventName::Insert && record.old_image.text.empty();
    }

    Status keep(const RecordView& record, const TableEntry& table) {
        std::string_view old_text =
            table.indexes.empty() ? std::string_view() : record.old_image.text;
        StoredItem stored;
        if (lacks_old_text(record)) {
            std::string key;
            append_table_prefix(key, record.table);
            MB_TRY(stored, items_.get(key.append(record.row_key)));
            old_text = stored.text;
        }
        changes_.push_back({.table = record.table,
                            .event = record.event,
                            .sequence = record.sequence,
                            .row_key = {},
                            .new_image = {{}, record.new_image.size_bytes},
                            .old_size_bytes = record.old_image.size_bytes,
                            .old_text = {},
                            .indexes = table.indexes});
        sizes_.push_back({record.row_key.size(), record.new_image.text.size(), old_text.size()});
        bytes_.append(record.row_key).append(record.new_image.text).append(old_text);
        return {};
    }

    const TableMap& tables_;
    ItemStore& items_;
    std::vector<ItemChange> changes_;
    std::vector<Sizes> sizes_;
    std::string bytes_;  // row key, item and old item of each change, one after the other
    SequenceNumber through_;
    SequenceNumber applied_;
    RecoveryReport report_;
};

std::string text(SequenceNumber position) {
    return std::to_string(position.position());
}

// The oldest table a new, empty item store needs the whole history of; nullptr without tables.
const TableEntry* oldest_table(const TableMap& tables) {
    const TableEntry* oldest = nullptr;
    for (const auto& [name, entry] : tables.by_name) {
        if (oldest == nullptr || entry->first_position < oldest->first_position) {
            oldest = entry.get();
        }
    }
    return oldest;
}

Result<SequenceNumber> start_without_tables(const TableMap& tables, const shardlog::ShardLog& log) {
    const TableEntry* oldest = oldest_table(tables);
    if (oldest == nullptr) {
        return log.next_sequence();
    }
    const SequenceNumber first = log.stats().first;
    if (first > oldest->first_position && oldest->first_position < log.next_sequence()) {
        return fail(Code::Corrupt,
                    "the stored items are missing and the log cannot rebuild them: it begins at "
                    "position " +
                        text(first) + ", but table " + oldest->description.spec.name.value() +
                        " began at position " + text(oldest->first_position) +
                        ". Put the folder `tables` back from a backup, or start with a new data "
                        "folder");
    }
    return oldest->first_position;
}

}  // namespace

Result<RecoveryReport> recover(const TableMap& tables, const shardlog::ShardLog& log,
                               ItemStore& items) {
    SequenceNumber from;
    if (const auto applied = items.applied()) {
        if (*applied >= log.next_sequence()) {
            return fail(Code::Corrupt, "the stored items are newer (position " + text(*applied) +
                                           ") than the log, which ends before position " +
                                           text(log.next_sequence()) +
                                           ": the log was lost or replaced. Put it back from a "
                                           "backup, or start with a new data folder");
        }
        from = applied->next();
    } else {
        MB_TRY(from, start_without_tables(tables, log));
    }
    if (from >= log.next_sequence()) {
        return RecoveryReport{};
    }
    Replay replay(tables, items);
    Status scanned = log.scan(from, [&](const CommitView& commit) { return replay.add(commit); });
    if (!scanned && scanned.error().code == Code::Trimmed) {
        return fail(Code::Corrupt,
                    "the stored items end before position " + text(from) +
                        " and the log no longer reaches back to it: " + scanned.error().message +
                        ". Put the folder `tables` back from a newer backup, or start with a new "
                        "data folder");
    }
    MB_TRY_STATUS(scanned);
    MB_TRY_STATUS(replay.flush());
    return replay.report();
}

}  // namespace millbeck::capture
