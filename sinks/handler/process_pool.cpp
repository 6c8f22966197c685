#include "sinks/handler/process_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "sinks/handler/debugging.hpp"
#include "sinks/handler/runtime_server.hpp"

namespace millbeck::sinks {

// Lives as long as the pump or the process holds it; the pool may be gone before.
class ExitWatch final : public PumpTarget {
  public:
    ExitWatch(std::weak_ptr<ProcessPool> pool, int fd) : pool_(std::move(pool)), fd_(fd) {}

    [[nodiscard]] int fd() const override { return fd_; }
    bool on_readable() override {
        if (const auto pool = pool_.lock()) {
            pool->notice_end(*this);
        }
        return false;
    }

    // Under the pool's lock.
    bool ended = false;

  private:
    const std::weak_ptr<ProcessPool> pool_;
    const int fd_;
};

PooledProcess::PooledProcess() = default;
PooledProcess::PooledProcess(PooledProcess&& other) noexcept = default;
PooledProcess& PooledProcess::operator=(PooledProcess&& other) noexcept = default;
PooledProcess::~PooledProcess() = default;

base::Result<PooledProcess> ProcessPool::take() {
    for (;;) {
        PooledProcess pooled;
        {
            const base::MutexLock lock(mutex_);
            if (idle_.empty()) {
                break;
            }
            pooled = std::move(idle_.back());
            idle_.pop_back();
        }
        switch (pooled.process->idle_state()) {
            case IdleState::Quiet:
                return pooled;
            case IdleState::Talking:
                base::log(base::LogLevel::Warn, "sinks",
                          "a handler wrote to stdout when nothing was asked; it is replaced, since "
                          "its answers cannot be told apart any more",
                          {{"function", context_.options.function}});
                break;
            case IdleState::Ended:
                bury(std::move(pooled));
                break;
        }
    }
    MB_TRY_STATUS(may_start());
    return replace();
}

base::Result<PooledProcess> ProcessPool::replace() {
    auto started = start_();
    if (!started) {
        start_was_useless(started.error().message);
        return tl::unexpected<base::Error>(std::move(started).error());
    }
    starts_.add();
    HandlerProcess& process = *started->process;
    tell_how_to_attach(context_.options, process.pid());
    started->watch = std::make_shared<ExitWatch>(weak_from_this(), process.exit_fd());
    process.watch_exit(started->watch);
    return started;
}

base::Status ProcessPool::may_start() {
    const base::MutexLock lock(mutex_);
    const auto left = start_again_ - context_.clock.instant();
    if (useless_starts_ > 0 && left.count() > 0) {
        const auto wait = std::chrono::ceil<base::Milliseconds>(left);
        return base::fail(base::Code::Unavailable,
                          fmt::format("the handler is started again in {:.1f} s (last: {})",
                                      static_cast<double>(wait.count()) / 1000.0, last_end_));
    }
    return {};
}

void ProcessPool::start_was_useless(std::string last_end) {
    const base::MutexLock lock(mutex_);
    ++useless_starts_;
    last_end_ = std::move(last_end);
    start_again_ =
        context_.clock.instant() + base::backoff_after(context_.options.restart, useless_starts_);
}

void ProcessPool::give_back(PooledProcess pooled) {
    pooled.given_back = context_.clock.instant();
    {
        const base::MutexLock lock(mutex_);
        useless_starts_ = 0;
        if (!pooled.watch->ended) {
            idle_.push_back(std::move(pooled));
            return;
        }
    }
    bury(std::move(pooled));
}

void ProcessPool::ended(const HandlerProcess& process, const base::ExitStatus& exit) {
    if (!process.proven()) {
        start_was_useless(exit.to_string());
    }
}

void ProcessPool::notice_end(ExitWatch& watch) {
    PooledProcess pooled;
    {
        const base::MutexLock lock(mutex_);
        watch.ended = true;
        const auto found = std::find_if(idle_.begin(), idle_.end(), [&](const PooledProcess& each) {
            return each.watch.get() == &watch;
        });
        if (found == idle_.end() || closed_) {
            return;  // it is being asked: who asked it finds out
        }
        pooled = std::move(*found);
        idle_.erase(found);
        ++burying_;
    }
    bury(std::move(pooled));
    const base::MutexLock lock(mutex_);
    --burying_;
    buried_.notify_all();
}

void ProcessPool::bury(PooledProcess pooled) {
    const base::ExitStatus exit = pooled.process->end();
    base::log(base::LogLevel::Info, "sinks", "a handler process ended while it was idle",
              {{"function", context_.options.function}, {"exit", exit.to_string()}});
    ended(*pooled.process, exit);
}

void ProcessPool::end_idle(base::Instant deadline) {
    std::vector<PooledProcess> idle;
    {
        const base::MutexLock lock(mutex_);
        closed_ = true;
        idle.swap(idle_);
        while (burying_ > 0) {
            buried_.wait(mutex_);
        }
    }
    end_all(std::move(idle), deadline);
}

// Idle ones lie in the order in which they were given back, but for ties among threads.
void ProcessPool::end_unused(base::Instant last_used) {
    if (context_.options.debug) {
        return;  // somebody is attached to it
    }
    std::vector<PooledProcess> unused;
    {
        const base::MutexLock lock(mutex_);
        const auto used = std::stable_partition(
            idle_.begin(), idle_.end(),
            [&](const PooledProcess& each) { return each.given_back < last_used; });
        unused.assign(std::make_move_iterator(idle_.begin()), std::make_move_iterator(used));
        idle_.erase(idle_.begin(), used);
    }
    end_all(std::move(unused), base::Instant::max());
}

void ProcessPool::end_all(std::vector<PooledProcess> idle, base::Instant deadline) {
    for (PooledProcess& each : idle) {
        each.process->say_farewell();  // all at once, so that they leave side by side
    }
    for (PooledProcess& each : idle) {
        const auto left =
            std::chrono::duration_cast<base::Milliseconds>(deadline - context_.clock.instant());
        if (left.count() > 0) {
            each.process->end_politely(std::min(left, context_.options.kill_grace));
        }
    }
}

}  // namespace millbeck::sinks
