// Time as something passed in: a room asks its clock, and tests hold the clock still.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace millbeck::base {

using Milliseconds = std::chrono::milliseconds;

// Wall time, UTC, millisecond precision since the Unix epoch. May step backwards.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Milliseconds>;

// Monotonic time: for deadlines and waits, never for storage.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

// Threads: any.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual Instant instant() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] Instant instant() const override;
};

// Moves only when told; both times move together.
class VirtualClock final : public Clock {
  public:
    explicit VirtualClock(WallTime start = WallTime{Milliseconds{1'700'000'000'000}});

    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] Instant instant() const override;

    // Requires: by >= 0.
    void advance(Milliseconds by);

  private:
    mutable std::mutex mutex_;
    WallTime wall_;
    Instant instant_{};
};

// Milliseconds since the epoch.
inline std::int64_t to_millis(WallTime time) {
    return time.time_since_epoch().count();
}

// `2015-05-11T21:21:33.291` (UTC, no zone suffix): the form of a stream label.
std::string to_iso8601(WallTime time);

}  // namespace millbeck::base
