#include "base/clock.hpp"

#include <fmt/format.h>

#include "base/result.hpp"

namespace millbeck::base {

WallTime SystemClock::wall() const {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

Instant SystemClock::instant() const {
    return std::chrono::steady_clock::now();
}

VirtualClock::VirtualClock(WallTime start) : wall_(start) {}

WallTime VirtualClock::wall() const {
    const std::lock_guard lock(mutex_);
    return wall_;
}

Instant VirtualClock::instant() const {
    const std::lock_guard lock(mutex_);
    return instant_;
}

void VirtualClock::advance(Milliseconds by) {
    MB_CHECK(by.count() >= 0, "a virtual clock does not run backwards");
    const std::lock_guard lock(mutex_);
    wall_ += by;
    instant_ += by;
}

std::string to_iso8601(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<Milliseconds> clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace millbeck::base
