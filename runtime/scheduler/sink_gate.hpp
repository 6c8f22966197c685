// How many workers may be inside one sink at once; the others wait here, not on a pool thread.
#pragma once

#include <deque>
#include <memory>

#include "base/mutex.hpp"

namespace millbeck::runtime {

// Who waits at a gate. granted() runs on the thread that left, must be quick, must not block.
class GateGuest {
  public:
    virtual ~GateGuest() = default;
    virtual void granted() noexcept = 0;
};

// Invariants: at most `slots` are held; guests are let in in the order they came.
// Threads:    any.
class SinkGate {
  public:
    explicit SinkGate(unsigned slots) : free_(slots) {}

    // True: the guest holds a slot. False: it waits, and granted() will tell it that it holds one.
    [[nodiscard]] bool enter(const std::shared_ptr<GateGuest>& guest);

    // Gives a slot back: to the guest that has waited longest, if any still lives.
    void leave();

  private:
    base::Mutex mutex_;
    unsigned free_ MB_GUARDED_BY(mutex_);
    std::deque<std::weak_ptr<GateGuest>> waiting_ MB_GUARDED_BY(mutex_);  // as many as workers
};

}  // namespace millbeck::runtime
