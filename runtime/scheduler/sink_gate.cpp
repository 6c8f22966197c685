#include "runtime/scheduler/sink_gate.hpp"

namespace millbeck::runtime {

bool SinkGate::enter(const std::shared_ptr<GateGuest>& guest) {
    const base::MutexLock lock(mutex_);
    if (free_ == 0) {
        waiting_.push_back(guest);
        return false;
    }
    --free_;
    return true;
}

void SinkGate::leave() {
    std::shared_ptr<GateGuest> next;
    {
        const base::MutexLock lock(mutex_);
        while (!next && !waiting_.empty()) {
            next = waiting_.front().lock();
            waiting_.pop_front();
        }
        if (!next) {
            ++free_;
        }
    }
    if (next) {
        next->granted();
    }
}

}  // namespace millbeck::runtime
