// Lets one delivery in, and none after a stop: for targets that one thread may use.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "sinks/outcome.hpp"

namespace millbeck::sinks {

// Threads: any.
class OneAtATime {
  public:
    // nullopt: the caller is in, and calls leave(). Otherwise what its delivery comes to.
    std::optional<Outcome> enter() {
        const base::MutexLock lock(mutex_);
        if (is_closed_) {
            return outcome_of(Outcome::Kind::NotInvoked,
                              {base::Code::Cancelled, "the sink is being stopped"});
        }
        if (is_busy_) {
            return outcome_of(Outcome::Kind::NotInvoked,
                              {base::Code::Unavailable, "another batch is being delivered"});
        }
        is_busy_ = true;
        return std::nullopt;
    }

    void leave() {
        const base::MutexLock lock(mutex_);
        is_busy_ = false;
        idle_.notify_all();
    }

    // Nobody comes in any more. False: at the deadline somebody was still inside.
    bool close(base::Instant deadline) {
        const base::MutexLock lock(mutex_);
        is_closed_ = true;
        while (is_busy_ && idle_.wait_until(mutex_, deadline) != std::cv_status::timeout) {
        }
        return !is_busy_;
    }

  private:
    base::Mutex mutex_;
    base::ConditionVariable idle_;
    bool is_busy_ MB_GUARDED_BY(mutex_) = false;
    bool is_closed_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::sinks
