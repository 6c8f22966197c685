// Which calls run, and how they come to an end when the sink stops.
#pragma once

#include <atomic>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"

namespace millbeck::sinks::kafka {

// Threads: any.
class Gate {
  public:
    explicit Gate(const base::Clock& clock) : clock_(clock) {}

    // A call that may run; false when none may any more.
    class Pass {
      public:
        explicit Pass(Gate& gate) : gate_(gate), is_open_(gate.enter()) {}
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() {
            if (is_open_) {
                gate_.leave();
            }
        }
        explicit operator bool() const { return is_open_; }

      private:
        Gate& gate_;
        bool is_open_;
    };

    // Lets nobody in any more, and waits until all have left. False: they had not by `deadline`,
    // and is_cut() tells them to.
    bool close(base::Instant deadline) {
        const base::MutexLock lock(mutex_);
        is_closed_ = true;
        while (running_ > 0) {
            const auto left = deadline - clock_.instant();
            if (left <= left.zero()) {
                is_cut_ = true;
                return false;
            }
            left_.wait_for(mutex_, left);
        }
        return true;
    }

    void wait_until_empty() {
        const base::MutexLock lock(mutex_);
        while (running_ > 0) {
            left_.wait(mutex_);
        }
    }

    [[nodiscard]] const std::atomic<bool>& is_cut() const { return is_cut_; }

  private:
    bool enter() {
        const base::MutexLock lock(mutex_);
        running_ += is_closed_ ? 0 : 1;
        return !is_closed_;
    }
    void leave() {
        const base::MutexLock lock(mutex_);
        --running_;
        left_.notify_all();
    }

    const base::Clock& clock_;
    base::Mutex mutex_;
    base::ConditionVariable left_;
    unsigned running_ MB_GUARDED_BY(mutex_) = 0;
    bool is_closed_ MB_GUARDED_BY(mutex_) = false;
    std::atomic<bool> is_cut_{false};
};

}  // namespace millbeck::sinks::kafka
