#include "runtime/cli/live_output.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace millbeck::runtime::cli {

namespace {

// After printing, this long nothing is printed: what comes meanwhile is summed up.
constexpr base::Milliseconds kPause{50};

constexpr std::string_view kDim = "2";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kRed = "31";
constexpr std::string_view kCyan = "36";

std::string time_of_day(base::WallTime time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return fmt::format("{:%H:%M:%S}.{:03}", local, base::to_millis(time) % 1000);
}

std::string plural(std::uint64_t count, std::string_view noun, std::string_view nouns) {
    return fmt::format("{} {}", count, count == 1 ? noun : nouns);
}

// What somebody who sees this for the first time may want to know.
std::string_view hint_for(const base::Error& error) {
    if (error.code == base::Code::DeadlineExceeded) {
        return "; a longer \"timeout\" of the function may help";
    }
    return "";
}

}  // namespace

void LiveOutput::start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

LiveOutput::~LiveOutput() {
    if (!thread_.joinable()) {
        start();
    }
    thread_.request_stop();
    thread_.join();
}

void LiveOutput::delivered(const DeliveryNote& note) {
    using Kind = sinks::Outcome::Kind;
    Event event;
    event.trigger = note.trigger;
    event.function = note.function;
    event.time = clock_.wall();
    event.batches = 1;
    event.records = note.records;
    event.lag_longest = note.lag;
    event.took_longest = note.took;
    if (note.outcome.kind == Kind::Delivered) {
        event.kind = Event::Kind::Deliveries;
    } else {
        event.kind = Event::Kind::Failure;
        event.text =
            note.outcome.kind == Kind::PartlyFailed
                ? fmt::format("the target refused {}",
                              plural(note.outcome.failed.size(), "record", "records"))
                : fmt::format("{}{}", note.outcome.error.message, hint_for(note.outcome.error));
    }
    add(std::move(event));
}

void LiveOutput::handler_line(std::string_view function, std::string_view line) {
    Event event;
    event.function = function;
    event.text = line;
    add(std::move(event));
}

void LiveOutput::add(Event event) {
    {
        const base::MutexLock lock(mutex_);
        const bool sum = event.kind == Event::Kind::Deliveries && !events_.empty() &&
                         events_.back().kind == event.kind &&
                         events_.back().trigger == event.trigger;
        if (sum) {
            Event& last = events_.back();
            last.batches += event.batches;
            last.records += event.records;
            last.lag_longest = std::max(last.lag_longest, event.lag_longest);
            last.took_longest = std::max(last.took_longest, event.took_longest);
        } else if (events_.size() < kEventsMax) {
            events_.push_back(std::move(event));
        } else {
            ++dropped_;
        }
    }
    changed_.notify_all();
}

void LiveOutput::run(const std::stop_token& stop) {
    bool last = false;
    while (!last) {
        std::deque<Event> events;
        std::uint64_t dropped = 0;
        {
            mutex_.lock();
            changed_.wait(mutex_, stop, [this]() MB_REQUIRES(mutex_) { return !events_.empty(); });
            events.swap(events_);
            dropped = std::exchange(dropped_, 0);
            last = stop.stop_requested();
            mutex_.unlock();
        }
        for (const Event& event : events) {
            print(event);
        }
        if (dropped > 0) {
            out_ << fmt::format("... and {} more that came too fast to show\n", dropped);
        }
        out_.flush();
        mutex_.lock();
        changed_.wait_for(mutex_, stop, kPause, [] { return false; });
        mutex_.unlock();
    }
}

std::string LiveOutput::paint(std::string_view colour, std::string_view text) const {
    return colours_ ? fmt::format("\x1b[{}m{}\x1b[0m", colour, text) : std::string(text);
}

void LiveOutput::print(const Event& event) {
    if (event.kind == Event::Kind::Line) {
        out_ << fmt::format("{} {}\n", paint(kCyan, event.function + " |"), event.text);
        return;
    }
    const std::string time = paint(kDim, time_of_day(event.time));
    const std::string records = plural(event.records, "record", "records");
    if (event.kind == Event::Kind::Failure) {
        out_ << fmt::format("{} {} {} {} not delivered: {}; will be tried again\n", time,
                            event.trigger, paint(kRed, "failed"), records, event.text);
        return;
    }
    const std::string batches =
        event.batches == 1 ? "" : fmt::format(" in {} batches", event.batches);
    out_ << fmt::format("{} {} {} {}{}, handler {} ms, lag {} ms\n", time, event.trigger,
                        paint(kGreen, "delivered"), records, batches, event.took_longest.count(),
                        event.lag_longest.count());
}

}  // namespace millbeck::runtime::cli
