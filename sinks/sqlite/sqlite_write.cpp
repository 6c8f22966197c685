// How a batch is written, inside of a transaction of the session's.
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/statements.hpp"
#include "sinks/sqlite/sqlite_prepared.hpp"
#include "sinks/sqlite/sqlite_session.hpp"
#include "sinks/sqlite/sqlite_values.hpp"

namespace millbeck::sinks {

using base::Result;
using base::Statement;
using base::Status;
using sql::Column;
using sql::quote_name;
using sql::Shape;

namespace {

constexpr std::size_t kLookUpEvery = 256;  // rows between two looks at the deadline

// `?1, ?2, ?3`
std::string marks(std::size_t count) {
    std::string text;
    for (std::size_t i = 1; i <= count; ++i) {
        text += fmt::format("{}?{}", i == 1 ? "" : ", ", i);
    }
    return text;
}

// `d."a" = ?1 AND d."b" = ?2`
std::string keys_are_bound(const Shape& shape, std::string_view prefix) {
    std::string text;
    for (std::size_t i = 0; i < shape.keys().size(); ++i) {
        text += fmt::format("{}{}{} = ?{}", i == 0 ? "" : " AND ", prefix,
                            quote_name(shape.keys()[i].name), i + 1);
    }
    return text;
}

// Bound: keys, columns, sequence.
std::string upsert_text(const sql::TableNames& names, const Shape& shape, bool look_at_tombstones) {
    const std::size_t count = shape.keys().size() + shape.columns().size() + 1;
    const std::string sequence = quote_name(sql::kSequenceColumn);
    const std::string into = fmt::format(
        "INSERT INTO {} AS c ({}, {}{}{})", quote_name(names.copy), sql::list_names(shape.keys()),
        sql::list_names(shape.columns()), shape.columns().empty() ? "" : ", ", sequence);
    const std::string rows =
        look_at_tombstones
            ? fmt::format(
                  " SELECT {} WHERE NOT EXISTS (SELECT 1 FROM {} AS d WHERE {} AND d.{} >= "
                  "?{})",
                  marks(count), quote_name(names.tombstones), keys_are_bound(shape, "d."), sequence,
                  count)
            : fmt::format(" VALUES ({})", marks(count));
    return into + rows + sql::on_conflict_take_newer(shape);
}

std::string tombstone_text(const sql::TableNames& names, const Shape& shape) {
    return fmt::format("INSERT INTO {} AS d ({}, {}, {}) VALUES ({})", quote_name(names.tombstones),
                       sql::list_names(shape.keys()), quote_name(sql::kSequenceColumn),
                       quote_name(sql::kRemovedAtColumn), marks(shape.keys().size() + 2)) +
           sql::on_conflict_raise_tombstone(shape);
}

void bind_json(Statement& statement, int index, const std::string& json) {
    if (json.empty()) {
        statement.bind_null(index);
    } else {
        statement.bind(index, std::string_view(json));
    }
}

}  // namespace

std::string remove_text(const std::string& table, const Shape& shape) {
    return fmt::format("DELETE FROM {} WHERE {}", quote_name(table), keys_are_bound(shape, ""));
}

int bind_values(Statement& statement, int index, const std::vector<Value>& values) {
    for (const Value& value : values) {
        bind_value(statement, index++, value);
    }
    return index;
}

Status SqliteSession::prepare(const Shape& shape) {
    if (prepared_ != nullptr && prepared_->keys == shape.keys() &&
        prepared_->columns == shape.columns()) {
        return {};
    }
    prepared_.reset();
    const sql::TableNames& names = shared_.names;
    MB_TRY(Statement upsert, database_.prepare(upsert_text(names, shape, false)));
    MB_TRY(Statement unless_removed, database_.prepare(upsert_text(names, shape, true)));
    MB_TRY(Statement remove,
           database_.prepare(remove_text(names.copy, shape) +
                             fmt::format(" AND {} <= ?{}", quote_name(sql::kSequenceColumn),
                                         shape.keys().size() + 1)));
    MB_TRY(Statement tombstone, database_.prepare(tombstone_text(names, shape)));
    MB_TRY(Statement has_tombstones, database_.prepare(fmt::format("SELECT 1 FROM {} LIMIT 1",
                                                                   quote_name(names.tombstones))));
    MB_TRY(Statement position,
           database_.prepare("INSERT INTO millbeck_positions (sink, generation, shard, position) "
                             "VALUES (?, ?, ?, ?) ON CONFLICT (sink, shard) DO UPDATE SET "
                             "generation = excluded.generation, position = excluded.position"));
    std::optional<Statement> history;
    if (!names.history.empty()) {
        MB_TRY(Statement insert,
               database_.prepare(fmt::format(
                   "INSERT INTO {} (generation, shard, sequence, event, time, key, new_image, "
                   "old_image) VALUES ({}) ON CONFLICT DO NOTHING",
                   quote_name(names.history), marks(8))));
        history.emplace(std::move(insert));
    }
    prepared_ = std::make_unique<Prepared>(
        Prepared{shape.keys(), shape.columns(), std::move(upsert), std::move(unless_removed),
                 std::move(remove), std::move(tombstone), std::move(has_tombstones),
                 std::move(position), std::move(history)});
    return {};
}

Status SqliteSession::write_all(const sql::Writing& writing, base::Instant deadline) {
    MB_TRY_STATUS(prepare(writing.shape));
    MB_TRY_STATUS(write_rows(writing, deadline));
    MB_TRY_STATUS(write_history(writing));
    if (writing.prune_before_ms) {
        MB_TRY_STATUS(prune(*writing.prune_before_ms));
    }
    const Batch& batch = writing.batch;
    if (writing.with_position && !batch.generation.empty()) {
        MB_TRY_STATUS(write_position(batch.generation, batch.shard_id, batch.position));
    }
    return shared_.go_on(deadline);
}

Status SqliteSession::write_rows(const sql::Writing& writing, base::Instant deadline) {
    MB_TRY(const bool has_tombstones, prepared_->has_tombstones.step());
    prepared_->has_tombstones.reset();
    Statement& upsert = has_tombstones ? prepared_->upsert_unless_removed : prepared_->upsert;
    std::size_t done = 0;
    for (const sql::PlacedRow& row : writing.rows) {
        if (++done % kLookUpEvery == 0) {
            MB_TRY_STATUS(shared_.go_on(deadline));
        }
        if (row.removed) {
            MB_TRY_STATUS(write_removal(row));
            continue;
        }
        const int next = bind_values(upsert, bind_values(upsert, 1, row.keys), row.values);
        upsert.bind(next, padded_sequence(row.sequence));
        MB_TRY_STATUS(upsert.run());
    }
    return {};
}

Status SqliteSession::write_removal(const sql::PlacedRow& row) {
    const std::string sequence = padded_sequence(row.sequence);
    Statement& remove = prepared_->remove;
    remove.bind(bind_values(remove, 1, row.keys), sequence);
    MB_TRY_STATUS(remove.run());
    if (shared_.options.tombstones.count() == 0) {
        return {};
    }
    Statement& raise = prepared_->raise_tombstone;
    const int next = bind_values(raise, 1, row.keys);
    raise.bind(next, sequence).bind(next + 1, shared_.now_ms());
    return raise.run();
}

Status SqliteSession::prune(std::int64_t before_ms) {
    MB_TRY(Statement prune, database_.prepare(fmt::format("DELETE FROM {} WHERE {} < ?",
                                                          quote_name(shared_.names.tombstones),
                                                          quote_name(sql::kRemovedAtColumn))));
    prune.bind(1, before_ms);
    return prune.run();
}

Status SqliteSession::write_history(const sql::Writing& writing) {
    for (const sql::HistoryRow& row : writing.history) {
        Statement& insert = *prepared_->history;
        insert.bind(1, writing.batch.generation)
            .bind(2, writing.batch.shard_id)
            .bind(3, padded_sequence(row.sequence))
            .bind(4, row.event)
            .bind(5, row.milliseconds)
            .bind(6, row.key);
        bind_json(insert, 7, row.new_image);
        bind_json(insert, 8, row.old_image);
        MB_TRY_STATUS(insert.run());
    }
    return {};
}

Status SqliteSession::write_position(const std::string& generation, const std::string& shard,
                                     const std::string& position) {
    std::optional<Statement> fresh;
    if (prepared_ == nullptr) {
        MB_TRY(Statement insert,
               database_.prepare("INSERT INTO millbeck_positions (sink, generation, shard, "
                                 "position) VALUES (?, ?, ?, ?)"));
        fresh.emplace(std::move(insert));
    }
    Statement& insert = fresh ? *fresh : prepared_->write_position;
    insert.bind(1, shared_.sink_name).bind(2, generation).bind(3, shard).bind(4, position);
    return insert.run();
}

}  // namespace millbeck::sinks
