// The threads that run strands: few while little happens, never more than allowed.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "runtime/scheduler/timekeeper.hpp"

namespace millbeck::runtime {

class Strand;

// Invariants: a strand is in the queue at most once, so the queue is as long as there are strands;
//             while fewer than threads_max threads exist, one of them is idle or about to be, so a
//             ring finds a thread even when all others are in a delivery.
// Threads:    all calls by any thread, but start(), stop() and the destructor by the owner.
class StrandPool {
  public:
    // threads_max: 1..1000.
    StrandPool(Timekeeper& timekeeper, unsigned threads_max);
    // Stops and joins.
    ~StrandPool();
    StrandPool(const StrandPool&) = delete;
    StrandPool& operator=(const StrandPool&) = delete;

    // Strands woken before this wait in the queue.
    void start();

    // No further turns; waits for those that run, at most `deadline`. False: some still run.
    bool stop(base::Milliseconds deadline);

    // Waits for the threads to end, however long their turns take. Requires: stop() was called.
    void join();

    // True when a strand with more to do should end its turn: others wait and no thread is idle, or
    // the pool stops.
    [[nodiscard]] bool should_yield() const;

    [[nodiscard]] Timekeeper& timekeeper() const { return timekeeper_; }

    // For tests and metrics.
    [[nodiscard]] unsigned threads() const;

  private:
    friend class Strand;

    void enqueue(std::shared_ptr<Strand> strand) noexcept;
    void run();
    std::shared_ptr<Strand> take();
    void grow_if_needed() MB_REQUIRES(mutex_);

    Timekeeper& timekeeper_;
    const unsigned threads_max_;

    mutable base::Mutex mutex_;
    base::ConditionVariable work_;
    base::ConditionVariable rested_;
    std::deque<std::shared_ptr<Strand>> queue_ MB_GUARDED_BY(mutex_);
    std::vector<std::jthread> threads_ MB_GUARDED_BY(mutex_);
    unsigned idle_ MB_GUARDED_BY(mutex_) = 0;
    unsigned running_ MB_GUARDED_BY(mutex_) = 0;
    // A notification is under way to an idle thread; it will pass on what else waits. Keeps the
    // cost of a publish that rings many bells at one wake-up on the writer's thread.
    bool waking_ MB_GUARDED_BY(mutex_) = false;
    bool started_ MB_GUARDED_BY(mutex_) = false;
    bool stopping_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::runtime
