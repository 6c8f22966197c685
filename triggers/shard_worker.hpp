// One trigger on one shard, or on one lane of it: reads, batches, asks for a delivery, judges its
// outcome, checkpoints. A state machine without threads: whoever runs it calls step(), carries out
// what step() asks for, and reports back. The same calls with a virtual clock are its tests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/failed_batch.hpp"
#include "triggers/lanes.hpp"
#include "triggers/pace.hpp"
#include "triggers/parking_lot.hpp"
#include "triggers/row_copier.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// What step() wants next.
struct Deliver {
    std::shared_ptr<const sinks::Batch> batch;
};
enum class Bell { Heard, Ignored };
struct Wait {
    std::optional<base::Instant> until;  // nullopt: only the doorbell (or a stop) can help
    Bell bell = Bell::Heard;             // Ignored: a step before `until` would change nothing
};
struct Finished {};  // the shard is closed and acknowledged; children may start
using NextMove = std::variant<Deliver, Wait, Finished>;

enum class WorkerState { Reading, Delivering, BackingOff, Finished, Broken };

// What a worker of a trigger that keeps a copy needs besides.
struct CopyContext {
    std::string generation;
    std::optional<CopyState> state = {};  // at the checkpoint
    std::string told = {};                // the position the target was told last
    TableImages images;
    std::shared_ptr<shardlog::Pin> pin = {};  // of the log, until the shard is caught up with
    std::shared_ptr<Pace> pace = {};          // of all shards; none: no limit
};

// What the last call of a function came to (AWS: LastProcessingResult). A reply that reports single
// records as failed, in the right form, is a call that went well; a refusal is no call.
enum class LastResult { None, Ok, Failed };

// What people see of a worker.
struct WorkerStatus {
    WorkerState state = WorkerState::Reading;
    shardlog::ShardId shard;
    shardlog::SequenceNumber acknowledged_next;  // the checkpoint
    std::uint32_t failures = 0;                  // in a row, of the present batch
    std::string last_error;                      // "" when the last delivery went well
    std::optional<base::WallTime>
        oldest_waiting;  // time of the oldest record read, not acknowledged
    std::uint64_t records_delivered = 0;
    std::uint64_t batches_delivered = 0;
    std::uint64_t records_dropped = 0;  // by the trigger's filter
    LastResult last_result = LastResult::None;
    // ---- of a copy
    std::optional<double> rows_progress = {};  // 0..1, while the shard's rows are copied
    std::uint64_t rows_copied = 0;             // since the worker began
    // How far the rows were, and when, at the first batch of this worker: what a rate is told by.
    double rows_progress_before = 0;
    std::optional<base::WallTime> rows_begun = {};
    bool copy_lost = false;  // target or log lack what it needs: a new generation has to begin
};

struct WorkerContext {
    const shardlog::ShardReader& log;
    CheckpointStore& checkpoints;
    // One of several workers of the shard: the frontier they share is what is stored.
    Lane lane = {};
    std::shared_ptr<LaneFrontier> frontier = nullptr;  // of all lanes; none if there is one
    FailureDestination* on_failure =
        nullptr;                             // outlives the worker; none: a gap tells all there is
    ParkingLot* parking = nullptr;           // outlives the worker; none: nothing is parked
    std::optional<WindowState> window = {};  // that was open at the checkpoint
    const base::Clock& clock;
    base::Random& random;  // request ids
    base::Metrics& metrics;
    shardlog::Identity identity;
    base::Milliseconds retention{24 *
                                 3'600'000};  // a failing record is retried until it is this old
    std::optional<CopyContext> copy = {};
    // Of a batch that was not delivered. Debug where somebody is shown every outcome anyway.
    base::LogLevel failure_level = base::LogLevel::Warn;
};

// Invariants: at most one Deliver is out; records are delivered in order; the checkpoint is written
//             only after Delivered (or a stated gap), before the next batch; nothing is skipped
//             silently: a trimmed stretch becomes a Gap, a log line and a metric. Of a copy it
//             becomes copy_lost: the worker waits to be replaced.
// Threads:    a strand: one call at a time; status() by any thread.
class ShardWorker {
  public:
    static std::unique_ptr<ShardWorker> create(WorkerContext context, TriggerSpec spec,
                                               const shardlog::Stream& stream,
                                               const shardlog::ShardId& shard,
                                               shardlog::SequenceNumber from);
    virtual ~ShardWorker() = default;

    // Does what can be done now without waiting. After Deliver, call delivered() before step().
    virtual NextMove step() = 0;

    // The outcome of the batch asked for last. Returns it as the trigger understands it: what a
    // reply reports of single records counts if the trigger listens to that.
    virtual sinks::Outcome delivered(sinks::Outcome outcome) = 0;

    [[nodiscard]] virtual WorkerStatus status() const = 0;
};

}  // namespace millbeck::triggers
