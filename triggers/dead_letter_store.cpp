#include "triggers/dead_letter_store.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"
#include "triggers/dead_letter_sql.hpp"

namespace millbeck::triggers {

namespace {

using base::Code;
using base::Result;
using base::Statement;
using base::Status;

constexpr std::uint32_t kListMax = 1'000;

struct LetterStatements {
    Statement add, list, find, remove, function, fail_again;
};

Result<LetterStatements> prepare_letters(base::Database& database) {
    MB_TRY(auto add, database.prepare(kAddLetter));
    MB_TRY(auto list, database.prepare(kListLetters));
    MB_TRY(auto find, database.prepare(kFindLetter));
    MB_TRY(auto remove, database.prepare(kRemoveLetter));
    MB_TRY(auto function, database.prepare(kLetterFunction));
    MB_TRY(auto fail_again, database.prepare(kFailAgain));
    return LetterStatements{std::move(add),    std::move(list),     std::move(find),
                            std::move(remove), std::move(function), std::move(fail_again)};
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
            .event = row.column_text(14),
            .output = row.column_text(15)};
}

class SqliteDeadLetterStore final : public DeadLetterStore {
  public:
    SqliteDeadLetterStore(base::Database database, LetterStatements statements, std::uint64_t bytes,
                          DeadLetterOptions options, OutputOf output_of)
        : options_(options),
          output_of_(std::move(output_of)),
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
             .event = event_of(batch),
             .output = output_of(failed.function)});
    }

    Status take(const FinishedCall& call) override {
        const std::string separator = call.qualifier.empty() ? "" : ":";
        const std::string function = call.function + separator + call.qualifier;
        return keep({.trigger = {},
                     .function = function,
                     .stream_arn = {},
                     .shard_id = {},
                     .request_id = call.request_id,
                     .first_sequence = {},
                     .last_sequence = {},
                     .invoke_count = call.invoke_count,
                     .condition = call.condition,
                     .error = call.error,
                     .failed_at = call.ended_at,
                     .event = call.payload,
                     .output = output_of(function)});
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

    Result<bool> failed_again(std::int64_t number, const std::string& error,
                              base::WallTime at) override {
        const base::MutexLock lock(mutex_);
        statements_.function.bind(1, number);
        MB_TRY(const bool row, statements_.function.step());
        if (!row) {
            return false;
        }
        const std::string output = output_of(statements_.function.column_text(0));
        const auto before = static_cast<std::uint64_t>(statements_.function.column_int(1));
        statements_.function.reset();
        statements_.fail_again.bind(1, number)
            .bind(2, error)
            .bind(3, base::to_millis(at))
            .bind_blob(4, output);
        MB_TRY_STATUS(statements_.fail_again.run());
        bytes_ += output.size() - before;
        return true;
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
    [[nodiscard]] std::string output_of(std::string_view function) const {
        return output_of_ ? output_of_(function) : std::string();
    }

    Status keep(const DeadLetter& letter) {
        const base::MutexLock lock(mutex_);
        const std::uint64_t bytes = letter.event.size() + letter.output.size();
        if (bytes > options_.bytes_max - std::min(bytes_, options_.bytes_max)) {
            return base::fail(Code::LimitExceeded,
                              fmt::format("the dead letters are full ({} of {} bytes); remove some "
                                          "or allow them more",
                                          bytes_, options_.bytes_max));
        }
        bind_letter(letter);
        MB_TRY_STATUS(statements_.add.run());
        bytes_ += bytes;
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
            .bind_blob(13, letter.event)
            .bind_blob(14, letter.output);
    }

    const DeadLetterOptions options_;
    const OutputOf output_of_;
    base::Mutex mutex_;
    base::Database database_ MB_GUARDED_BY(mutex_);
    LetterStatements statements_
        MB_GUARDED_BY(mutex_);                   // after database_: they go before it closes
    std::uint64_t bytes_ MB_GUARDED_BY(mutex_);  // of events and outputs
};

}  // namespace

Result<std::unique_ptr<DeadLetterStore>> DeadLetterStore::open(const base::Path& file,
                                                               DeadLetterOptions options,
                                                               OutputOf output_of) {
    // Full: the checkpoint moves on once this has the batch, and the log may then forget it.
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kLetterSchema));
    MB_TRY(auto sum, database.prepare(kSumLetters));
    MB_TRY([[maybe_unused]] const bool row, sum.step());
    const auto bytes = static_cast<std::uint64_t>(sum.column_int(0));
    sum.reset();
    MB_TRY(auto statements, prepare_letters(database));
    return std::unique_ptr<DeadLetterStore>(std::make_unique<SqliteDeadLetterStore>(
        std::move(database), std::move(statements), bytes, options, std::move(output_of)));
}

}  // namespace millbeck::triggers
