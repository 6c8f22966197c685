// How many connections are open: the limit, the gauge and the wait of a stopping server.
#pragma once

#include <chrono>
#include <utility>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"

namespace millbeck::base {

// Threads: any.
class ConnectionCount {
  public:
    // Once, before use. `gauge` outlives every open connection.
    void init(std::size_t most, Gauge* gauge) {
        const MutexLock lock(mutex_);
        most_ = most;
        gauge_ = gauge;
    }

    // False when the limit is reached.
    bool try_open() {
        const MutexLock lock(mutex_);
        if (open_ >= most_) {
            return false;
        }
        ++open_;
        // Set under the lock, or two threads could leave the older number standing.
        gauge_->set(static_cast<double>(open_));
        return true;
    }

    void close() {
        const MutexLock lock(mutex_);
        --open_;
        gauge_->set(static_cast<double>(open_));
        if (open_ == 0) {
            none_open_.notify_all();
        }
    }

    // True when none was left within `wait`.
    bool wait_for_none(Milliseconds wait) {
        const MutexLock lock(mutex_);
        const auto deadline = std::chrono::steady_clock::now() + wait;
        while (open_ > 0) {
            if (none_open_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
                return open_ == 0;
            }
        }
        return true;
    }

  private:
    Mutex mutex_;
    ConditionVariable none_open_;
    std::size_t open_ MB_GUARDED_BY(mutex_) = 0;
    std::size_t most_ MB_GUARDED_BY(mutex_) = 0;
    Gauge* gauge_ MB_GUARDED_BY(mutex_) = nullptr;
};

// One counted connection; gives its place back when it goes.
class ConnectionSlot {
  public:
    ConnectionSlot() = default;
    // Takes over what try_open() has counted.
    explicit ConnectionSlot(ConnectionCount& count) : count_(&count) {}
    ConnectionSlot(ConnectionSlot&& other) noexcept
        : count_(std::exchange(other.count_, nullptr)) {}
    ConnectionSlot& operator=(ConnectionSlot&& other) noexcept {
        std::swap(count_, other.count_);
        return *this;
    }
    ConnectionSlot(const ConnectionSlot&) = delete;
    ConnectionSlot& operator=(const ConnectionSlot&) = delete;
    ~ConnectionSlot() { reset(); }

    void reset() {
        if (count_ != nullptr) {
            std::exchange(count_, nullptr)->close();
        }
    }

  private:
    ConnectionCount* count_ = nullptr;
};

}  // namespace millbeck::base
