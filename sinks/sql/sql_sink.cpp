#include "sinks/sql/sql_sink.hpp"

#include <utility>

#include "sinks/outcome.hpp"

namespace millbeck::sinks::sql {
namespace {

using base::Code;
using base::Error;
using base::MutexLock;
using base::Result;
using base::Status;

constexpr base::Milliseconds kPruneEvery{60'000};
// Only a sink that hangs in the disk takes longer; it is left behind then.
constexpr base::Milliseconds kCutPatience{60'000};
// Somebody alters the table while we write: looked at anew this often in one delivery.
constexpr int kAttempts = 4;

Outcome failed(Error error) {
    return outcome_of(Outcome::Kind::Failed, std::move(error));
}

// Rows fail together; of changes, those that no row can be made of fail alone.
Outcome outcome_with(const Batch& batch, const ParsedBatch& parsed) {
    if (parsed.refused.empty()) {
        return {};
    }
    if (batch.content == Content::Rows) {
        return failed({Code::Invalid, parsed.refusal});
    }
    Outcome outcome = outcome_of(Outcome::Kind::PartlyFailed, {Code::Invalid, parsed.refusal});
    outcome.failed = parsed.refused;
    return outcome;
}

}  // namespace

SqlSink::SqlSink(TableOptions options, std::unique_ptr<Backend> backend, unsigned concurrency,
                 const SinkContext& context)
    : options_(std::move(options)),
      backend_(std::move(backend)),
      concurrency_(concurrency),
      clock_(context.clock),
      extra_values_(context.metrics.counter("millbeck_sinks_extra_rows_total",
                                            "Rows with values that have no column of their own.",
                                            {{"sink", context.name}})),
      columns_added_(context.metrics.counter("millbeck_sinks_columns_added_total",
                                             "Columns that new attributes were given.",
                                             {{"sink", context.name}})),
      pool_(*backend_) {}

Outcome SqlSink::deliver(const Batch& batch, base::Instant deadline) {
    if (stopped_) {
        return outcome_of(Outcome::Kind::NotInvoked,
                          {Code::Cancelled, "the sink has been stopped"});
    }
    if (batch.messages.empty()) {
        return {};
    }
    if (clock_.instant() >= deadline) {
        return failed({Code::DeadlineExceeded, "the deadline had passed before the delivery"});
    }
    // Without a connection: several threads read JSON while one writes.
    ParsedBatch parsed = parse(batch);
    auto session = pool_.take(deadline);
    if (!session) {
        // A server that is down has seen nothing, and uses up no attempt.
        const Code code = session.error().code;
        return code == Code::Unavailable || code == Code::Cancelled
                   ? outcome_of(Outcome::Kind::NotInvoked, std::move(session).error())
                   : failed(std::move(session).error());
    }
    return write(*session->operator->(), batch, std::move(parsed), deadline);
}

ParsedBatch SqlSink::parse(const Batch& batch) const {
    return parse_batch(batch, options_.mapping,
                       {.with_history = !options_.history.empty(),
                        .key_bytes_max = backend_->dialect().key_bytes_max});
}

Outcome SqlSink::write(Session& session, const Batch& batch, ParsedBatch parsed,
                       base::Instant deadline) {
    Outcome done = outcome_with(batch, parsed);
    if (done.kind == Outcome::Kind::Failed || parsed.rows.empty()) {
        return done;
    }
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (attempt > 0) {
            parsed = parse(batch);
        }
        auto shape = shape_for(session, batch, parsed.rows, deadline);
        if (!shape) {
            return failed(std::move(shape).error());
        }
        if (*shape == nullptr) {
            remember_shape(nullptr);
            return outcome_of(Outcome::Kind::PositionLost);
        }
        auto rows = place_all(**shape, std::move(parsed.rows));
        if (!rows) {
            return failed(std::move(rows).error());
        }
        const auto written = session.write({.batch = batch,
                                            .shape = **shape,
                                            .rows = std::move(*rows),
                                            .history = std::move(parsed.history),
                                            .with_position = done.kind == Outcome::Kind::Delivered,
                                            .prune_before_ms = prune_before()},
                                           deadline);
        if (!written) {
            return failed(written.error());
        }
        if (*written == Written::All) {
            return done;
        }
        remember_shape(nullptr);
        if (*written == Written::GenerationLost) {
            return outcome_of(Outcome::Kind::PositionLost);
        }
    }
    return failed({Code::Unavailable, "the copy's table is altered faster than it can be read"});
}

Result<SqlSink::ShapePtr> SqlSink::find_or_make(Session& session, const Batch& batch,
                                                const std::vector<ParsedRow>& rows,
                                                base::Instant deadline) {
    MB_TRY(TargetState state, session.load(deadline));
    if (state.shape == nullptr) {
        const bool is_lost = state.generation != batch.generation || state.was_made;
        if (!batch.generation.empty() && is_lost) {
            return ShapePtr();
        }
        MB_TRY(Shape first, first_shape(backend_->dialect(), options_, rows.front().key));
        MB_TRY_STATUS(session.create(first, deadline));
        MB_TRY(state, session.load(deadline));
        if (state.shape == nullptr) {
            return base::fail(Code::Unavailable, "the copy's table went away while it was made");
        }
    }
    remember_shape(state.shape);
    return state.shape;
}

Result<SqlSink::ShapePtr> SqlSink::shape_for(Session& session, const Batch& batch,
                                             const std::vector<ParsedRow>& rows,
                                             base::Instant deadline) {
    ShapePtr shape = remembered_shape();
    if (shape == nullptr) {
        MB_TRY(shape, find_or_make(session, batch, rows, deadline));
        if (shape == nullptr) {
            return shape;
        }
    }
    const auto missing = missing_columns(backend_->dialect(), options_, *shape, rows);
    if (missing.empty()) {
        return shape;
    }
    // Whoever has begun another generation wants no columns from this one.
    MB_TRY(const TargetState state, session.load(deadline));
    if (!batch.generation.empty() && state.generation != batch.generation) {
        return ShapePtr();
    }
    MB_TRY_STATUS(session.add(missing, deadline));
    columns_added_.add(static_cast<double>(missing.size()));
    remember_shape(nullptr);
    return shape_now(session, deadline);
}

Result<std::vector<PlacedRow>> SqlSink::place_all(const Shape& shape, std::vector<ParsedRow> rows) {
    std::vector<PlacedRow> placed;
    placed.reserve(rows.size());
    const std::size_t extra = shape.find(std::string(kExtraColumn));
    double extras = 0;
    for (ParsedRow& row : rows) {
        MB_TRY(PlacedRow one, place(options_, shape, std::move(row)));
        extras +=
            extra != Shape::kNone && !one.removed && one.values[extra].kind != Value::Kind::Null
                ? 1
                : 0;
        placed.push_back(std::move(one));
    }
    extra_values_.add(extras);
    return placed;
}

Result<SqlSink::ShapePtr> SqlSink::shape_now(Session& session, base::Instant deadline) const {
    if (ShapePtr shape = remembered_shape(); shape != nullptr) {
        return shape;
    }
    MB_TRY(const TargetState state, session.load(deadline));
    remember_shape(state.shape);
    return state.shape;
}

SqlSink::ShapePtr SqlSink::remembered_shape() const {
    const MutexLock lock(mutex_);
    return shape_;
}

void SqlSink::remember_shape(ShapePtr shape) const {
    const MutexLock lock(mutex_);
    shape_ = std::move(shape);
}

std::optional<std::int64_t> SqlSink::prune_before() {
    const base::Instant now = clock_.instant();
    const MutexLock lock(mutex_);
    if (now < next_prune_ || options_.tombstones.count() == 0) {
        return std::nullopt;
    }
    next_prune_ = now + kPruneEvery;
    return base::to_millis(clock_.wall() - options_.tombstones);
}

void SqlSink::stop(base::Instant deadline) {
    stopped_ = true;
    pool_.close();
    if (!pool_.wait_until_idle(deadline)) {
        backend_->cut();
        // Cut sessions end by themselves, at once.
        static_cast<void>(pool_.wait_until_idle(clock_.instant() + kCutPatience));
    }
}

}  // namespace millbeck::sinks::sql
