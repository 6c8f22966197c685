// The sink's other doors: its position in the database, and the copy read back.
#include <utility>

#include "sinks/sql/canonical.hpp"
#include "sinks/sql/sql_sink.hpp"

namespace millbeck::sinks::sql {

using base::Result;
using base::Status;

namespace {

// expected() has no deadline of its own; it needs the server once at most.
constexpr base::Milliseconds kLookPatience{60'000};

}  // namespace

Result<std::optional<Positions>> SqlSink::positions(const std::string& generation,
                                                    base::Instant deadline) {
    MB_TRY(const Lease session, pool_.take(deadline));
    MB_TRY(const TargetState state, session->load(deadline));
    remember_shape(state.shape);
    // A table that was made and is gone took its rows along.
    if (state.generation != generation || (state.was_made && state.shape == nullptr)) {
        return std::nullopt;
    }
    return session->positions(generation, deadline);
}

Status SqlSink::begin(const std::string& generation, base::Instant deadline) {
    MB_TRY(const Lease session, pool_.take(deadline));
    MB_TRY(const TargetState state, session->load(deadline));
    MB_TRY_STATUS(session->begin(generation, state.shape.get(), deadline));
    remember_shape(nullptr);
    return {};
}

Result<std::optional<CopiedRow>> SqlSink::expected(const Message& row) const {
    MB_TRY(ParsedRow parsed, parse_row(row, options_.mapping));
    ShapePtr shape = remembered_shape();
    if (shape == nullptr) {
        const base::Instant deadline = clock_.instant() + kLookPatience;
        MB_TRY(const Lease session, pool_.take(deadline));
        MB_TRY(shape, shape_now(*session.operator->(), deadline));
    }
    if (shape == nullptr) {
        // No table yet: as it would be made. What is ignored is so in any case.
        MB_TRY(Shape first, first_shape(backend_->dialect(), options_, parsed.key));
        shape = std::make_shared<const Shape>(std::move(first));
    }
    CopiedRow copied;
    copied.key = std::string(row.key);
    MB_TRY(const PlacedRow placed, place(options_, *shape, std::move(parsed)));
    MB_TRY(copied.content, canonical_content(shape->columns(), placed.values));
    return copied;
}

Status SqlSink::scan(const std::function<Status(CopiedRow)>& visit, base::Instant deadline) {
    MB_TRY(const Lease session, pool_.take(deadline));
    MB_TRY(const TargetState state, session->load(deadline));
    remember_shape(state.shape);
    if (state.shape == nullptr) {
        return {};
    }
    const Shape& shape = *state.shape;
    return session->scan(
        shape,
        [&](const KeyValues& keys, const std::vector<Value>& values) -> Status {
            CopiedRow row;
            row.key = canonical_key(shape.keys(), keys, options_.mapping.rename);
            MB_TRY(row.content, canonical_content(shape.columns(), values));
            return visit(std::move(row));
        },
        deadline);
}

Status SqlSink::remove(const std::vector<std::string>& keys, base::Instant deadline) {
    MB_TRY(const Lease session, pool_.take(deadline));
    MB_TRY(const ShapePtr shape, shape_now(*session.operator->(), deadline));
    if (shape == nullptr) {
        return {};
    }
    std::vector<KeyValues> values;
    RowMapping names;
    names.rename = options_.mapping.rename;
    for (const std::string& key : keys) {
        MB_TRY(const Row row, make_row(key, names));
        MB_TRY(KeyValues placed, place_key(*shape, row));
        values.push_back(std::move(placed));
    }
    return session->remove(*shape, values, deadline);
}

}  // namespace millbeck::sinks::sql
