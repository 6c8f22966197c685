#include "triggers/checkpoint_store.hpp"

#include <utility>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"
#include "triggers/checkpoint_changes.hpp"
#include "triggers/checkpoint_rows.hpp"
#include "triggers/checkpoint_sql.hpp"

namespace millbeck::triggers {

namespace {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::ShardId;

struct Statements {
    Statement load, advance, extend_gap, add_gap, limit_gaps, gaps, find_id, add_id, find_taken;
};

Result<Statements> prepare_all(base::Database& database) {
    MB_TRY(auto load, database.prepare(kLoad));
    MB_TRY(auto advance, database.prepare(kAdvance));
    MB_TRY(auto extend_gap, database.prepare(kExtendGap));
    MB_TRY(auto add_gap, database.prepare(kAddGap));
    MB_TRY(auto limit_gaps, database.prepare(kLimitGaps));
    MB_TRY(auto gaps, database.prepare(kGaps));
    MB_TRY(auto find_id, database.prepare(kFindId));
    MB_TRY(auto add_id, database.prepare(kAddId));
    MB_TRY(auto find_taken, database.prepare(kFindTaken));
    return Statements{std::move(load),    std::move(advance),    std::move(extend_gap),
                      std::move(add_gap), std::move(limit_gaps), std::move(gaps),
                      std::move(find_id), std::move(add_id),     std::move(find_taken)};
}

Result<GapReason> parse_reason(std::string_view text) {
    for (const GapReason reason : {GapReason::Trimmed, GapReason::Expired, GapReason::Exhausted}) {
        if (to_string(reason) == text) {
            return reason;
        }
    }
    return base::fail(Code::Invalid, "unknown gap reason " + std::string(text));
}

class SqliteCheckpointStore final : public CheckpointStore {
  public:
    SqliteCheckpointStore(base::Database database, Statements statements,
                          std::unique_ptr<base::Random> own_random, base::Random& random)
        : own_random_(std::move(own_random)),
          random_(random),
          database_(std::move(database)),
          statements_(std::move(statements)) {}

    [[nodiscard]] Result<std::vector<Checkpoint>> load(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        return load_locked(trigger);
    }

    Status advance(const TriggerId& trigger, const Checkpoint& checkpoint) override {
        const base::MutexLock lock(mutex_);
        return advance_locked(trigger, checkpoint);
    }

    Status advance_all(const TriggerId& trigger,
                       const std::vector<Checkpoint>& checkpoints) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        for (const Checkpoint& checkpoint : checkpoints) {
            MB_TRY_STATUS(advance_locked(trigger, checkpoint));
        }
        return transaction.commit();
    }

    [[nodiscard]] Result<std::optional<std::string>> generation(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto select, database_.prepare("SELECT generation FROM triggers WHERE id = ?1"));
        select.bind(1, trigger.value());
        MB_TRY(const bool known, select.step());
        if (!known || select.column_is_null(0)) {
            return std::nullopt;
        }
        return std::optional(select.column_text(0));
    }

    Status restart(const TriggerId& trigger, const std::string& generation,
                   const std::vector<Checkpoint>& checkpoints,
                   const std::optional<ChangeNote>& note) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY(auto begin, database_.prepare("UPDATE triggers SET generation = ?2 WHERE id = ?1"));
        begin.bind(1, trigger.value()).bind(2, generation);
        MB_TRY_STATUS(begin.run());
        MB_TRY(const auto change, replace_locked(trigger, checkpoints, note));
        return transaction.commit();
    }

    Result<CheckpointChange> replace_all(const TriggerId& trigger,
                                         const std::vector<Checkpoint>& checkpoints,
                                         const ChangeNote& note) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY(auto change, replace_locked(trigger, checkpoints, note));
        MB_TRY_STATUS(transaction.commit());
        return change;
    }

    [[nodiscard]] Result<std::vector<CheckpointChange>> changes(const TriggerId& trigger,
                                                                std::size_t limit) override {
        const base::MutexLock lock(mutex_);
        return read_changes(database_, trigger, limit);
    }

    Status record_gap(const Gap& gap) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        bind_gap(statements_.extend_gap, gap);
        MB_TRY(const bool extended, statements_.extend_gap.step());
        statements_.extend_gap.reset();
        if (!extended) {
            bind_gap(statements_.add_gap, gap);
            MB_TRY_STATUS(statements_.add_gap.run());
            statements_.limit_gaps.bind(1, gap.trigger.value())
                .bind(2, static_cast<std::int64_t>(kGapsMax));
            MB_TRY_STATUS(statements_.limit_gaps.run());
        }
        return transaction.commit();
    }

    [[nodiscard]] Result<std::vector<Gap>> gaps(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        std::vector<Gap> found;
        Statement& select = statements_.gaps;
        select.bind(1, trigger.value());
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row) {
                return found;
            }
            auto gap = read_gap(select, trigger);
            if (!gap) {
                select.reset();
                return base::with_context("gaps", std::move(gap).error());
            }
            found.push_back(*gap);
        }
    }

    Status forget(const TriggerId& trigger) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto transaction, base::Transaction::begin(database_));
        MB_TRY_STATUS(forget_changes(database_, trigger));
        for (const std::string_view sql :
             {"DELETE FROM checkpoints WHERE trigger_id = ?1",
              "DELETE FROM gaps WHERE trigger_id = ?1", "DELETE FROM triggers WHERE id = ?1"}) {
            MB_TRY(auto statement, database_.prepare(sql));
            statement.bind(1, trigger.value());
            MB_TRY_STATUS(statement.run());
        }
        return transaction.commit();
    }

    Status forget_shard(const TriggerId& trigger, const ShardId& shard) override {
        const base::MutexLock lock(mutex_);
        MB_TRY(auto statement,
               database_.prepare("DELETE FROM checkpoints WHERE trigger_id = ?1 AND shard = ?2"));
        statement.bind(1, trigger.value()).bind(2, shard.to_string());
        return statement.run();
    }

    Result<TriggerId> id_for(const std::string& name, const std::string& stream_arn) override {
        const base::MutexLock lock(mutex_);
        Statement& find = statements_.find_id;
        find.bind(1, name).bind(2, stream_arn);
        MB_TRY(const bool known, find.step());
        if (known) {
            TriggerId id{find.column_text(0)};
            find.reset();
            return id;
        }
        TriggerId id{base::make_uuid(random_)};
        statements_.add_id.bind(1, id.value()).bind(2, name).bind(3, stream_arn);
        MB_TRY_STATUS(statements_.add_id.run());
        return id;
    }

    Status adopt(const TriggerId& id, const std::string& name,
                 const std::string& stream_arn) override {
        const base::MutexLock lock(mutex_);
        Statement& taken = statements_.find_taken;
        taken.bind(1, id.value()).bind(2, name).bind(3, stream_arn);
        MB_TRY(const bool known, taken.step());
        if (known) {
            const bool is_same = taken.column_text(0) == id.value() &&
                                 taken.column_text(1) == name && taken.column_text(2) == stream_arn;
            taken.reset();
            return is_same ? Status{}
                           : base::fail(Code::InUse, "the trigger id or the name of \"" + name +
                                                         "\" belongs to another trigger already");
        }
        statements_.add_id.bind(1, id.value()).bind(2, name).bind(3, stream_arn);
        return statements_.add_id.run();
    }

  private:
    Result<std::vector<Checkpoint>> load_locked(const TriggerId& trigger) MB_REQUIRES(mutex_) {
        std::vector<Checkpoint> found;
        Statement& select = statements_.load;
        select.bind(1, trigger.value());
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row) {
                return found;
            }
            auto checkpoint = read_checkpoint(select);
            if (!checkpoint) {
                select.reset();
                return base::with_context("checkpoints", std::move(checkpoint).error());
            }
            found.push_back(*checkpoint);
        }
    }

    // Whatever there was; with a note, as a change. Requires: inside a transaction.
    Result<CheckpointChange> replace_locked(const TriggerId& trigger,
                                            const std::vector<Checkpoint>& checkpoints,
                                            const std::optional<ChangeNote>& note)
        MB_REQUIRES(mutex_) {
        CheckpointChange change;
        if (note) {
            MB_TRY(change.before, load_locked(trigger));
        }
        MB_TRY(auto clear, database_.prepare("DELETE FROM checkpoints WHERE trigger_id = ?1"));
        clear.bind(1, trigger.value());
        MB_TRY_STATUS(clear.run());
        for (const Checkpoint& checkpoint : checkpoints) {
            MB_TRY_STATUS(advance_locked(trigger, checkpoint));
        }
        if (note) {
            change.note = *note;
            change.after = checkpoints;
            MB_TRY_STATUS(add_change(database_, trigger, change));
        }
        return change;
    }

    Status advance_locked(const TriggerId& trigger, const Checkpoint& checkpoint)
        MB_REQUIRES(mutex_) {
        Statement& upsert = statements_.advance;
        upsert.bind(1, trigger.value())
            .bind(2, checkpoint.shard.to_string())
            .bind(3, checkpoint.next.to_string())
            .bind(4, static_cast<std::int64_t>(checkpoint.finished ? 1 : 0));
        bind_window(upsert, 5, checkpoint.window);
        if (checkpoint.copy) {
            upsert.bind(8, checkpoint.copy->to_text());
        } else {
            upsert.bind_null(8);
        }
        upsert.bind(9, checkpoint.told);
        MB_TRY(const bool moved, upsert.step());
        if (!moved) {
            return base::fail(Code::Invalid, "the checkpoint of " + checkpoint.shard.to_string() +
                                                 " would move backwards to " +
                                                 checkpoint.next.to_string());
        }
        // The commit happens at the end of the statement, so the step after the row can still fail.
        MB_TRY(const bool more, upsert.step());
        MB_CHECK(!more, "an upsert of one row returns one row");
        return {};
    }

    static Result<Checkpoint> read_checkpoint(const Statement& row) {
        MB_TRY(auto shard, stored(ShardId::parse(row.column_text(0))));
        MB_TRY(auto next, stored(SequenceNumber::parse(row.column_text(1))));
        Checkpoint checkpoint{shard, next, row.column_int(2) != 0, read_window(row, 3)};
        if (!row.column_is_null(6)) {
            MB_TRY(checkpoint.copy, stored(CopyState::parse(row.column_text(6))));
        }
        checkpoint.told = row.column_text(7);
        return checkpoint;
    }

    static Result<Gap> read_gap(const Statement& row, const TriggerId& trigger) {
        MB_TRY(auto shard, stored(ShardId::parse(row.column_text(0))));
        MB_TRY(auto from, stored(SequenceNumber::parse(row.column_text(1))));
        MB_TRY(auto to, stored(SequenceNumber::parse(row.column_text(2))));
        MB_TRY(auto reason, stored(parse_reason(row.column_text(4))));
        const base::WallTime noticed{base::Milliseconds{row.column_int(3)}};
        return Gap{trigger, shard, from, to, noticed, reason};
    }

    static void bind_gap(Statement& statement, const Gap& gap) {
        statement.bind(1, gap.trigger.value())
            .bind(2, gap.shard.to_string())
            .bind(3, gap.from.to_string())
            .bind(4, gap.to.to_string())
            .bind(5, base::to_millis(gap.noticed))
            .bind(6, to_string(gap.reason));
    }

    std::unique_ptr<base::Random> own_random_;
    base::Random& random_;
    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
    Statements statements_ MB_GUARDED_BY(mutex_);  // after database_: they go before it closes
};

Result<std::unique_ptr<CheckpointStore>> open_store(const base::Path& file,
                                                    std::unique_ptr<base::Random> own_random,
                                                    base::Random& random) {
    // Normal: a power cut may lose the newest checkpoints, which repeats batches; syncing each one
    // would put a disk write between every two batches of a shard and promise nothing more.
    MB_TRY(auto database, base::Database::open(file, base::Durability::Normal));
    MB_TRY_STATUS(database.migrate(kSchema));
    MB_TRY(auto statements, prepare_all(database));
    return std::unique_ptr<CheckpointStore>(std::make_unique<SqliteCheckpointStore>(
        std::move(database), std::move(statements), std::move(own_random), random));
}

}  // namespace

// `<next>`, and behind a blank what of the rows matters.
std::string position_text(const Checkpoint& checkpoint) {
    std::string text = checkpoint.next.to_string();
    if (checkpoint.copy) {
        text.append(" ").append(checkpoint.copy->to_text());
    }
    return text;
}

Result<Checkpoint> parse_position(const ShardId& shard, std::string_view text) {
    Checkpoint checkpoint{.shard = shard, .next = {}};
    const std::size_t blank = text.find(' ');
    MB_TRY(checkpoint.next, SequenceNumber::parse(text.substr(0, blank)));
    if (blank != std::string_view::npos) {
        MB_TRY(checkpoint.copy, CopyState::parse(text.substr(blank + 1)));
    }
    checkpoint.told = text;
    return checkpoint;
}

std::string_view to_string(GapReason reason) {
    switch (reason) {
        case GapReason::Trimmed:
            return "trimmed";
        case GapReason::Expired:
            return "expired";
        case GapReason::Exhausted:
            break;
    }
    return "exhausted";
}

std::string_view to_string(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::Set:
            return "set";
        case ChangeKind::Undo:
            return "undo";
        case ChangeKind::CopyBegun:
            break;
    }
    return "copy-begun";
}

Result<std::unique_ptr<CheckpointStore>> CheckpointStore::open(const base::Path& file) {
    auto random = base::system_random();
    base::Random& borrowed = *random;
    return open_store(file, std::move(random), borrowed);
}

Result<std::unique_ptr<CheckpointStore>> CheckpointStore::open(const base::Path& file,
                                                               base::Random& random) {
    return open_store(file, nullptr, random);
}

}  // namespace millbeck::triggers
