#include "runtime/scheduler/sink_gate.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::runtime {

bool SinkGate::enter(const std::shared_ptr<GateGuest>& guest) {
    bool is_let_in = false;
    Guests others;
    {
        const base::MutexLock lock(mutex_);
        if (waiting_.empty() && has_room()) {
            ++inside_;
            return true;
        }
        waiting_.push_back(guest);
        others = admit();
        is_let_in = std::erase(others, guest) > 0;
    }
    for (const auto& other : others) {
        other->granted();
    }
    return is_let_in;
}

void SinkGate::leave() {
    Guests guests;
    {
        const base::MutexLock lock(mutex_);
        --inside_;
        guests = admit();
    }
    for (const auto& guest : guests) {
        guest->granted();
    }
}

void SinkGate::look_again() {
    Guests guests;
    {
        const base::MutexLock lock(mutex_);
        guests = admit();
    }
    for (const auto& guest : guests) {
        guest->granted();
    }
}

bool SinkGate::withdraw(const GateGuest& guest) {
    const base::MutexLock lock(mutex_);
    return std::erase_if(waiting_, [&](const std::weak_ptr<GateGuest>& each) {
               return each.lock().get() == &guest;
           }) > 0;
}

bool SinkGate::has_room() const {
    return inside_ < std::max(1U, sink_->concurrency());
}

SinkGate::Guests SinkGate::admit() {
    Guests guests;
    while (!waiting_.empty() && has_room()) {
        if (auto guest = waiting_.front().lock()) {
            guests.push_back(std::move(guest));
            ++inside_;
        }
        waiting_.pop_front();
    }
    return guests;
}

}  // namespace millbeck::runtime
