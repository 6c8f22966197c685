// What a shard worker tells of itself: its status, its metrics, its log lines.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "triggers/retry_policy.hpp"
#include "triggers/shard_worker.hpp"
#include "triggers/trigger_metrics.hpp"

namespace millbeck::triggers {

// Threads: the worker's strand; status() by any.
class WorkerReport {
  public:
    // failure_level: of batches that were not delivered.
    WorkerReport(base::Metrics& metrics, std::string trigger, const shardlog::ShardId& shard,
                 shardlog::SequenceNumber from, base::LogLevel failure_level);

    [[nodiscard]] WorkerStatus status() const;

    // Where the worker is; what is not given stays as it is.
    struct Present {
        std::optional<WorkerState> state;
        std::optional<std::string> error;
        shardlog::SequenceNumber acknowledged_next;
        std::uint32_t failures = 0;
        std::uint64_t dropped = 0;  // records, so far
        std::optional<base::WallTime> oldest_waiting;
        std::optional<double> rows_progress;
    };
    void show(Present present);

    // ---- what happened
    void accepted(std::span<const RecordMark> records, std::size_t bytes, base::WallTime now);
    void copied(const sinks::Batch& batch);
    void rows_begin(double progress, base::WallTime now);
    void copy_lost(const std::string& reason);
    void refused() { metrics_.refusals.add(); }
    void failed(LastResult result);
    void not_delivered(const sinks::Batch& batch, const RetryState& retry,
                       const std::string& reason) const;
    void not_read(const base::Error& error);
    void not_stored(const base::Error& error);
    void gave_up(GapReason reason, shardlog::SequenceNumber from, shardlog::SequenceNumber to);
    void parked(const ParkedKey& key, shardlog::SequenceNumber first);
    void dropped(std::uint64_t so_far);

  private:
    const std::string trigger_;
    const std::string shard_;
    const base::LogLevel failure_level_;
    TriggerMetrics metrics_;
    std::uint64_t dropped_counted_ = 0;
    mutable base::Mutex mutex_;
    WorkerStatus status_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::triggers
