#include "triggers/checkpoint_changes.hpp"

#include <limits>
#include <string>
#include <utility>

#include "triggers/checkpoint_rows.hpp"
#include "triggers/checkpoint_sql.hpp"

namespace millbeck::triggers {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::ShardId;

namespace {

constexpr std::string_view kBefore = "before";
constexpr std::string_view kAfter = "after";
enum class Windows { Kept, LeftOut };

Result<ChangeKind> parse_kind(std::string_view text) {
    for (const ChangeKind kind : {ChangeKind::Set, ChangeKind::Undo, ChangeKind::CopyBegun}) {
        if (to_string(kind) == text) {
            return kind;
        }
    }
    return base::fail(Code::Invalid, "unknown change " + std::string(text));
}

Status add_side(base::Database& database, std::int64_t change, std::string_view side,
                const std::vector<Checkpoint>& checkpoints, Windows windows) {
    MB_TRY(auto insert, database.prepare(kAddChanged));
    for (const Checkpoint& checkpoint : checkpoints) {
        insert.bind(1, change)
            .bind(2, side)
            .bind(3, checkpoint.shard.to_string())
            .bind(4, checkpoint.next.to_string())
            .bind(5, static_cast<std::int64_t>(checkpoint.finished ? 1 : 0));
        bind_window(insert, 6, windows == Windows::Kept ? checkpoint.window : std::nullopt);
        MB_TRY_STATUS(insert.run());
    }
    return {};
}

Result<std::vector<Checkpoint>> read_side(base::Database& database, std::int64_t change,
                                          std::string_view side) {
    MB_TRY(auto select, database.prepare(kChanged));
    select.bind(1, change).bind(2, side);
    std::vector<Checkpoint> found;
    for (;;) {
        MB_TRY(const bool row, select.step());
        if (!row) {
            return found;
        }
        MB_TRY(const auto shard, stored(ShardId::parse(select.column_text(0))));
        MB_TRY(const auto next, stored(SequenceNumber::parse(select.column_text(1))));
        found.push_back({.shard = shard,
                         .next = next,
                         .finished = select.column_int(2) != 0,
                         .window = read_window(select, 3)});
    }
}

Status drop_below(base::Database& database, const TriggerId& trigger, std::int64_t number) {
    for (const std::string_view sql : {kDropChanged, kDropChanges}) {
        MB_TRY(auto drop, database.prepare(sql));
        drop.bind(1, trigger.value()).bind(2, number);
        MB_TRY_STATUS(drop.run());
    }
    return {};
}

Status keep_to_limits(base::Database& database, const TriggerId& trigger, std::int64_t newest) {
    MB_TRY(auto drop_windows, database.prepare(kDropWindows));
    drop_windows.bind(1, trigger.value()).bind(2, newest);
    MB_TRY_STATUS(drop_windows.run());
    std::int64_t oldest = newest;
    {
        MB_TRY(auto select, database.prepare(kOldestKept));
        select.bind(1, trigger.value())
            .bind(2, static_cast<std::int64_t>(kChangesKeptMax))
            .bind(3, static_cast<std::int64_t>(kChangedCheckpointsMax));
        MB_TRY(const bool found, select.step());
        MB_CHECK(found && !select.column_is_null(0), "the newest change is always kept");
        oldest = select.column_int(0);
    }
    return drop_below(database, trigger, oldest);
}

}  // namespace

Status add_change(base::Database& database, const TriggerId& trigger, CheckpointChange& change) {
    {
        MB_TRY(auto insert, database.prepare(kAddChange));
        insert.bind(1, trigger.value())
            .bind(2, to_string(change.note.kind))
            .bind(3, change.note.reason)
            .bind(4, base::to_millis(change.note.at));
        if (change.note.undoes) {
            insert.bind(5, *change.note.undoes);
        } else {
            insert.bind_null(5);
        }
        insert.bind(6, static_cast<std::int64_t>(change.before.size() + change.after.size()));
        MB_TRY(const bool added, insert.step());
        MB_CHECK(added, "an insert of one row returns one row");
        change.number = insert.column_int(0);
    }
    MB_TRY_STATUS(add_side(database, change.number, kBefore, change.before, Windows::Kept));
    MB_TRY_STATUS(add_side(database, change.number, kAfter, change.after, Windows::LeftOut));
    return keep_to_limits(database, trigger, change.number);
}

Result<std::vector<CheckpointChange>> read_changes(base::Database& database,
                                                   const TriggerId& trigger, std::size_t limit) {
    MB_TRY(auto select, database.prepare(kChanges));
    select.bind(1, trigger.value()).bind(2, static_cast<std::int64_t>(limit));
    std::vector<CheckpointChange> found;
    for (;;) {
        MB_TRY(const bool row, select.step());
        if (!row) {
            return found;
        }
        CheckpointChange change;
        change.number = select.column_int(0);
        MB_TRY(change.note.kind, stored(parse_kind(select.column_text(1))));
        change.note.reason = select.column_text(2);
        change.note.at = base::WallTime{base::Milliseconds{select.column_int(3)}};
        if (!select.column_is_null(4)) {
            change.note.undoes = select.column_int(4);
        }
        MB_TRY(change.before, read_side(database, change.number, kBefore));
        MB_TRY(change.after, read_side(database, change.number, kAfter));
        found.push_back(std::move(change));
    }
}

Status forget_changes(base::Database& database, const TriggerId& trigger) {
    return drop_below(database, trigger, std::numeric_limits<std::int64_t>::max());
}

}  // namespace millbeck::triggers
