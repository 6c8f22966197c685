#include "sinks/handler/in_flight.hpp"

#include <algorithm>
#include <string>

namespace millbeck::sinks {

base::Status InFlight::enter() {
    const base::MutexLock lock(mutex_);
    if (closed_) {
        return base::fail(base::Code::Cancelled, "the handler is being stopped");
    }
    if (running_ == limit_) {
        return base::fail(base::Code::Unavailable,
                          "all " + std::to_string(limit_) + " processes of the handler are busy");
    }
    ++running_;
    return {};
}

void InFlight::leave() {
    const base::MutexLock lock(mutex_);
    --running_;
    if (running_ == 0) {
        idle_.notify_all();
    }
}

bool InFlight::attach(HandlerProcess& process) {
    const base::MutexLock lock(mutex_);
    if (!cut_) {
        asked_.push_back(&process);
    }
    return !cut_;
}

void InFlight::detach(HandlerProcess& process) {
    const base::MutexLock lock(mutex_);
    asked_.erase(std::remove(asked_.begin(), asked_.end(), &process), asked_.end());
}

void InFlight::close() {
    const base::MutexLock lock(mutex_);
    closed_ = true;
}

bool InFlight::wait_until_idle(base::Instant deadline) {
    const base::MutexLock lock(mutex_);
    while (running_ > 0) {
        if (idle_.wait_until(mutex_, deadline) == std::cv_status::timeout && running_ > 0) {
            return false;
        }
    }
    return true;
}

void InFlight::cut() {
    const base::MutexLock lock(mutex_);
    cut_ = true;
    for (HandlerProcess* process : asked_) {
        process->kill();
    }
}

bool InFlight::was_cut() const {
    const base::MutexLock lock(mutex_);
    return cut_;
}

}  // namespace millbeck::sinks
