// The door that a database's back-end implements: one connection, and where connections come from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sql/batch_plan.hpp"
#include "sinks/sql/column.hpp"
#include "sinks/sql/dialect.hpp"
#include "sinks/sql/found_table.hpp"

namespace millbeck::sinks::sql {

// What the database says of this sink.
struct TargetState {
    std::optional<std::string> generation;  // nullopt: never begun, or lost
    bool was_made = false;                  // the generation's copy had a table
    std::shared_ptr<const Shape> shape;     // null: there is no table now
};

// One transaction's worth. Borrowed.
struct Writing {
    const Batch& batch;
    const Shape& shape;
    std::vector<PlacedRow> rows;
    std::vector<HistoryRow> history;
    bool with_position = false;  // the batch's, if it has one
    // Tombstones that are older go; nullopt: none are looked at now.
    std::optional<std::int64_t> prune_before_ms;
};

enum class Written : std::uint8_t {
    All,
    GenerationLost,  // nothing was written: the target is not of the batch's generation
    ShapeChanged,    // nothing was written: the tables are not as `shape` says; load() again
};

using KeyValues = std::vector<Value>;

// Another sink keeps its copy in this table.
tl::unexpected<base::Error> fail_owned(const std::string& table, const std::string& other_sink);

// A connection. After an error it may be broken: is_usable() says so, and it is thrown away.
// Threads: one at a time. Errors: Unavailable, DeadlineExceeded, Io, NoSpace, Invalid, Cancelled.
class Session {
  public:
    virtual ~Session() = default;

    // Makes what is missing beside the copy, and looks at the copy. `shape` is not older than
    // `was_made`: a table that was made and is not there is gone.
    virtual base::Result<TargetState> load(base::Instant deadline) = 0;
    // Makes the tables that are missing, and notes that they were.
    virtual base::Status create(const Shape& shape, base::Instant deadline) = 0;
    virtual base::Status add(const std::vector<Column>& columns, base::Instant deadline) = 0;

    // All of it, or nothing.
    virtual base::Result<Written> write(const Writing& writing, base::Instant deadline) = 0;

    virtual base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                             base::Instant deadline) = 0;
    // `shape`: of the tables there are, null when there are none.
    virtual base::Status begin(const std::string& generation, const Shape* shape,
                               base::Instant deadline) = 0;

    using Visit = std::function<base::Status(KeyValues keys, std::vector<Value> values)>;
    virtual base::Status scan(const Shape& shape, const Visit& visit, base::Instant deadline) = 0;
    virtual base::Status remove(const Shape& shape, const std::vector<KeyValues>& keys,
                                base::Instant deadline) = 0;

    [[nodiscard]] virtual bool is_usable() const = 0;
};

// Threads: any.
class Backend {
  public:
    virtual ~Backend() = default;
    [[nodiscard]] virtual const Dialect& dialect() const = 0;
    // Connections at most.
    [[nodiscard]] virtual unsigned sessions_max() const = 0;
    virtual base::Result<std::unique_ptr<Session>> connect(base::Instant deadline) = 0;
    // Ends what all sessions wait for, now and later: they fail with Cancelled.
    virtual void cut() = 0;
};

}  // namespace millbeck::sinks::sql
