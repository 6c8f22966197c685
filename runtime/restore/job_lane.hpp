// Work that takes long, one piece after the other, on a thread of its own: what backups and exports
// write.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/mutex.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// Invariants: work runs in the order given. Once a stop is asked for, no other work begins: what
//             waits is dropped, and its owner finds it unfinished at the next start.
// Threads:    post() and request_stop() by any; the thread exists only once there was work.
class JobLane {
  public:
    using Work = std::function<void(const std::stop_token& stop)>;

    // Jobs, with the one at work. Source: ServiceQuotas, control plane operations at once.
    static constexpr std::size_t kJobsMax = 50;

    // `name`: of the thread, at most 15 characters.
    explicit JobLane(std::string name) : name_(std::move(name)) {}
    ~JobLane();  // request_stop(), then waits for the one at work
    JobLane(const JobLane&) = delete;
    JobLane& operator=(const JobLane&) = delete;

    // LimitExceeded.
    base::Status post(Work work);
    void request_stop();

  private:
    void run(const std::stop_token& stop);

    const std::string name_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::deque<Work> waiting_ MB_GUARDED_BY(mutex_);
    std::size_t at_work_ MB_GUARDED_BY(mutex_) = 0;
    bool stopping_ MB_GUARDED_BY(mutex_) = false;
    std::jthread thread_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
