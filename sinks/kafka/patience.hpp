// How long a call that librdkafka blocks in may go on: until a deadline, or until the sink is cut
// off, looked at every 50 ms.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::sinks::kafka {

// Borrows its clock and flag.
class Patience {
  public:
    Patience(const base::Clock& clock, base::Instant deadline, const std::atomic<bool>& is_cut)
        : clock_(clock), deadline_(deadline), is_cut_(is_cut) {}

    [[nodiscard]] bool is_over() const { return is_cut_ || clock_.instant() >= deadline_; }

    // Milliseconds to block for at most now; 0 when it is over.
    [[nodiscard]] int slice() const { return std::min(kSliceMilliseconds, left()); }

    // Milliseconds until the deadline, 1 hour at most; 0 when it is over.
    [[nodiscard]] int left() const {
        constexpr base::Milliseconds kLongest{3'600'000};
        const auto left = std::chrono::ceil<base::Milliseconds>(deadline_ - clock_.instant());
        return is_over() ? 0 : static_cast<int>(std::min(left, kLongest).count());
    }

    [[nodiscard]] base::Instant deadline() const { return deadline_; }
    [[nodiscard]] const base::Clock& clock() const { return clock_; }

    // Requires: is_over(). `late`: what to say of a deadline.
    [[nodiscard]] base::Error why(base::Error late) const {
        return is_cut_ ? base::Error{base::Code::Cancelled, "the sink was stopped meanwhile"}
                       : std::move(late);
    }

  private:
    static constexpr int kSliceMilliseconds = 50;
    const base::Clock& clock_;
    base::Instant deadline_;
    const std::atomic<bool>& is_cut_;
};

}  // namespace millbeck::sinks::kafka
