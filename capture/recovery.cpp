#include "capture/recovery.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace millbeck::capture {
namespace {

using base::Code;
using base::fail;
using base::Result;
using base::Status;
using shardlog::CommitView;
using shardlog::RecordView;
using shardlog::SequenceNumber;

constexpr std::size_t kBatchBytesMax = 4U << 20U;

// Applies commits in batches. Only whole commits: the position that is stored never stands inside
// one.
class Replay {
  public:
    Replay(const TableMap& tables, ItemStore& items) : tables_(tables), items_(items) {}

    Status add(const CommitView& commit) {
        for (const RecordView& record : commit.records) {
            through_ = record.sequence;
            if (tables_.find(record.table) == nullptr) {
                ++report_.records_skipped;
                continue;
            }
            ++report_.records_applied;
            MB_TRY_STATUS(items_.stage({.table = record.table,
                                        .event = record.event,
                                        .sequence = record.sequence,
                                        .row_key = record.row_key,
                                        .new_image = record.new_image,
                                        .old_size_bytes = record.old_image.size_bytes}));
        }
        return items_.staged_bytes() >= kBatchBytesMax ? flush() : Status{};
    }

    Status flush() {
        if (through_ == applied_) {
            return {};
        }
        MB_TRY_STATUS(items_.apply(through_));
        applied_ = through_;
        return {};
    }

    [[nodiscard]] const RecoveryReport& report() const { return report_; }

  private:
    const TableMap& tables_;
    ItemStore& items_;
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
