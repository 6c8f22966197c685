// A shard worker on the pool: steps it, carries out its deliveries, tells what came of them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "runtime/scheduler/delivery_note.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand.hpp"
#include "sinks/sink.hpp"
#include "triggers/shard_worker.hpp"

namespace millbeck::runtime {

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
    std::function<void()> on_finished;  // the worker has finished its shard
};

class WorkerStrand final : public Strand, public GateGuest {
  public:
    WorkerStrand(StrandPool& pool, WorkerStrandContext context,
                 std::unique_ptr<triggers::ShardWorker> worker);

    // By any thread.
    [[nodiscard]] triggers::WorkerStatus status() const { return worker_->status(); }

    // Ends it at its next turn without finishing its shard: the shard is no more.
    void retire() noexcept;

    void granted() noexcept override;

  protected:
    Turn turn() override;

  private:
    [[nodiscard]] Turn after_retirement();
    [[nodiscard]] Turn after_step(const triggers::NextMove& move);
    void deliver();

    WorkerStrandContext context_;
    std::unique_ptr<triggers::ShardWorker> worker_;
    std::shared_ptr<const sinks::Batch> pending_;  // asked for, not yet delivered
    std::atomic<bool> has_slot_{false};
    bool waits_at_gate_ = false;
    std::atomic<bool> retired_{false};
};

}  // namespace millbeck::runtime
