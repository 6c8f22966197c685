// A replay that runs: a worker for each lane, on the threads of the triggers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/replay/replay_source.hpp"
#include "runtime/replay/replay_spec.hpp"
#include "runtime/scheduler/worker_strand.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/failed_batch.hpp"

namespace millbeck::runtime {

// Borrowed for the run's life.
struct ReplayRunContext {
    shardlog::ShardLog& log;
    triggers::CheckpointStore& checkpoints;
    triggers::FailureDestination& dead_letters;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    shardlog::Identity identity;
};

// Under which its checkpoints are kept, apart from those of every trigger.
base::Result<triggers::TriggerId> checkpoints_of_replay(triggers::CheckpointStore& checkpoints,
                                                        const std::string& name);

// The table's newest stream, for what events say of it. Of a table that never had one: its name,
// the label "replay", and both images.
shardlog::Stream stream_for_replay(const shardlog::ShardLog& log, shardlog::TableId table,
                                   const std::string& name);

// Where a replay reads on: its oldest checkpoint, or where it begins. Behind its range when all of
// it is delivered.
base::Result<shardlog::SequenceNumber> replay_position(triggers::CheckpointStore& checkpoints,
                                                       const ReplaySpec& spec);

// Invariants: begins at its own checkpoints, and moves no others.
// Threads:    begin() once; the rest by any.
class ReplayRun : public std::enable_shared_from_this<ReplayRun> {
  public:
    struct Hooks {
        std::function<void()> on_progress;  // often, on pool threads: must be quick
        std::function<void()> on_ended;     // once all lanes are at rest; on a pool thread
    };

    // Errors: those of the checkpoint store, Invalid (a filter that cannot be read).
    static base::Result<std::shared_ptr<ReplayRun>> open(const ReplayRunContext& context,
                                                         ReplaySpec spec,
                                                         std::shared_ptr<sinks::Sink> sink,
                                                         Hooks hooks);
    // `pool` outlives its turns.
    void begin(StrandPool& pool);

    // Ends it where it is: what is in flight is delivered and checkpointed.
    void retire();

    [[nodiscard]] bool finished() const;  // every lane reached its end
    // Why nothing moves, of a lane; "" while it does.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] ReplayCounts counts() const;  // of this run alone
    [[nodiscard]] double part_done() const { return finished() ? 1.0 : source_->part_read(); }
    [[nodiscard]] const std::shared_ptr<sinks::Sink>& sink() const { return sink_; }

  private:
    class Failures;

    ReplayRun(const ReplayRunContext& context, ReplaySpec spec, std::shared_ptr<sinks::Sink> sink,
              Hooks hooks);
    std::shared_ptr<WorkerStrand> make_lane(StrandPool& pool, const triggers::Checkpoint& from);
    void lane_ended();

    const ReplayRunContext context_;
    const ReplaySpec spec_;
    const std::shared_ptr<sinks::Sink> sink_;
    const Hooks hooks_;
    const std::shared_ptr<ReplaySource> source_;
    const std::shared_ptr<Failures> failures_;
    const std::shared_ptr<triggers::Pace> pace_;
    const std::shared_ptr<SinkGate> gate_;
    triggers::TriggerSpec trigger_;
    std::vector<triggers::Checkpoint> begins_;

    mutable base::Mutex mutex_;
    std::vector<std::shared_ptr<WorkerStrand>> lanes_ MB_GUARDED_BY(mutex_);
    bool retired_ MB_GUARDED_BY(mutex_) = false;
    std::atomic<std::size_t> under_way_{0};
};

}  // namespace millbeck::runtime
