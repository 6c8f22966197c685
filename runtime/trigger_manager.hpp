// Every trigger of the node: starts a worker for each shard that may run, runs workers on a bounded
// pool when their bell rings or their time comes, and knows when everything is delivered.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/scheduler/delivery.hpp"
#include "runtime/scheduler/delivery_note.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_move.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/shard_worker.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

class FaultPlan;

struct TriggerManagerOptions {
    unsigned threads_max = 32;  // deliveries at once; range 1 .. 1000
    base::Milliseconds unhealthy_after{
        60'000};  // undelivered for longer: not ready; range 1 s .. 7 d
    shardlog::Identity identity = {};
    base::Milliseconds retention{24 * 3'600'000};
    // Where triggers set keys aside; outlives the manager. Without it they are given up.
    triggers::ParkingLot* parking = nullptr;
    // Takes what triggers give up; outlives the manager. Without it a gap tells all there is.
    triggers::FailureDestination* on_failure = nullptr;
    // The rows of a table, for triggers whose target keeps a copy.
    std::function<base::Result<std::shared_ptr<const shardlog::TableImage>>(
        const shardlog::TableName&)>
        images = {};
    // Told of every outcome; failed deliveries are then its to show, and are not logged as well.
    DeliveryObserver on_delivery = {};  // may be empty
    FaultPlan* faults = nullptr;        // what people inject; outlives the manager. None: nothing
};

using triggers::LastResult;

// A trigger on one stream and its shards, as people see them. A trigger whose table got a new
// stream has two of these until the shards of the old one are finished.
struct TriggerStatus {
    triggers::TriggerSpec spec;
    std::string stream_arn;
    std::vector<triggers::WorkerStatus> shards;
    std::vector<triggers::Gap> gaps;
    std::uint64_t records_behind = 0;  // published and not acknowledged, over its shards
    bool more_behind = false;          // counting stopped there (kCountedMax a shard)
    std::optional<base::Milliseconds> behind_for;  // age of the oldest of them
    LastResult last_result = LastResult::None;     // since the trigger was added
    // ---- of a trigger whose target keeps a copy
    std::string copy_problem =
        {};  // why it is not known yet where the target stands; "" when it is
    std::optional<double> rows_progress = {};  // 0..1 over its shards, while rows are copied
    std::uint64_t rows_copied = 0;             // since its present workers began
    std::optional<base::Milliseconds> rows_remaining = {};  // at the speed so far
};

// Records of a shard that TriggerStatus::records_behind counts at most.
inline constexpr std::size_t kCountedMax = 10'000;

// Why the node is not ready: one sentence that names trigger, shard and reason.
struct Unhealthy {
    std::string trigger;
    std::string shard;
    std::string reason;
};

// Where a trigger is on one shard.
struct ShardPosition {
    shardlog::Shard shard;
    shardlog::SequenceNumber next;  // first not acknowledged
    bool finished = false;
    std::optional<triggers::WorkerStatus> worker = {};  // absent: waits for its parents
};

// Where a trigger is on the shards of one stream.
struct TriggerPositions {
    triggers::TriggerSpec spec;
    std::string stream_arn;
    std::vector<ShardPosition> shards;  // in ShardId order
};

// Where somebody wants a trigger to go on: on the shards of its newest stream, or on one shard.
struct TriggerMove {
    struct Latest {};  // behind what is written now
    struct Undo {};    // where it was before the newest change of its checkpoints, also of an undo
    // An instant: behind the last commit made at or before it.
    std::variant<triggers::ToStart, Latest, shardlog::SequenceNumber, base::WallTime, Undo> to;
    std::optional<shardlog::ShardId> shard = {};  // and what comes of it; see checkpoint_move.hpp
    std::string reason = {};                      // kept with the change
};

// Invariants: a shard starts only when its parents are finished; a trigger follows its table: when
//             the table gets a new stream, it begins there with the first record.
//             Two workers never run on one lane of a shard at once. Call-backs run on any thread,
//             without a lock held, and must be quick.
// Threads:    all calls by any thread, but start(), stop() and the destructor by the owner. The
//             clock must be the machine's: waits are real.
// Lifetime:   stop() comes before the destructor, and sinks end their deliveries in between.
class TriggerManager {
  public:
    static std::unique_ptr<TriggerManager> create(shardlog::ShardLog& log,
                                                  triggers::CheckpointStore& checkpoints,
                                                  const base::Clock& clock, base::Random& random,
                                                  base::Metrics& metrics,
                                                  TriggerManagerOptions options);
    virtual ~TriggerManager() = default;

    // Adds a trigger, delivering to `sink`: on the enabled stream of its table, or, with a
    // stream_arn, on that stream, also a disabled one that can still be read. Its id is given here
    // if it has none. Before start() or at any time after. Errors: NotFound (there is no such
    // stream), InUse (a trigger of this name exists or is being removed, or its id is taken),
    // Invalid (an id without a stream_arn), those of the checkpoint store.
    virtual base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink) = 0;

    // Makes the trigger of this name another one on the same stream; its id, checkpoints and gaps
    // stay. What is in flight ends under the old spec and is checkpointed; new workers, if it is
    // enabled, begin at the checkpoints. `done` runs once, when they stand. Changes of a trigger
    // are carried out one after the other. Errors: NotFound, Invalid (another table or stream_arn),
    // Unavailable (100 changes wait, or the manager was stopped).
    virtual base::Status update(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink,
                                std::function<void()> done) = 0;

    // No new deliveries; what is in flight ends and is checkpointed. Then the trigger's
    // checkpoints, gaps and id are forgotten, its name is free, and `done` runs once. Errors:
    // NotFound, also when it is being removed; Unavailable as above.
    virtual base::Status remove(const std::string& name, std::function<void()> done) = 0;

    // The copy of this trigger's target is made anew, rows first. Errors: NotFound (no such
    // trigger, or it keeps no copy), InUse (it is not known yet where the target stands).
    virtual base::Status begin_copy(const std::string& name) = 0;

    // Moves a trigger's checkpoints, also backwards. What is in flight ends and is checkpointed
    // first, so nobody writes an old position afterwards; then all of them change at once, windows
    // are dropped (an undo brings them back), and workers begin there. `done` runs once, when they
    // stand: Trimmed (records that would have to be delivered are gone), Invalid (not written yet,
    // or in the future), NotFound (no such shard; nothing to undo), InUse (it still delivers an
    // earlier stream: `shard` must be named), Unavailable (the node is stopping), those of the
    // store; the trigger then goes on where it was. Errors at once: NotFound, Unavailable (as for
    // update), Invalid (its target keeps a copy, and says itself where it is).
    virtual base::Status move(
        const std::string& name, TriggerMove move,
        std::function<void(base::Result<triggers::CheckpointChange>)> done) = 0;

    // What people did to a trigger's checkpoints, the newest first, `limit` at most. Errors:
    // NotFound, those of the store.
    [[nodiscard]] virtual base::Result<std::vector<triggers::CheckpointChange>> changes(
        const std::string& name, std::size_t limit) const = 0;

    // Of every trigger, finished shards too. Reads neither the log's records nor the disk.
    [[nodiscard]] virtual std::vector<TriggerPositions> positions() const = 0;

    virtual void start() = 0;

    // No new deliveries; waits for those in flight until `deadline`, then returns. Waiting
    // wait_drained() calls are answered with false. `done` of every change that is not carried out
    // runs before it returns: removals are carried out, at the latest in the destructor; updates
    // and moves are not.
    virtual void stop(base::Milliseconds deadline) = 0;

    [[nodiscard]] virtual std::vector<TriggerStatus> status() const = 0;

    // The same without shards, gaps and what is behind: reads neither the log nor the disk.
    [[nodiscard]] virtual std::vector<TriggerStatus> brief_status() const = 0;

    // Calls back with true once every enabled trigger, as all updates before this call leave it,
    // has acknowledged everything published before this call, or with false at `timeout`. `done`
    // runs once, on any thread: must be quick.
    virtual void wait_drained(base::Milliseconds timeout, std::function<void(bool)> done) = 0;

    // Grows with every step and delivery of a worker: who works beside them sees that they do.
    [[nodiscard]] virtual std::uint64_t progress() const { return 0; }

    // How the trigger delivers now, for who delivers to its target beside its workers: through the
    // gate. nullopt: there is none of this name.
    [[nodiscard]] virtual std::optional<Delivery> delivery_of(const std::string& /*name*/) const {
        return std::nullopt;
    }

    // Lets the workers of a trigger see what people wish of its parked keys. False: there is no
    // such trigger.
    virtual bool look_again(const triggers::TriggerId& trigger) = 0;

    // Empty when everything written is delivered in time.
    [[nodiscard]] virtual std::vector<Unhealthy> unhealthy() const = 0;
};

}  // namespace millbeck::runtime
