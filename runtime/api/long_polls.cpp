#include "runtime/api/long_polls.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Instant;

LongPolls::LongPolls(shardlog::ShardLog& log, std::stop_token stopping)
    : log_(log),
      stopping_(std::move(stopping)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LongPolls::~LongPolls() {
    thread_.request_stop();
    ring();
    thread_.join();
}

base::Status LongPolls::wait(Instant deadline, Attempt attempt) {
    {
        const base::MutexLock lock(mutex_);
        if (count_ >= kWaitingMax) {
            return base::fail(base::Code::Unavailable,
                              "too many requests wait already; try again later");
        }
        ++count_;
        arrived_.push_back({deadline, std::move(attempt)});
    }
    changed_.notify_all();
    return {};
}

void LongPolls::ring() noexcept {
    {
        const base::MutexLock lock(mutex_);
        if (rung_) {
            return;
        }
        rung_ = true;
    }
    changed_.notify_all();
}

bool LongPolls::must_end(const std::stop_token& stop) const {
    return stop.stop_requested() || stopping_.stop_requested();
}

void LongPolls::sleep(const std::stop_token& stop, const std::list<Waiting>& waiting) {
    const base::MutexLock lock(mutex_);
    while (!rung_ && arrived_.empty() && (waiting.empty() || !must_end(stop))) {
        if (waiting.empty()) {
            if (stop.stop_requested()) {
                return;
            }
            changed_.wait(mutex_);
            continue;
        }
        const auto first =
            std::min_element(waiting.begin(), waiting.end(),
                             [](const auto& a, const auto& b) { return a.deadline < b.deadline; });
        const Instant deadline = first->deadline;
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
            return;
        }
    }
}

void LongPolls::run(const std::stop_token& stop) {
    base::name_this_thread("long-polls");
    const std::stop_callback wake(stopping_, [this] { ring(); });
    std::list<Waiting> waiting;
    bool attached = false;
    while (true) {
        sleep(stop, waiting);
        {
            const base::MutexLock lock(mutex_);
            rung_ = false;
            waiting.splice(waiting.end(), arrived_);
        }
        // Attached before the attempts look: what they miss rings.
        if (!attached && !waiting.empty()) {
            log_.attach_all(*this);
            attached = true;
        }
        const bool end = must_end(stop);
        const Instant now = std::chrono::steady_clock::now();
        const auto answered = waiting.remove_if([&](const Waiting& each) {
            const bool last = end || each.deadline <= now;
            return each.attempt(last) || last;
        });
        {
            const base::MutexLock lock(mutex_);
            count_ -= answered;
        }
        if (attached && waiting.empty()) {
            log_.detach_all(*this);
            attached = false;
        }
        if (stop.stop_requested()) {
            return;
        }
    }
}

}  // namespace millbeck::runtime
