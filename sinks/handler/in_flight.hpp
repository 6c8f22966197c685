// Which deliveries run, with which processes, and how they come to an end when the sink stops.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/handler/handler_process.hpp"

namespace millbeck::sinks {

// Threads: any.
class InFlight {
  public:
    explicit InFlight(unsigned limit) : limit_(limit) {}

    // A delivery begins: Unavailable when `limit` run, Cancelled after close(). Each success is
    // followed by one leave().
    base::Status enter();
    void leave();

    // The process that is asked now; from here to detach() cut() may kill it. False when cut() was
    // called already: do not ask.
    bool attach(HandlerProcess& process);
    void detach(HandlerProcess& process);

    // No more deliveries begin.
    void close();

    // Waits until none runs; false when `deadline` came first.
    bool wait_until_idle(base::Instant deadline);

    // Kills the processes that are being asked: their deliveries end at once.
    void cut();
    [[nodiscard]] bool was_cut() const;

  private:
    const unsigned limit_;
    mutable base::Mutex mutex_;
    base::ConditionVariable idle_;
    unsigned running_ MB_GUARDED_BY(mutex_) = 0;
    std::vector<HandlerProcess*> asked_ MB_GUARDED_BY(mutex_);
    bool closed_ MB_GUARDED_BY(mutex_) = false;
    bool cut_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::sinks
