// One thread for calls that wait for the committer (creating, changing, deleting tables), so that
// no connection thread ever does.
#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "base/mutex.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Invariants: tasks run one after another, in the order given; every task taken is run.
// Threads:    post() by any.
class ControlLane {
  public:
    static constexpr std::size_t kWaitingMax = 256;  // tasks; more: Unavailable

    ControlLane();
    // Runs what is waiting, then joins. Requires: the committer still runs, or refuses.
    ~ControlLane();
    ControlLane(const ControlLane&) = delete;
    ControlLane& operator=(const ControlLane&) = delete;

    base::Status post(std::function<void()> task);

  private:
    void run();

    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<std::function<void()>> waiting_ MB_GUARDED_BY(mutex_);
    bool stopping_ MB_GUARDED_BY(mutex_) = false;
    std::jthread thread_;  // last: it uses the others
};

}  // namespace millbeck::runtime
