// Whether it is known where the target of a copy stands: asked when a trigger begins, and again
// when target or log have lost what the copy needs.
#pragma once

#include <atomic>

namespace millbeck::runtime {

// Threads: any.
class CopyLife {
  public:
    enum class State {
        Unknown,
        Settling,  // the target is asked
        Settled,   // checkpoints and target agree; the workers are not there yet
        Known,     // and the workers begin there
        Lost,
    };

    [[nodiscard]] State state() const { return state_.load(std::memory_order_acquire); }
    void set(State state) { state_.store(state, std::memory_order_release); }

    // Its workers are there. Does nothing where that was known, or is not true any more.
    void begun() {
        State settled = State::Settled;
        state_.compare_exchange_strong(settled, State::Known);
    }

  private:
    std::atomic<State> state_{State::Unknown};
};

}  // namespace millbeck::runtime
