// Where calls of functions wait and run, away from the threads of HTTP and from those of triggers.
#pragma once

#include <atomic>
#include <functional>

#include "base/result.hpp"
#include "runtime/scheduler/strand_pool.hpp"
#include "runtime/scheduler/timekeeper.hpp"

namespace millbeck::runtime::lambda {

// Invariants: a task that was taken is run, unless the desk is closed first; then it is dropped,
//             and with it what it holds.
// Threads:    any; the destructor by the owner, when tasks can end.
class InvokeDesk {
  public:
    static constexpr unsigned kThreadsMax = 64;    // tasks at once
    static constexpr unsigned kWaitingMax = 1000;  // tasks waiting or running; more: Unavailable

    InvokeDesk();
    // Waits for the tasks that run.
    ~InvokeDesk();
    InvokeDesk(const InvokeDesk&) = delete;
    InvokeDesk& operator=(const InvokeDesk&) = delete;

    base::Status post(std::function<void()> task);

    // For strands of others that do the desk's work.
    [[nodiscard]] StrandPool& pool() { return pool_; }

  private:
    Timekeeper timekeeper_;
    std::atomic<unsigned> waiting_{0};
    StrandPool pool_;  // destroyed first: its threads use the others
};

}  // namespace millbeck::runtime::lambda
