// How many workers may be inside one sink at once; the others wait here, not on a pool thread.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "sinks/sink.hpp"

namespace millbeck::runtime {

// Who waits at a gate. granted() runs on the thread that made room, must be quick, must not block.
class GateGuest {
  public:
    virtual ~GateGuest() = default;
    virtual void granted() noexcept = 0;
};

// Invariants: nobody is let in while as many are inside as the sink's concurrency() says then (at
//             least one may always be); guests are let in in the order they came.
// Threads:    any.
class SinkGate {
  public:
    explicit SinkGate(std::shared_ptr<const sinks::Sink> sink) : sink_(std::move(sink)) {}

    // True: the guest is let in. False: it waits, and granted() will tell it that it is.
    [[nodiscard]] bool enter(const std::shared_ptr<GateGuest>& guest);

    // Somebody goes: guests that have waited longest follow, as many as there is room for.
    void leave();

    // Lets guests in if the sink takes more than it did.
    void look_again();

    // The guest waits no longer. False: it did not wait; if it was let in, granted() tells it.
    bool withdraw(const GateGuest& guest);

  private:
    using Guests = std::vector<std::shared_ptr<GateGuest>>;

    [[nodiscard]] bool has_room() const MB_REQUIRES(mutex_);
    [[nodiscard]] Guests admit() MB_REQUIRES(mutex_);

    const std::shared_ptr<const sinks::Sink> sink_;
    base::Mutex mutex_;
    unsigned inside_ MB_GUARDED_BY(mutex_) = 0;
    std::deque<std::weak_ptr<GateGuest>> waiting_ MB_GUARDED_BY(mutex_);  // as many as workers
};

}  // namespace millbeck::runtime
