#include "runtime/api/control_lane.hpp"

#include <utility>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

ControlLane::ControlLane() : thread_([this] { run(); }) {}

ControlLane::~ControlLane() {
    {
        const base::MutexLock lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
}

base::Status ControlLane::post(std::function<void()> task) {
    {
        const base::MutexLock lock(mutex_);
        if (waiting_.size() >= kWaitingMax) {
            return base::fail(base::Code::Unavailable,
                              "Too many table changes are waiting; try again");
        }
        waiting_.push_back(std::move(task));
    }
    changed_.notify_one();
    return {};
}

void ControlLane::run() {
    base::name_this_thread("control-lane");
    while (true) {
        std::function<void()> task;
        {
            const base::MutexLock lock(mutex_);
            while (waiting_.empty() && !stopping_) {
                changed_.wait(mutex_);
            }
            if (waiting_.empty()) {
                return;
            }
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        task();
    }
}

}  // namespace millbeck::runtime
