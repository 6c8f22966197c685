// A replay that runs: a worker for each lane, on the threads of the triggers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/replay/comparing_sink.hpp"
#include "runtime/replay/replay_place.hpp"
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
    // Grows while triggers deliver; none: there are none beside it.
    std::function<std::uint64_t()> live = {};
};

// What takes the batches; `comparing` is the same sink where two functions are compared.
struct ReplayTaker {
    std::shared_ptr<sinks::Sink> sink;
    std::shared_ptr<ComparingSink> comparing = nullptr;
};

// Invariants: begins at its own checkpoints, and moves no others.
// Threads:    begin() once; the rest by any.
class ReplayRun : public std::enable_shared_from_this<ReplayRun> {
  public:
    struct Hooks {
        std::function<void()> on_progress;  // often, on pool threads: must be quick
        std::function<void()> on_ended;     // once all lanes are at rest; on a pool thread
    };

    // Errors: those of the checkpoint store, Invalid (a filter that cannot be read); of a sink
    // those of settle_replay_place().
    static base::Result<std::shared_ptr<ReplayRun>> open(const ReplayRunContext& context,
                                                         ReplaySpec spec, ReplayTaker taker,
                                                         Hooks hooks);
    // `pool` outlives its turns.
    void begin(StrandPool& pool);

    // Ends it where it is: what is in flight is delivered and checkpointed.
    void retire();

    [[nodiscard]] bool finished() const;  // every lane reached its end
    // The target does not hold what was written to it any more: it ends, and cannot go on.
    [[nodiscard]] bool is_lost() const { return lost_; }
    // Why nothing moves, of a lane; "" while it does.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] ReplayCounts counts() const;  // of this run alone
    [[nodiscard]] double part_done() const { return finished() ? 1.0 : source_->part_read(); }

  private:
    class Failures;

    ReplayRun(const ReplayRunContext& context, ReplaySpec spec, ReplayTaker taker, Hooks hooks);
    base::Status find_begins();
    [[nodiscard]] shardlog::Stream stream() const;
    [[nodiscard]] std::optional<triggers::CopyContext> copy_context(
        const triggers::Checkpoint& from) const;
    std::shared_ptr<WorkerStrand> make_lane(StrandPool& pool, const triggers::Checkpoint& from);
    void lane_ended();

    const ReplayRunContext context_;
    const ReplaySpec spec_;
    const ReplayTaker taker_;
    const Hooks hooks_;
    const std::shared_ptr<ReplaySource> source_;
    const std::shared_ptr<Failures> failures_;
    const std::shared_ptr<triggers::Pace> pace_;
    const std::shared_ptr<SinkGate> gate_;
    triggers::TriggerSpec trigger_;
    std::string generation_;  // of a sink; "": a function
    std::vector<triggers::Checkpoint> begins_;
    std::atomic<bool> lost_{false};

    mutable base::Mutex mutex_;
    std::vector<std::shared_ptr<WorkerStrand>> lanes_ MB_GUARDED_BY(mutex_);
    bool retired_ MB_GUARDED_BY(mutex_) = false;
    std::atomic<std::size_t> under_way_{0};
};

}  // namespace millbeck::runtime
