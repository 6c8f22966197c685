#include "runtime/scheduler/worker_strand.hpp"

#include <chrono>
#include <utility>
#include <variant>

#include "runtime/inject/fault_plan.hpp"
#include "runtime/scheduler/strand_pool.hpp"

namespace millbeck::runtime {

WorkerStrand::WorkerStrand(StrandPool& pool, WorkerStrandContext context,
                           std::unique_ptr<triggers::ShardWorker> worker)
    : Strand(pool), context_(std::move(context)), worker_(std::move(worker)) {}

void WorkerStrand::retire() noexcept {
    retired_.store(true, std::memory_order_release);
    wake();
}

void WorkerStrand::granted() noexcept {
    has_slot_.store(true, std::memory_order_release);
    wake();
}

// Goes on while there is something to deliver and nobody else waits for the thread: the next batch
// then starts without a hop. Woken while it still waits at the gate, it just waits on.
Turn WorkerStrand::turn() {
    while (true) {
        if (retired_.load(std::memory_order_acquire)) {
            return after_retirement();
        }
        if (!pending_) {
            const triggers::NextMove move = worker_->step();
            context_.on_progress();
            look_at_copy();
            if (const auto* deliver = std::get_if<triggers::Deliver>(&move)) {
                take(deliver->batch);
            } else {
                return after_step(move);
            }
        }
        if (is_delayed()) {
            return {Turn::Rest::Deaf, begins_at_};
        }
        if (!has_slot_.load(std::memory_order_acquire)) {
            if (!waits_at_gate_) {
                waits_at_gate_ = true;
                // Only ever set here: granted() may have set it before enter() returned false.
                if (context_.gate->enter(
                        std::static_pointer_cast<WorkerStrand>(shared_from_this()))) {
                    has_slot_.store(true, std::memory_order_release);
                }
            }
            if (!has_slot_.load(std::memory_order_acquire)) {
                return {Turn::Rest::Hold, std::nullopt};
            }
        }
        waits_at_gate_ = false;
        deliver();
        if (pool().should_yield()) {
            return {Turn::Rest::Again, std::nullopt};
        }
    }
}

// A slot that is on its way is waited for, so that it can be given back.
Turn WorkerStrand::after_retirement() {
    const bool waits = waits_at_gate_ && !context_.gate->withdraw(*this);
    if (has_slot_.exchange(false)) {
        context_.gate->leave();
    } else if (waits) {
        return {Turn::Rest::Hold, std::nullopt};
    }
    return end();
}

// Whoever hears of it may start another worker on the shard at once.
Turn WorkerStrand::end() {
    ended_.store(true, std::memory_order_release);
    context_.on_ended();
    return {Turn::Rest::Done, std::nullopt};
}

Turn WorkerStrand::after_step(const triggers::NextMove& move) {
    if (std::holds_alternative<triggers::Finished>(move)) {
        return end();
    }
    const auto& wait = std::get<triggers::Wait>(move);
    const bool deaf = wait.bell == triggers::Bell::Ignored;
    return {deaf ? Turn::Rest::Deaf : Turn::Rest::Park, wait.until};
}

// The plan that follows ends the workers and begins the copy anew.
void WorkerStrand::look_at_copy() {
    if (context_.copy_life && worker_->status().copy_lost &&
        context_.copy_life->state() == CopyLife::State::Known) {
        context_.copy_life->set(CopyLife::State::Lost);
        context_.on_ended();
    }
}

void WorkerStrand::take(std::shared_ptr<const sinks::Batch> batch) {
    pending_ = std::move(batch);
    begins_at_ =
        context_.faults != nullptr ? context_.faults->begins_at(context_.trigger) : std::nullopt;
}

bool WorkerStrand::is_delayed() const {
    return begins_at_ && context_.clock.instant() < *begins_at_;
}

// A call may be one of several, each with the sink's whole time.
sinks::Outcome WorkerStrand::deliver_with_faults() {
    return context_.faults->deliver(context_.trigger, *pending_, [this](const sinks::Batch& batch) {
        return context_.sink->deliver(batch, context_.clock.instant() + kDeliveryLongest);
    });
}

void WorkerStrand::deliver() {
    std::optional<base::WallTime> oldest;
    if (context_.on_delivery) {
        oldest = worker_->status().oldest_waiting;
    }
    const base::Instant begin = context_.clock.instant();
    sinks::Outcome taken = context_.faults == nullptr
                               ? context_.sink->deliver(*pending_, begin + kDeliveryLongest)
                               : deliver_with_faults();
    const base::Instant end = context_.clock.instant();
    has_slot_.store(false, std::memory_order_release);
    context_.gate->leave();

    const auto batch = std::exchange(pending_, nullptr);
    const sinks::Outcome outcome = worker_->delivered(std::move(taken));
    if (outcome.kind != sinks::Outcome::Kind::NotInvoked) {
        context_.last_result->store(worker_->status().last_result, std::memory_order_relaxed);
    }
    context_.on_progress();
    if (context_.on_delivery) {
        const base::WallTime now = context_.clock.wall();
        context_.on_delivery({.trigger = context_.trigger,
                              .function = context_.function,
                              .shard = batch->shard_id,
                              .records = batch->messages.size(),
                              .lag = now - oldest.value_or(now),
                              .took = std::chrono::duration_cast<base::Milliseconds>(end - begin),
                              .outcome = outcome});
    }
}

}  // namespace millbeck::runtime
