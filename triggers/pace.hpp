// How fast the workers of a trigger may read rows together: a limit, and a little while others
// write.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "base/mutex.hpp"

namespace millbeck::triggers {

// Some rows that were read and delivered, and what else happened meanwhile.
struct CopiedRows {
    std::uint64_t rows = 0;
    std::chrono::nanoseconds took{0};
    std::uint64_t changes = 0;  // that were written to any table
    bool beside_live = false;   // triggers delivered as well
};

// Threads: any.
class Pace {
  public:
    // Writers that keep a machine busy get all but a twenty-fifth of the time that a copy would
    // take from them. A change stands for the time it takes a writer's core, several times over, as
    // the copy keeps its target busy too.
    static constexpr std::int64_t kShareOfWriters = 24;  // to one of the copy's
    static constexpr std::chrono::microseconds kForAChange{1'000};
    // Triggers that deliver get four fifths.
    static constexpr std::int64_t kShareOfLive = 4;

    // 0: no limit.
    explicit Pace(std::uint64_t rows_per_second) : rows_per_second_(rows_per_second) {}

    // Notes these rows as copied now; returns how long to wait before the next are read.
    base::Milliseconds after(const CopiedRows& copied, base::Instant now) {
        const auto for_writers = std::min<std::chrono::nanoseconds>(copied.took * kShareOfWriters,
                                                                    kForAChange * copied.changes);
        const std::chrono::nanoseconds for_live =
            copied.beside_live ? copied.took * kShareOfLive : std::chrono::nanoseconds{0};
        const base::MutexLock lock(mutex_);
        next_ = std::max(next_, now) + std::max({for_writers, for_live, by_limit(copied.rows)});
        // What is cut off is waited for with the next rows.
        return std::chrono::floor<base::Milliseconds>(next_ - now);
    }

  private:
    [[nodiscard]] std::chrono::nanoseconds by_limit(std::uint64_t rows) const {
        constexpr std::uint64_t kSecond = 1'000'000'000;
        return std::chrono::nanoseconds{
            rows_per_second_ == 0 ? 0
                                  : static_cast<std::int64_t>(rows * kSecond / rows_per_second_)};
    }

    const std::uint64_t rows_per_second_;
    base::Mutex mutex_;
    base::Instant next_ MB_GUARDED_BY(mutex_){};
};

}  // namespace millbeck::triggers
