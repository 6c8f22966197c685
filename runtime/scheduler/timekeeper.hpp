// One thread that wakes things when their time comes, so that no other thread has to watch a clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace millbeck::runtime {

// Invariants: an action runs at most once, never before its time; actions run in order of time.
// Threads:    all calls by any thread; actions run on the timekeeper's thread, must be quick, must
//             not block, and may call at() and cancel().
class Timekeeper {
  public:
    using Action = std::function<void()>;
    using TimerId = std::uint64_t;  // from 1

    // Sleeps by the machine's monotonic clock: instants given are that clock's.
    Timekeeper();
    ~Timekeeper();
    Timekeeper(const Timekeeper&) = delete;
    Timekeeper& operator=(const Timekeeper&) = delete;

    TimerId at(base::Instant when, Action action);

    // Ends the thread after the action that runs, if one does; the others are dropped.
    void stop();

    // Forgets the timer if it has not started; does not wait for an action that runs.
    void cancel(TimerId id);

  private:
    using Key = std::pair<base::Instant, TimerId>;

    void run(const std::stop_token& stop);

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::map<Key, Action> timers_ MB_GUARDED_BY(mutex_);
    std::map<TimerId, base::Instant> instants_ MB_GUARDED_BY(mutex_);
    TimerId last_id_ MB_GUARDED_BY(mutex_) = 0;
    std::jthread thread_;  // last: starts when all else is ready, ends first
};

}  // namespace millbeck::runtime
