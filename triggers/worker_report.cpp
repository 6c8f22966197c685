#include "triggers/worker_report.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::triggers {

using base::LogLevel;

namespace {

double seconds(base::Milliseconds time) {
    return std::max(0.0, static_cast<double>(time.count()) / 1000.0);
}

}  // namespace

WorkerReport::WorkerReport(base::Metrics& metrics, std::string trigger,
                           const shardlog::ShardId& shard, shardlog::SequenceNumber from,
                           LogLevel failure_level)
    : trigger_(std::move(trigger)),
      shard_(shard.to_string()),
      failure_level_(failure_level),
      metrics_(metrics, trigger_) {
    status_.shard = shard;
    status_.acknowledged_next = from;
}

WorkerStatus WorkerReport::status() const {
    const base::MutexLock lock(mutex_);
    return status_;
}

void WorkerReport::show(Present present) {
    const base::MutexLock lock(mutex_);
    status_.state = present.state.value_or(status_.state);
    if (present.error) {
        status_.last_error = std::move(*present.error);
    }
    status_.acknowledged_next = present.acknowledged_next;
    status_.failures = present.failures;
    status_.records_dropped = present.dropped;
    status_.oldest_waiting = present.oldest_waiting;
    status_.rows_progress = present.rows_progress;
}

void WorkerReport::accepted(std::span<const RecordMark> records, std::size_t bytes,
                            base::WallTime now) {
    metrics_.bytes.add(static_cast<double>(bytes));
    for (const RecordMark& record : records) {
        metrics_.put_to_ack_seconds.observe(seconds(now - record.time));
    }
    metrics_.records.add(static_cast<double>(records.size()));
    metrics_.batches.add();
    if (!records.empty()) {
        metrics_.iterator_age_seconds.set(seconds(now - records.back().time));
    }
    const base::MutexLock lock(mutex_);
    status_.records_delivered += records.size();
    ++status_.batches_delivered;
    status_.last_result = LastResult::Ok;
}

void WorkerReport::rows_begin(double progress, base::WallTime now) {
    const base::MutexLock lock(mutex_);
    if (!status_.rows_begun) {
        status_.rows_begun = now;
        status_.rows_progress_before = progress;
    }
}

void WorkerReport::copied(const sinks::Batch& batch) {
    metrics_.rows_copied.add(static_cast<double>(batch.messages.size()));
    metrics_.bytes.add(static_cast<double>(batch.payload_bytes));
    const base::MutexLock lock(mutex_);
    status_.rows_copied += batch.messages.size();
    status_.last_result = LastResult::Ok;
}

void WorkerReport::copy_lost(const std::string& reason) {
    base::log(LogLevel::Warn, "triggers", "the copy is made anew",
              {{"trigger", trigger_}, {"shard", shard_}, {"reason", reason}});
    const base::MutexLock lock(mutex_);
    status_.copy_lost = true;
}

void WorkerReport::failed(LastResult result) {
    metrics_.failures.add();
    const base::MutexLock lock(mutex_);
    status_.last_result = result;
}

void WorkerReport::not_delivered(const sinks::Batch& batch, const RetryState& retry,
                                 const std::string& reason) const {
    base::log(failure_level_, "triggers", "a batch was not delivered",
              {{"trigger", trigger_},
               {"shard", shard_},
               {"request", batch.request_id},
               {"records", std::uint64_t{batch.messages.size()}},
               {"failures", std::uint64_t{retry.failures}},
               {"error", reason}});
}

void WorkerReport::not_read(const base::Error& error) {
    metrics_.read_failures.add();
    base::log(LogLevel::Error, "triggers", "a shard cannot be read",
              {{"trigger", trigger_}, {"shard", shard_}, {"error", error.message}});
}

void WorkerReport::not_stored(const base::Error& error) {
    metrics_.checkpoint_failures.add();
    base::log(LogLevel::Error, "triggers", "a checkpoint cannot be stored",
              {{"trigger", trigger_}, {"shard", shard_}, {"error", error.message}});
}

void WorkerReport::gave_up(GapReason reason, shardlog::SequenceNumber from,
                           shardlog::SequenceNumber to) {
    metrics_.gaps.add();
    base::log(LogLevel::Error, "triggers", "records were not delivered and are given up",
              {{"trigger", trigger_},
               {"shard", shard_},
               {"reason", to_string(reason)},
               {"from", from.to_string()},
               {"to", to.to_string()}});
}

void WorkerReport::parked(const ParkedKey& key, shardlog::SequenceNumber first) {
    metrics_.parked.add();
    base::log(LogLevel::Error, "triggers", "a key is set aside; its later records wait behind it",
              {{"trigger", trigger_},
               {"shard", shard_},
               {"from", first.to_string()},
               {"error", key.error}});
}

void WorkerReport::dropped(std::uint64_t so_far) {
    metrics_.dropped.add(static_cast<double>(so_far - std::exchange(dropped_counted_, so_far)));
}

}  // namespace millbeck::triggers
