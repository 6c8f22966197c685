// A shard worker on the pool: steps it, carries out its deliveries, tells what came of them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "runtime/scheduler/copy_life.hpp"
#include "runtime/scheduler/delivery_note.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand.hpp"
#include "sinks/sink.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::runtime {

class FaultPlan;

// How long a sink may hold a batch before it breaks its contract; sinks have their own, shorter
// limits (a handler: its timeout, at most 15 minutes).
inline constexpr base::Milliseconds kDeliveryLongest{20 * 60'000};

// What a strand needs from around it; borrowed or shared for its life.
struct WorkerStrandContext {
    const base::Clock& clock;
    std::shared_ptr<sinks::Sink> sink;
    std::shared_ptr<SinkGate> gate;
    std::string trigger;
    std::string function;
    DeliveryObserver on_delivery;  // may be empty
    // After every step and delivery, on a pool thread: the checkpoint may have moved.
    std::function<void()> on_progress;
    // The worker has finished its shard, or was retired and is at rest: ended() says so.
    std::function<void()> on_ended;
    std::shared_ptr<std::atomic<triggers::LastResult>> last_result;  // of the whole trigger
    std::shared_ptr<CopyLife> copy_life = {};  // told when a worker has lost its copy
    FaultPlan* faults = nullptr;  // asked at each delivery, where people may inject faults
};

class WorkerStrand final : public Strand, public GateGuest {
  public:
    WorkerStrand(StrandPool& pool, WorkerStrandContext context,
                 std::unique_ptr<triggers::ShardWorker> worker);

    // By any thread.
    [[nodiscard]] triggers::WorkerStatus status() const { return worker_->status(); }

    // Ends it without finishing its shard: nothing is delivered any more but what is in flight,
    // which is checkpointed.
    void retire() noexcept;

    // It takes no further turn and has delivered for the last time. By any thread.
    [[nodiscard]] bool ended() const { return ended_.load(std::memory_order_acquire); }

    void granted() noexcept override;

  protected:
    Turn turn() override;

  private:
    [[nodiscard]] Turn after_retirement();
    [[nodiscard]] Turn end();
    [[nodiscard]] Turn after_step(const triggers::NextMove& move);
    void take(std::shared_ptr<const sinks::Batch> batch);
    [[nodiscard]] bool is_delayed() const;
    void deliver();
    [[nodiscard]] sinks::Outcome deliver_with_faults();
    void look_at_copy();

    WorkerStrandContext context_;
    std::unique_ptr<triggers::ShardWorker> worker_;
    std::shared_ptr<const sinks::Batch> pending_;  // asked for, not yet delivered
    std::optional<base::Instant> begins_at_;       // of it, when somebody has wished a delay
    std::atomic<bool> has_slot_{false};
    bool waits_at_gate_ = false;
    std::atomic<bool> retired_{false};
    std::atomic<bool> ended_{false};
};

}  // namespace millbeck::runtime
