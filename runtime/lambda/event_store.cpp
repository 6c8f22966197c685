#include "runtime/lambda/event_store.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/mutex.hpp"
#include "base/sqlite.hpp"

namespace millbeck::runtime::lambda {

namespace {

using base::Result;
using base::Statement;
using base::Status;

// Each later schema change is one more entry; entries never change.
constexpr std::array<std::string_view, 2> kSchema = {R"sql(
    CREATE TABLE events (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        function TEXT NOT NULL,
        qualifier TEXT NOT NULL,
        request_id TEXT NOT NULL,
        payload BLOB NOT NULL,
        client_context TEXT NOT NULL,
        trace_id TEXT NOT NULL,
        failures INTEGER NOT NULL,
        refusals INTEGER NOT NULL,
        accepted_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX events_by_due ON events (due_ms, number);
)sql",
                                                     R"sql(
    ALTER TABLE events ADD COLUMN ending BLOB NOT NULL DEFAULT x'';
)sql"};
constexpr std::string_view kAdd = R"sql(
    INSERT INTO events (function, qualifier, request_id, payload, client_context, trace_id,
        failures, refusals, accepted_ms, due_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING number)sql";
constexpr std::string_view kDue = R"sql(
    SELECT number, function, qualifier, request_id, payload, client_context, trace_id, failures,
        refusals, accepted_ms, due_ms, ending
    FROM events WHERE due_ms <= ?1 ORDER BY due_ms, number)sql";
constexpr std::string_view kNext = "SELECT min(due_ms) FROM events WHERE due_ms > ?1";
constexpr std::string_view kPostpone =
    "UPDATE events SET failures = ?2, refusals = ?3, due_ms = ?4 WHERE number = ?1";
constexpr std::string_view kEnd = "UPDATE events SET ending = ?2 WHERE number = ?1";
constexpr std::string_view kRemove =
    "DELETE FROM events WHERE number = ?1 RETURNING length(payload) + length(ending)";
constexpr std::string_view kSum =
    "SELECT coalesce(sum(length(payload) + length(ending)), 0) FROM events";

struct Statements {
    Statement add, due, next, postpone, end, remove;
};

Result<Statements> prepare(base::Database& database) {
    MB_TRY(auto add, database.prepare(kAdd));
    MB_TRY(auto due, database.prepare(kDue));
    MB_TRY(auto next, database.prepare(kNext));
    MB_TRY(auto postpone, database.prepare(kPostpone));
    MB_TRY(auto end, database.prepare(kEnd));
    MB_TRY(auto remove, database.prepare(kRemove));
    return Statements{std::move(add),      std::move(due), std::move(next),
                      std::move(postpone), std::move(end), std::move(remove)};
}

base::WallTime time_at(const Statement& row, int column) {
    return base::WallTime{base::Milliseconds{row.column_int(column)}};
}

QueuedEvent event_of(const Statement& row) {
    QueuedEvent event;
    event.number = row.column_int(0);
    event.function = row.column_text(1);
    event.qualifier = row.column_text(2);
    event.request_id = row.column_text(3);
    event.payload = row.column_text(4);
    event.client_context = row.column_text(5);
    event.trace_id = row.column_text(6);
    event.failures = static_cast<std::uint32_t>(row.column_int(7));
    event.refusals = static_cast<std::uint32_t>(row.column_int(8));
    event.accepted = time_at(row, 9);
    event.due = time_at(row, 10);
    event.ending = row.column_text(11);
    return event;
}

class SqliteEvents final : public EventStore {
  public:
    SqliteEvents(base::Database database, Statements statements, std::uint64_t bytes,
                 EventStoreOptions options)
        : options_(options),
          database_(std::move(database)),
          statements_(std::move(statements)),
          bytes_(bytes) {}

    Result<std::int64_t> add(const QueuedEvent& event) override {
        const base::MutexLock lock(mutex_);
        if (event.payload.size() > options_.bytes_max - std::min(bytes_, options_.bytes_max)) {
            return base::fail(
                base::Code::LimitExceeded,
                fmt::format("calls of type Event with {} bytes are waiting already", bytes_));
        }
        Statement& add = statements_.add;
        add.bind(1, event.function).bind(2, event.qualifier).bind(3, event.request_id);
        add.bind_blob(4, event.payload).bind(5, event.client_context).bind(6, event.trace_id);
        add.bind(7, std::int64_t{event.failures}).bind(8, std::int64_t{event.refusals});
        add.bind(9, base::to_millis(event.accepted)).bind(10, base::to_millis(event.due));
        MB_TRY([[maybe_unused]] const bool row, add.step());
        const std::int64_t number = add.column_int(0);
        MB_TRY_STATUS(add.step());  // it is there when the statement has come to its end
        bytes_ += event.payload.size();
        return number;
    }

    Result<std::vector<QueuedEvent>> due(base::WallTime now, const std::vector<std::int64_t>& busy,
                                         std::size_t limit) override {
        const base::MutexLock lock(mutex_);
        std::vector<QueuedEvent> events;
        statements_.due.bind(1, base::to_millis(now));
        while (events.size() < limit) {
            MB_TRY(const bool row, statements_.due.step());
            if (!row) {
                return events;
            }
            const std::int64_t number = statements_.due.column_int(0);
            if (std::find(busy.begin(), busy.end(), number) == busy.end()) {
                events.push_back(event_of(statements_.due));
            }
        }
        statements_.due.reset();
        return events;
    }

    Result<std::optional<base::WallTime>> next_due(base::WallTime now) override {
        const base::MutexLock lock(mutex_);
        Statement& next = statements_.next;
        next.bind(1, base::to_millis(now));
        MB_TRY([[maybe_unused]] const bool row, next.step());
        const auto when = next.column_is_null(0) ? std::optional<base::WallTime>()
                                                 : std::optional(time_at(next, 0));
        next.reset();
        return when;
    }

    Status postpone(const QueuedEvent& event) override {
        const base::MutexLock lock(mutex_);
        Statement& postpone = statements_.postpone;
        postpone.bind(1, event.number).bind(2, std::int64_t{event.failures});
        postpone.bind(3, std::int64_t{event.refusals}).bind(4, base::to_millis(event.due));
        return postpone.run();
    }

    Status end(const QueuedEvent& event) override {
        const base::MutexLock lock(mutex_);
        statements_.end.bind(1, event.number).bind_blob(2, event.ending);
        MB_TRY_STATUS(statements_.end.run());
        bytes_ += event.ending.size();
        return {};
    }

    Status remove(std::int64_t number) override {
        const base::MutexLock lock(mutex_);
        statements_.remove.bind(1, number);
        MB_TRY(const bool removed, statements_.remove.step());
        if (removed) {
            const auto bytes = static_cast<std::uint64_t>(statements_.remove.column_int(0));
            MB_TRY_STATUS(statements_.remove.step());
            bytes_ -= std::min(bytes_, bytes);
        }
        return {};
    }

  private:
    const EventStoreOptions options_;
    base::Mutex mutex_;
    base::Database database_;
    Statements statements_ MB_GUARDED_BY(mutex_);
    std::uint64_t bytes_ MB_GUARDED_BY(mutex_);
};

}  // namespace

Result<std::unique_ptr<EventStore>> EventStore::open(const base::Path& file,
                                                     EventStoreOptions options) {
    MB_TRY(auto database, base::Database::open(file, base::Durability::Full));
    MB_TRY_STATUS(database.migrate(kSchema));
    MB_TRY(auto statements, prepare(database));
    MB_TRY(auto sum, database.prepare(kSum));
    MB_TRY([[maybe_unused]] const bool row, sum.step());
    const auto bytes = static_cast<std::uint64_t>(sum.column_int(0));
    sum.reset();
    return std::unique_ptr<EventStore>(
        std::make_unique<SqliteEvents>(std::move(database), std::move(statements), bytes, options));
}

}  // namespace millbeck::runtime::lambda
