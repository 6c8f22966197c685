// A limit on how many rows a second the workers of a trigger read together.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace millbeck::triggers {

// Threads: any.
class Pace {
  public:
    // 0: no limit.
    explicit Pace(std::uint64_t rows_per_second) : rows_per_second_(rows_per_second) {}

    // Notes `rows` as read now; returns how long to wait before the next are.
    base::Milliseconds after(std::uint64_t rows, base::Instant now) {
        if (rows_per_second_ == 0) {
            return base::Milliseconds{0};
        }
        const base::MutexLock lock(mutex_);
        next_ = std::max(next_, now) +
                base::Milliseconds{static_cast<std::int64_t>(rows * 1'000 / rows_per_second_)};
        return std::chrono::ceil<base::Milliseconds>(next_ - now);
    }

  private:
    const std::uint64_t rows_per_second_;
    base::Mutex mutex_;
    base::Instant next_ MB_GUARDED_BY(mutex_){};
};

}  // namespace millbeck::triggers
