#include "runtime/scheduler/timekeeper.hpp"

#include <stop_token>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

Timekeeper::Timekeeper() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Timekeeper::~Timekeeper() {
    stop();
}

void Timekeeper::stop() {
    thread_.request_stop();
    {
        // Taken so that the notification cannot fall between the thread's check and its sleep.
        const base::MutexLock lock(mutex_);
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

Timekeeper::TimerId Timekeeper::at(base::Instant when, Action action) {
    TimerId id = 0;
    bool first = false;
    {
        const base::MutexLock lock(mutex_);
        id = ++last_id_;
        const auto place = timers_.emplace(Key{when, id}, std::move(action)).first;
        instants_.emplace(id, when);
        first = place == timers_.begin();
    }
    if (first) {
        changed_.notify_all();
    }
    return id;
}

void Timekeeper::cancel(TimerId id) {
    Action dropped;  // destroyed outside of the lock: it may own what calls back
    const base::MutexLock lock(mutex_);
    const auto instant = instants_.find(id);
    if (instant == instants_.end()) {
        return;
    }
    const auto timer = timers_.find(Key{instant->second, id});
    dropped = std::move(timer->second);
    timers_.erase(timer);
    instants_.erase(instant);
}

void Timekeeper::run(const std::stop_token& stop) {
    base::name_this_thread("timekeeper");
    while (true) {
        Action due;
        {
            const base::MutexLock lock(mutex_);
            while (!due) {
                if (stop.stop_requested()) {
                    return;
                }
                if (timers_.empty()) {
                    changed_.wait(mutex_);
                    continue;
                }
                const auto next = timers_.begin();
                if (next->first.first > std::chrono::steady_clock::now()) {
                    const base::Instant when = next->first.first;
                    changed_.wait_until(mutex_, when);
                    continue;
                }
                due = std::move(next->second);
                instants_.erase(next->first.second);
                timers_.erase(next);
            }
        }
        due();
    }
}

}  // namespace millbeck::runtime
