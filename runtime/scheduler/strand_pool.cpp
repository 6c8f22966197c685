#include "runtime/scheduler/strand_pool.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "base/result.hpp"
#include "base/thread_name.hpp"
#include "runtime/scheduler/strand.hpp"

namespace millbeck::runtime {

StrandPool::StrandPool(Timekeeper& timekeeper, unsigned threads_max)
    : timekeeper_(timekeeper), threads_max_(threads_max) {
    MB_CHECK(threads_max >= 1 && threads_max <= 1000, "threads_max is out of range");
}

StrandPool::~StrandPool() {
    stop(base::Milliseconds{0});
    join();
}

void StrandPool::join() {
    std::vector<std::jthread> threads;
    {
        const base::MutexLock lock(mutex_);
        threads.swap(threads_);
    }
    threads.clear();  // joins, without the lock that ending threads need
    const base::MutexLock lock(mutex_);
    queue_.clear();
}

void StrandPool::start() {
    const base::MutexLock lock(mutex_);
    started_ = true;
    grow_if_needed();
}

bool StrandPool::stop(base::Milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    const base::MutexLock lock(mutex_);
    stopping_ = true;
    work_.notify_all();
    while (running_ > 0) {
        if (rested_.wait_until(mutex_, until) == std::cv_status::timeout) {
            return running_ == 0;
        }
    }
    return true;
}

bool StrandPool::should_yield() const {
    const base::MutexLock lock(mutex_);
    return stopping_ || (!queue_.empty() && idle_ == 0);
}

unsigned StrandPool::threads() const {
    const base::MutexLock lock(mutex_);
    return static_cast<unsigned>(threads_.size());
}

void StrandPool::enqueue(std::shared_ptr<Strand> strand) noexcept {
    bool notify = false;
    {
        const base::MutexLock lock(mutex_);
        if (stopping_) {
            return;
        }
        queue_.push_back(std::move(strand));
        notify = idle_ > 0 && !waking_;
        waking_ = waking_ || notify;
    }
    if (notify) {
        work_.notify_one();
    }
}

// Waits for a strand; nullptr when the pool stops. Wakes the next thread if more waits.
std::shared_ptr<Strand> StrandPool::take() {
    std::shared_ptr<Strand> strand;
    bool pass_on = false;
    {
        const base::MutexLock lock(mutex_);
        while (!stopping_ && queue_.empty()) {
            ++idle_;
            work_.wait(mutex_);
            --idle_;
            waking_ = false;
        }
        if (stopping_) {
            return nullptr;
        }
        strand = std::move(queue_.front());
        queue_.pop_front();
        ++running_;
        grow_if_needed();
        pass_on = !queue_.empty() && idle_ > 0 && !waking_;
        waking_ = waking_ || pass_on;
    }
    if (pass_on) {
        work_.notify_one();
    }
    return strand;
}

// A thread that is starting counts as idle from its birth on: it looks at the queue first of all.
void StrandPool::grow_if_needed() {
    if (!started_ || stopping_ || threads_.size() >= threads_max_ || threads_.size() > running_) {
        return;
    }
    threads_.emplace_back([this] { run(); });
}

void StrandPool::run() {
    base::name_this_thread("delivery");
    try {
        while (auto strand = take()) {
            strand->run_turn();
            strand.reset();
            const base::MutexLock lock(mutex_);
            --running_;
            if (stopping_ && running_ == 0) {
                rested_.notify_all();
            }
        }
    } catch (const std::exception& e) {
        MB_CHECK(false, e.what());
    }
}

}  // namespace millbeck::runtime
