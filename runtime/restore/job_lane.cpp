#include "runtime/restore/job_lane.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;

JobLane::~JobLane() {
    request_stop();
    std::jthread ending;
    std::deque<Work> dropped;
    {
        const base::MutexLock lock(mutex_);
        ending.swap(thread_);
        dropped.swap(waiting_);
    }
}

void JobLane::request_stop() {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
    thread_.request_stop();
    changed_.notify_all();
}

Status JobLane::post(Work work) {
    const base::MutexLock lock(mutex_);
    if (stopping_) {
        return base::fail(Code::Unavailable, "Millbeck is stopping");
    }
    if (waiting_.size() + at_work_ >= kJobsMax) {
        return base::fail(
            Code::LimitExceeded,
            fmt::format("Too many operations of this kind are at work; the limit is {}", kJobsMax));
    }
    waiting_.push_back(std::move(work));
    if (!thread_.joinable()) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    changed_.notify_all();
    return {};
}

void JobLane::run(const std::stop_token& stop) {
    base::name_this_thread(name_.c_str());
    while (true) {
        Work work;
        {
            const base::MutexLock lock(mutex_);
            at_work_ = 0;
            while (waiting_.empty() && !stopping_) {
                changed_.wait(mutex_);
            }
            if (stopping_) {
                return;
            }
            work = std::move(waiting_.front());
            waiting_.pop_front();
            at_work_ = 1;
        }
        work(stop);
    }
}

}  // namespace millbeck::runtime
