// What `millbeck dev` shows while it runs: deliveries and the handlers' own words, in order, a few
// lines for what is rare and sums for what is frequent.
#pragma once

#include <cstdint>
#include <deque>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "runtime/scheduler/delivery_note.hpp"

namespace millbeck::runtime::cli {

// Invariants: nobody who delivers ever waits for the terminal; at most kEventsMax events wait, what
//             is more is counted and said.
// Threads:    delivered() and handler_line() by any; prints on one thread of its own.
class LiveOutput {
  public:
    static constexpr std::size_t kEventsMax = 1'000;

    LiveOutput(std::ostream& out, bool colours) : out_(out), colours_(colours) {}
    // Prints what waits, also when start() was never called.
    ~LiveOutput();
    LiveOutput(const LiveOutput&) = delete;
    LiveOutput& operator=(const LiveOutput&) = delete;

    // Events of before wait until now. Once.
    void start();

    void delivered(const DeliveryNote& note);
    void handler_line(std::string_view function, std::string_view line);

  private:
    // A line of a handler, a failed delivery, or the sum of deliveries of one trigger in a row.
    struct Event {
        enum class Kind { Line, Failure, Deliveries };
        Kind kind = Kind::Line;
        std::string trigger;
        std::string function;
        std::string text;
        base::WallTime time{};
        std::uint64_t batches = 0;
        std::uint64_t records = 0;
        base::Milliseconds lag_longest{};
        base::Milliseconds took_longest{};
    };

    void add(Event event);
    void run(const std::stop_token& stop);
    void print(const Event& event);
    [[nodiscard]] std::string paint(std::string_view colour, std::string_view text) const;

    std::ostream& out_;
    const bool colours_;
    base::SystemClock clock_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<Event> events_ MB_GUARDED_BY(mutex_);
    std::uint64_t dropped_ MB_GUARDED_BY(mutex_) = 0;
    std::jthread thread_;
};

}  // namespace millbeck::runtime::cli
