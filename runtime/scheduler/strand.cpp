#include "runtime/scheduler/strand.hpp"

#include "base/result.hpp"
#include "runtime/scheduler/strand_pool.hpp"

namespace millbeck::runtime {

void Strand::ring() noexcept {
    State seen = state_.load(std::memory_order_acquire);
    while (true) {
        if (seen == State::Parked) {
            if (state_.compare_exchange_weak(seen, State::Queued, std::memory_order_acq_rel)) {
                pool_.enqueue(shared_from_this());
                return;
            }
        } else if (seen == State::Running) {
            if (state_.compare_exchange_weak(seen, State::Rung, std::memory_order_acq_rel)) {
                return;
            }
        } else {
            return;
        }
    }
}

void Strand::wake() noexcept {
    State seen = state_.load(std::memory_order_acquire);
    while (true) {
        const bool asleep = seen == State::Parked || seen == State::Deaf || seen == State::Held;
        const bool awake = seen == State::Running || seen == State::Rung;
        if (!asleep && !awake) {
            return;  // has a turn coming, or is done
        }
        const State next = asleep ? State::Queued : State::Woken;
        if (state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) {
            if (asleep) {
                pool_.enqueue(shared_from_this());
            }
            return;
        }
    }
}

void Strand::run_turn() {
    MB_CHECK(state_.exchange(State::Running, std::memory_order_acq_rel) == State::Queued,
             "a strand runs that was not queued");
    const Turn next = turn();
    if (next.until.has_value()) {
        arm(*next.until);
    }
    switch (next.rest) {
        case Turn::Rest::Again:
            state_.store(State::Queued, std::memory_order_release);
            pool_.enqueue(shared_from_this());
            break;
        case Turn::Rest::Park:
            settle(State::Parked);
            break;
        case Turn::Rest::Deaf:
            MB_CHECK(next.until.has_value(), "a deaf strand would never wake");
            settle(State::Deaf);
            break;
        case Turn::Rest::Hold:
            settle(State::Held);
            break;
        case Turn::Rest::Done:
            state_.store(State::Done, std::memory_order_release);
            if (armed_.has_value()) {
                pool_.timekeeper().cancel(armed_->id);
            }
            break;
    }
}

// An armed timer that comes no later than `until` is left alone: it costs one idle turn at most,
// and a strand that parks after every ring would otherwise make a timer each time. Armed before the
// strand settles, so a timer that fires at once finds a running strand and marks it woken.
void Strand::arm(base::Instant until) {
    if (armed_.has_value() && armed_->when <= until &&
        armed_->when > std::chrono::steady_clock::now()) {
        return;
    }
    if (armed_.has_value()) {
        pool_.timekeeper().cancel(armed_->id);
    }
    const auto id = pool_.timekeeper().at(until, [weak = weak_from_this()] {
        if (const auto strand = weak.lock()) {
            strand->wake();
        }
    });
    armed_ = Armed{until, id};
}

// Rung during the turn: what was rung for may have come after the turn looked, so once more; but
// not for one that will look at its time anyway.
void Strand::settle(State rest) {
    State seen = State::Running;
    while (seen == State::Running || (seen == State::Rung && rest != State::Parked)) {
        if (state_.compare_exchange_weak(seen, rest, std::memory_order_acq_rel)) {
            return;
        }
    }
    state_.store(State::Queued, std::memory_order_release);
    pool_.enqueue(shared_from_this());
}

}  // namespace millbeck::runtime
