// What a worker knows of the copy that its target keeps: the rows that are still to be copied, what
// the copied ones hold, what the target was told. Without a copy: nothing.
#pragma once

#include <optional>
#include <string>

#include "triggers/checkpoint_store.hpp"
#include "triggers/row_copier.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::triggers {

// Threads: the worker's strand.
class CopyDelivery {
  public:
    // `context` without a value: there is no copy. `log` outlives it.
    CopyDelivery(std::optional<CopyContext> context, const shardlog::ShardReader& log,
                 const shardlog::ShardId& shard);

    [[nodiscard]] bool exists() const { return context_.has_value(); }
    [[nodiscard]] std::string generation() const { return exists() ? context_->generation : ""; }

    // Rows are to be copied before the shard's changes are read.
    [[nodiscard]] bool has_rows() const { return exists() && state_ && !state_->rows_done(); }
    // Requires: has_rows().
    void copy_rows(std::unique_ptr<RowCopier> copier) { copier_ = std::move(copier); }
    [[nodiscard]] const TableImages& images() const { return context_->images; }
    [[nodiscard]] RowCopier* copier() { return copier_.get(); }

    // Takes over how far the copier is; with the last row it goes. Returns where the changes begin.
    shardlog::SequenceNumber take_rows();

    // The next rows are read from here on.
    void rows_begin(base::Instant now);
    // So many are delivered; how long to wait before the next.
    [[nodiscard]] base::Milliseconds wait_after(std::uint64_t rows, base::Instant now) const;

    // What a checkpoint at `next` says of it: the state while it matters there, or to the shard's
    // children, whose first changes the rows may hold as well.
    void describe(shardlog::SequenceNumber next, std::optional<CopyState>& copy,
                  std::string& told) const;
    [[nodiscard]] std::string position_at(shardlog::SequenceNumber next) const;
    // The target has this position beside the data now.
    void told(const std::string& position) { told_ = position; }

    // What the copied rows hold and the shard's changes may repeat; nullopt: nothing.
    [[nodiscard]] const std::optional<CopyState>& state() const { return state_; }

    // The log below `next` is not needed any more; nothing is held once the shard is caught up
    // with.
    void release(shardlog::SequenceNumber next);
    void caught_up();

  private:
    [[nodiscard]] bool matters(shardlog::SequenceNumber next) const;

    std::optional<CopyContext> context_;
    const shardlog::ShardReader& log_;
    const shardlog::ShardId shard_;
    std::optional<CopyState> state_;
    std::string told_;
    std::unique_ptr<RowCopier> copier_;
    base::Instant rows_began_{};
    shardlog::SequenceNumber began_at_{};  // the newest change at that time
};

}  // namespace millbeck::triggers
