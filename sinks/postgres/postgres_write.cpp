// How a batch is written: COPY into temporary tables, then a merge; see the session's header.
#include <utility>

#include <fmt/format.h>

#include "sinks/postgres/pg_locks.hpp"
#include "sinks/postgres/pg_values.hpp"
#include "sinks/postgres/postgres_session.hpp"
#include "sinks/sql/statements.hpp"

namespace millbeck::sinks {

using base::Result;
using base::Status;
using sql::Column;
using sql::quote_literal;
using sql::quote_name;
using sql::Shape;

namespace {

constexpr std::string_view kStage = "pg_temp.millbeck_stage";
constexpr std::string_view kHistoryStage = "pg_temp.millbeck_history_stage";
constexpr std::string_view kHistoryColumns = "sequence, event, time_ms, key, new_image, old_image";

// What the tables being other than we think looks like: no such table, no such column, a column of
// another type.
bool is_of_shape(std::string_view sqlstate) {
    return sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "42804";
}

std::string stage_columns(const Shape& shape) {
    std::vector<Column> all = shape.keys();
    all.insert(all.end(), shape.columns().begin(), shape.columns().end());
    return fmt::format("{}, {}", sql::list_names(all), quote_name(sql::kSequenceColumn));
}

std::string stage_text(const Shape& shape, bool with_history) {
    const sql::Dialect& dialect = postgres_dialect();
    std::string text =
        fmt::format("DROP TABLE IF EXISTS {0}; CREATE TEMP TABLE millbeck_stage (", kStage);
    for (const Column& key : shape.keys()) {
        text += fmt::format("{} {}, ", quote_name(key.name), dialect.key_type_name(key.type));
    }
    for (const Column& column : shape.columns()) {
        text += fmt::format("{} {}, ", quote_name(column.name), dialect.type_name(column.type));
    }
    text +=
        fmt::format("{} {}, {} boolean) ON COMMIT DELETE ROWS", quote_name(sql::kSequenceColumn),
                    dialect.sequence_type, quote_name(sql::kRemovedColumn));
    if (with_history) {
        text += fmt::format(
            "; DROP TABLE IF EXISTS {}; CREATE TEMP TABLE millbeck_history_stage (sequence {}, "
            "event text, time_ms bigint, key jsonb, new_image jsonb, old_image jsonb) ON COMMIT "
            "DELETE ROWS",
            kHistoryStage, dialect.sequence_type);
    }
    return text;
}

void append_row(std::string& out, const Shape& shape, const sql::PlacedRow& row) {
    for (const Value& key : row.keys) {
        append_copy_field(out, key);
        out += '\t';
    }
    for (std::size_t i = 0; i < shape.columns().size(); ++i) {
        append_copy_field(out, row.removed ? Value{} : row.values[i]);
        out += '\t';
    }
    out.append(row.sequence).append(row.removed ? "\tt\n" : "\tf\n");
}

void append_json_field(std::string& out, const std::string& json) {
    out += '\t';
    if (json.empty()) {
        out += "\\N";
    } else {
        append_copy_text(out, encode_json(json));
    }
}

std::string history_rows(const std::vector<sql::HistoryRow>& rows) {
    std::string out;
    for (const sql::HistoryRow& row : rows) {
        fmt::format_to(std::back_inserter(out), "{}\t{}\t{}", row.sequence, row.event,
                       row.milliseconds);
        append_json_field(out, row.key);
        append_json_field(out, row.new_image);
        append_json_field(out, row.old_image);
        out += '\n';
    }
    return out;
}

std::string removal_text(const sql::TableNames& names, const Shape& shape, std::int64_t now_ms,
                         bool with_tombstones) {
    const std::string sequence = quote_name(sql::kSequenceColumn);
    std::string text =
        fmt::format("DELETE FROM {} c USING {} s WHERE s.{} AND {} AND c.{} <= s.{}; ",
                    quote_name(names.copy), kStage, quote_name(sql::kRemovedColumn),
                    sql::equal_keys(shape.keys(), "c", "s"), sequence, sequence);
    if (with_tombstones) {
        const std::string keys = sql::list_names(shape.keys());
        text += fmt::format("INSERT INTO {} AS d ({}, {}, {}) SELECT {}, {}, {} FROM {} WHERE {}",
                            quote_name(names.tombstones), keys, sequence,
                            quote_name(sql::kRemovedAtColumn), keys, sequence, now_ms, kStage,
                            quote_name(sql::kRemovedColumn)) +
                sql::on_conflict_raise_tombstone(shape) + "; ";
    }
    return text;
}

std::string upsert_text(const sql::TableNames& names, const Shape& shape) {
    const std::string sequence = quote_name(sql::kSequenceColumn);
    const std::string columns = stage_columns(shape);
    return fmt::format(
               "INSERT INTO {} AS c ({}) SELECT {} FROM {} s WHERE NOT s.{} AND NOT EXISTS "
               "(SELECT 1 FROM {} d WHERE {} AND d.{} >= s.{})",
               quote_name(names.copy), columns, columns, kStage, quote_name(sql::kRemovedColumn),
               quote_name(names.tombstones), sql::equal_keys(shape.keys(), "d", "s"), sequence,
               sequence) +
           sql::on_conflict_take_newer(shape) + "; ";
}

}  // namespace

// Lives as long as the connection, so it is made before the transaction that needs it.
Status PostgresSession::stage(const Shape& shape, base::Instant deadline) {
    if (staged_ && staged_->first == shape.keys() && staged_->second == shape.columns()) {
        return {};
    }
    staged_.reset();
    MB_TRY_STATUS(run(stage_text(shape, !shared_.names.history.empty()), deadline));
    staged_.emplace(shape.keys(), shape.columns());
    return {};
}

std::string PostgresSession::merge_text(const sql::Writing& writing) const {
    std::string text;
    bool has_rows = false;
    bool has_removals = false;
    for (const sql::PlacedRow& row : writing.rows) {
        (row.removed ? has_removals : has_rows) = true;
    }
    if (has_removals) {
        text += removal_text(shared_.names, writing.shape, base::to_millis(shared_.clock.wall()),
                             shared_.options.tombstones.count() > 0);
    }
    if (has_rows) {
        text += upsert_text(shared_.names, writing.shape);
    }
    if (!writing.history.empty()) {
        text += fmt::format(
            "INSERT INTO {} (generation, shard, sequence, event, time, key, new_image, old_image) "
            "SELECT {}, {}, sequence, event, to_timestamp(time_ms / 1000.0), key, new_image, "
            "old_image FROM {} ON CONFLICT DO NOTHING; ",
            quote_name(shared_.names.history), quote_literal(writing.batch.generation),
            quote_literal(writing.batch.shard_id), kHistoryStage);
    }
    if (writing.prune_before_ms) {
        text += fmt::format("DELETE FROM {} WHERE {} < {}; ", quote_name(shared_.names.tombstones),
                            quote_name(sql::kRemovedAtColumn), *writing.prune_before_ms);
    }
    return text;
}

std::string PostgresSession::write_text(const sql::Writing& writing, base::Instant deadline) const {
    const Batch& batch = writing.batch;
    const std::string sink = quote_literal(shared_.sink_name);
    std::string text =
        begin_text(deadline) +
        fmt::format(
            "SELECT pg_advisory_xact_lock_shared({}), pg_advisory_xact_lock({}); SELECT "
            "generation FROM {} WHERE sink = {} AND shard = ''; COPY {} ({}, {}) FROM "
            "STDIN; ",
            lock_number(shared_.sink_name, ""), lock_number(shared_.sink_name, batch.shard_id),
            sql::kPositionsTable, sink, kStage, stage_columns(writing.shape),
            quote_name(sql::kRemovedColumn));
    if (!writing.history.empty()) {
        text += fmt::format("COPY {} ({}) FROM STDIN; ", kHistoryStage, kHistoryColumns);
    }
    text += merge_text(writing);
    if (writing.with_position && !batch.generation.empty()) {
        text += fmt::format(
            "INSERT INTO {} (sink, generation, shard, position) VALUES ({}, {}, {}, {}) ON "
            "CONFLICT (sink, shard) DO UPDATE SET generation = excluded.generation, position = "
            "excluded.position; ",
            sql::kPositionsTable, sink, quote_literal(batch.generation),
            quote_literal(batch.shard_id), quote_literal(batch.position));
    }
    return text + "COMMIT";
}

Result<sql::Written> PostgresSession::write(const sql::Writing& writing, base::Instant deadline) {
    MB_TRY_STATUS(stage(writing.shape, deadline));
    auto written = converse(writing, deadline);
    if (!written && is_of_shape(connection_->sqlstate())) {
        staged_.reset();
        return sql::Written::ShapeChanged;
    }
    return written;
}

Result<sql::Written> PostgresSession::converse(const sql::Writing& writing,
                                               base::Instant deadline) {
    using Kind = PgConnection::Step::Kind;
    MB_TRY_STATUS(connection_->send(write_text(writing, deadline), deadline));
    std::optional<std::string> generation;
    bool rows_sent = false;
    for (;;) {
        MB_TRY(PgConnection::Step step, connection_->next(deadline));
        if (step.kind == Kind::End) {
            return sql::Written::All;
        }
        if (step.kind == Kind::Rows && step.rows->size() > 0) {
            generation = step.rows->text(0, 0);  // of the last SELECT: the locks' says nothing
        } else if (step.kind == Kind::Rows) {
            generation.reset();
        }
        if (step.kind != Kind::CopyIn) {
            continue;
        }
        const std::string& wanted = writing.batch.generation;
        if (!rows_sent && !wanted.empty() && generation != wanted) {
            MB_TRY_STATUS(connection_->abandon_copy(deadline));
            return sql::Written::GenerationLost;
        }
        std::string data;
        if (rows_sent) {
            data = history_rows(writing.history);
        } else {
            for (const sql::PlacedRow& row : writing.rows) {
                append_row(data, writing.shape, row);
            }
        }
        rows_sent = true;
        MB_TRY_STATUS(connection_->copy(data, deadline));
        MB_TRY_STATUS(connection_->end_copy(deadline));
    }
}

}  // namespace millbeck::sinks
