#include "triggers/dead_letter_store.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"

namespace millbeck::triggers {

namespace {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;

constexpr std::uint32_t kListMax = 1'000;

// Each later schema change is one more entry; entries never change.
constexpr std::array<std::string_view, 1> kLetterSchema = {R"sql(
    CREATE TABLE dead_letters (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        trigger TEXT NOT NULL,
        function TEXT NOT NULL,
        stream_arn TEXT NOT NULL,
        shard TEXT NOT NULL,
        request_id TEXT NOT NULL,
        first_sequence TEXT NOT NULL,
        last_sequence TEXT NOT NULL,
        records INTEGER NOT NULL,
        invoke_count INTEGER NOT NULL,
        condition TEXT NOT NULL,
        error TEXT NOT NULL,
        failed_ms INTEGER NOT NULL,
        event BLOB NOT NULL
    ) STRICT;
)sql"};
constexpr std::string_view kAddLetter = R"sql(
    INSERT INTO dead_letters (trigger, function, stream_arn, shard, request_id, first_sequence,
        last_sequence, records, invoke_count, condition, error, failed_ms, event)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13))sql";
constexpr std::string_view kListLetters = R"sql(
    SELECT number, trigger, function, stream_arn, shard, request_id, first_sequence, last_sequence,
        records, invoke_count, condition, error, failed_ms, length(event), ''
    FROM dead_letters WHERE number > ?1 AND (?2 = '' OR trigger = ?2) ORDER BY number LIMIT ?3)sql";
constexpr std::string_view kFindLetter = R"sql(
    SELECT number, trigger, function, stream_arn, shard, request_id, first_sequence, last_sequence,
        records, invoke_count, condition, error, failed_ms, length(event), event
    FROM dead_letters WHERE number = ?1)sql";
constexpr std::string_view kRemoveLetter =
    "DELETE FROM dead_letters WHERE number = ?1 RETURNING length(event)";
constexpr std::string_view kSumLetters = "SELECT coalesce(sum(length(event)), 0) FROM dead_letters";

struct LetterStatements {
    Statement add, list, find, remove;
};

Result<LetterStatements> prepare_letters(base::Database& database) {
    MB_TRY(auto add, database.prepare(kAddLetter));
    MB_TRY(auto list, database.prepare(kListLetters));
    MB_TRY(auto find, database.prepare(kFindLetter));
    MB_TRY(auto remove, database.prepare(kRemoveLetter));
    return LetterStatements{std::move(add), std::move(list), std::move(find), std::move(remove)};
}

DeadLetter read_letter(const Statement& row) {
    return {.number = row.column_int(0),
            .trigger = row.column_text(1),
            .function = row.column_text(2),
            .stream_arn = row.column_text(3),
            .shard_id = row.column_text(4),
            .request_id = row.column_text(5),
            .first_sequence = row.column_text(6),
            .last_sequence = row.column_text(7),
            .records = static_cast<std::uint32_t>(row.column_int(8)),
            .invoke_count = static_cast<std::uint32_t>(row.column_int(9)),
            .condition = row.column_text(10),
            .error = row.column_text(11),
            .failed_at = base::WallTime{base::Milliseconds{row.column_int(12)}},
            .event_bytes = static_cast<std::uint64_t>(row.column_int(13)),
            .event = row.column_text(14)};
}

class SqliteDeadLetterStore final : public DeadLetterStore {
  public:
    SqliteDeadLetterStore(base::Database database, LetterStatements statements, std::uint64_t bytes,
                          DeadLetterOptions options)
        : options_(options),
          database_(std::move(database)),
          statements_(std::move(statements)),
          bytes_(bytes) {}

    Status take(const FailedBatch& failed) override {
        const sinks::Batch& batch = *failed.batch;
        return keep(
            {.trigger = failed.trigger_name,
             .function = failed.function,
             .stream_arn = failed.stream_arn,
             .shard_id = batch.shard_id,
             .request_id = batch.request_id,
             .first_sequence = std::string(batch.messages.empty() ? "" : batch.messages.front().id),
             .last_sequence = std::string(batch.messages.empty() ? "" : batch.messages.back().id),
             .records = static_cast<std::uint32_t>(batch.messages.size()),
             .invoke_count = failed.invoke_count,
             .condition = std::string(to_string(failed.condition)),
             .error = failed.error,
             .failed_at = failed.failed_at,
             .event = event_of(batch)});
    }

    Status take(const FinishedCall& call) override {
        const std::string separator = call.qualifier.empty() ? "" : ":";
        return keep({.trigger = {},
                     .function = call.function + separator + call.qualifier,
                     .stream_arn = {},
                     .shard_id = {},
                     .request_id = call.request_id,
                     .first_sequence = {},
                     .last_sequence = {},
                     .invoke_count = call.invoke_count,
                     .condition = call.condition,
                     .error = call.error,
                     .failed_at = call.ended_at,
                     .event = call.payload});
    }

    [[nodiscard]] Result<std::vector<DeadLetter>> list(const DeadLetterQuery& query) override {
        if (query.limit < 1 || query.limit > kListMax) {
            return base::fail(Code::Invalid, fmt::format("a list has 1 to {} dead letters, not {}",
                                                         kListMax, query.limit));
        }
        const base::MutexLock lock(mutex_);
        Statement& select = statements_.list;
        select.bind(1, query.above)
            .bind(2, query.trigger)
            .bind(3, static_cast<std::int64_t>(query.limit));
        std::vector<DeadLetter> found;
        for (;;) {
            MB_TRY(const bool row, select.step());
            if (!row) {
                return found;
            }
            found.push_back(read_letter(select));
        }
    }

    [[nodiscard]] Result<std::optional<DeadLetter>> find(std::int64_t number) override {
        const base::MutexLock lock(mutex_);
        Statement& select = statements_.find;
        select.bind(1, number);
        MB_TRY(const bool row, select.step());
        if (!row) {
            return std::optional<DeadLetter>{};
        }
        std::optional<DeadLetter> letter = read_letter(select);
        select.reset();
        return letter;
    }

    Result<bool> remove(std::int64_t number) override {
        const base::MutexLock lock(mutex_);
        Statement& remove = statements_.remove;
        remove.bind(1, number);
        MB_TRY(const bool row, remove.step());
        if (!row) {
            return false;
        }
        const auto bytes = static_cast<std::uint64_t>(remove.column_int(0));
        // The commit happens at the end of the statement, so the step after the row can still fail.
        MB_TRY(const bool more, remove.step());
        MB_CHECK(!more, "a number belongs to one dead letter");
        bytes_ -= bytes;
        return true;
    }

  private:
    Status keep(const DeadLetter& letter) {
        const base::MutexLock lock(mutex_);
        if (letter.event.size() > options_.bytes_max - std::min(bytes_, options_.bytes_max)) {
            return base::fail(Code::LimitExceeded,
                              fmt::format("the dead letters are full ({} of {} bytes); remove some "
                                          "or allow them more",
                                          bytes_, options_.bytes_max));
        }
        bind_letter(letter);
        MB_TRY_STATUS(statements_.add.run());
        bytes_ += letter.event.size();
        return {};
    }

    void bind_letter(const DeadLetter& letter) MB_REQUIRES(mutex_) {
        statements_.add.bind(1, letter.trigger)
            .bind(2, letter.function)
            .bind(3, letter.stream_arn)
            .bind(4, letter.shard_id)
            .bind(5, letter.request_id)
            .bind(6, letter.first_sequence)
            .bind(7, letter.last_sequence)
            .bind(8, std::int64_t{letter.records})
            .bind(9, std::int64_t{letter.invoke_count})
            .bind(10, letter.condition)
            .bind(11, letter.error)
            .bind(12, base::to_millis(letter.failed_at))
            .bind_blob(13, letter.event);
    }

    const DeadLetterOptions options_;
    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
    LetterStatements statements_
        MB_GUARDED_BY(mutex_);                   // after database_: they go before it closes
    std::uint64_t bytes_ MB_GUARDED_BY(mutex_);  // of the events
};

}  // namespace

Result<std::unique_ptr<DeadLetterStore>> DeadLetterStore::open(const base::Path& file,
                                                               DeadLetterOptions options) {
    // Full: the checkpoint moves on once this has the batch, and the log may then forget it.
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kLetterSchema));
    MB_TRY(auto sum, database.prepare(kSumLetters));
    MB_TRY([[maybe_unused]] const bool row, sum.step());
    const auto bytes = static_cast<std::uint64_t>(sum.column_int(0));
    sum.reset();
    MB_TRY(auto statements, prepare_letters(database));
    return std::unique_ptr<DeadLetterStore>(std::make_unique<SqliteDeadLetterStore>(
        std::move(database), std::move(statements), bytes, options));
}

}  // namespace millbeck::triggers
