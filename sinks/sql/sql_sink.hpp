// A table copied into a database: one row for each item, in columns or as JSON, and the position in
// the same transaction.
//   Promise: exactly-once effect. A batch's rows, its history and its position are committed
//   together; what the database says of the position wins over our own checkpoint. Nothing older
//   ever overwrites anything newer: each row and each tombstone has its sequence.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"
#include "sinks/sql/session.hpp"
#include "sinks/sql/session_pool.hpp"
#include "sinks/sql/sql_options.hpp"

namespace millbeck::sinks::sql {

// Threads: deliver() by as many as concurrency() says.
class SqlSink final : public Sink, public PositionKeeper, public CopyReader {
  public:
    // Requires: options that check_options() took.
    SqlSink(TableOptions options, std::unique_ptr<Backend> backend, unsigned concurrency,
            const SinkContext& context);

    Outcome deliver(const Batch& batch, base::Instant deadline) override;
    [[nodiscard]] unsigned concurrency() const override { return concurrency_; }
    void stop(base::Instant deadline) override;
    PositionKeeper* position_keeper() override { return this; }
    CopyReader* copy_reader() override { return this; }

    base::Result<std::optional<Positions>> positions(const std::string& generation,
                                                     base::Instant deadline) override;
    base::Status begin(const std::string& generation, base::Instant deadline) override;

    [[nodiscard]] base::Result<std::optional<CopiedRow>> expected(
        const Message& row) const override;
    base::Status scan(const std::function<base::Status(CopiedRow)>& visit,
                      base::Instant deadline) override;
    base::Status remove(const std::vector<std::string>& keys, base::Instant deadline) override;

  private:
    using ShapePtr = std::shared_ptr<const Shape>;
    // The tables' shape; null: there is no table. Remembered until somebody finds it wrong.
    base::Result<ShapePtr> shape_now(Session& session, base::Instant deadline) const;
    void remember_shape(ShapePtr shape) const;
    [[nodiscard]] ShapePtr remembered_shape() const;

    [[nodiscard]] ParsedBatch parse(const Batch& batch) const;
    Outcome write(Session& session, const Batch& batch, ParsedBatch parsed, base::Instant deadline);
    // The same for a delivery, which makes the table when it may. Null: lost.
    base::Result<ShapePtr> find_or_make(Session& session, const Batch& batch,
                                        const std::vector<ParsedRow>& rows, base::Instant deadline);
    // The shape that takes these rows: makes the table, or gives it columns. Null: lost.
    base::Result<ShapePtr> shape_for(Session& session, const Batch& batch,
                                     const std::vector<ParsedRow>& rows, base::Instant deadline);
    base::Result<std::vector<PlacedRow>> place_all(const Shape& shape, std::vector<ParsedRow> rows);
    std::optional<std::int64_t> prune_before();

    const TableOptions options_;
    const std::unique_ptr<Backend> backend_;
    const unsigned concurrency_;
    const base::Clock& clock_;
    base::Counter& extra_values_;
    base::Counter& columns_added_;
    mutable SessionPool pool_;
    std::atomic<bool> stopped_{false};
    mutable base::Mutex mutex_;
    mutable ShapePtr shape_ MB_GUARDED_BY(mutex_);
    base::Instant next_prune_ MB_GUARDED_BY(mutex_){};
};

}  // namespace millbeck::sinks::sql
