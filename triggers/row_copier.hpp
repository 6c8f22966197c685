// The rows of a shard as batches, from where a copy stopped: what a sink that keeps a copy gets
// before the shard's changes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"
#include "sinks/sink.hpp"
#include "triggers/batch_builder.hpp"
#include "triggers/batcher.hpp"
#include "triggers/copy_state.hpp"
#include "triggers/filter/event_filter.hpp"

namespace millbeck::triggers {

// The trigger's table as it is now; the same image for those who ask while one is held.
using TableImages = std::function<base::Result<std::shared_ptr<const shardlog::TableImage>>()>;

// Invariants: state() moves only behind what was accepted; one image is read to its end, unless the
//             copier dies before.
// Threads:    the worker's strand.
class RowCopier {
  public:
    RowCopier(TableImages images, shardlog::Shard shard, CopyState state, BatchOrigin origin,
              const BatchLimits& limits, std::shared_ptr<const filter::FilterCriteria> criteria,
              base::Random& random);

    // The batch to deliver: the same until it is accepted. Without one, state() has moved over rows
    // that the filter drops, or to the end. Errors: those of the image.
    base::Result<std::shared_ptr<const sinks::Batch>> next(base::WallTime now);

    // Whether a batch is out.
    [[nodiscard]] bool is_out() const { return batch_ != nullptr; }
    // It is durable at the target. Returns its records. Requires: is_out().
    std::uint64_t accept();
    [[nodiscard]] const sinks::Batch& batch() const { return *batch_; }

    [[nodiscard]] const CopyState& state() const { return state_; }
    // Where the shard's changes begin. Requires: a piece in state().
    [[nodiscard]] shardlog::SequenceNumber first_change() const;

  private:
    base::Result<CopyState> read_rows(base::WallTime now);
    void add_rows(const shardlog::ImagePage& page, base::WallTime now);
    [[nodiscard]] std::string position_after(const CopyState& state) const;

    TableImages images_;
    const shardlog::Shard shard_;
    CopyState state_;
    BatchBuilder builder_;
    const BatchLimits limits_;
    std::optional<filter::RecordFilter> filter_;
    base::Random& random_;
    std::shared_ptr<const shardlog::TableImage> image_;
    std::shared_ptr<const sinks::Batch> batch_;
    CopyState after_batch_;
};

}  // namespace millbeck::triggers
