// The processes of a handler that live on, between two events: kept warm, looked after, started
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/handler/handler_process.hpp"

namespace millbeck::sinks {

class ExitWatch;
class RuntimeServer;

struct PooledProcess {
    PooledProcess();
    PooledProcess(PooledProcess&& other) noexcept;
    PooledProcess& operator=(PooledProcess&& other) noexcept;
    PooledProcess(const PooledProcess&) = delete;
    PooledProcess& operator=(const PooledProcess&) = delete;
    ~PooledProcess();

    std::unique_ptr<HandlerProcess> process;
    std::unique_ptr<RuntimeServer> server;  // what it fetches its events from; protocol runtime
    std::shared_ptr<ExitWatch> watch;       // notices its end while it is idle
    base::Instant given_back{};
};

// Starts a process; the pool adds the watch. Errors: those of HandlerProcess::start().
using StartProcess = std::function<base::Result<PooledProcess>()>;

// A process given out belongs to its taker, who gives it back or reports its end.
// The process used last is given out first, so a quiet function needs one of them.
// Starting again waits, doubling, while processes end without ever having answered: a command that
// cannot work is not started in a loop, one that answers and then dies is replaced at once.
// Threads: any.
class ProcessPool : public std::enable_shared_from_this<ProcessPool> {
  public:
    // `starts` counts processes.
    ProcessPool(ProcessContext context, base::Counter& starts, StartProcess start)
        : context_(context), starts_(starts), start_(std::move(start)) {}

    // An idle process that is alive and quiet, else a new one. Errors: those of StartProcess,
    // Unavailable while starting again waits.
    base::Result<PooledProcess> take();

    // A new one, in the place of one that was given out and has ended. Does not wait.
    base::Result<PooledProcess> replace();

    // It answered and may be asked again.
    void give_back(PooledProcess pooled);

    // It ended, and nobody had asked it to.
    void ended(const HandlerProcess& process, const base::ExitStatus& exit);

    // Ends the idle processes, politely until `deadline`; afterwards the pool watches none. The
    // last call. Requires: none is out.
    void end_idle(base::Instant deadline);

    // Ends the idle processes that were given back before `last_used`, politely.
    void end_unused(base::Instant last_used);

    // The end of a process whose watch this is was noticed. For ExitWatch.
    void notice_end(ExitWatch& watch);

  private:
    base::Status may_start();
    void start_was_useless(std::string last_end);
    void bury(PooledProcess pooled);
    void end_all(std::vector<PooledProcess> idle, base::Instant deadline);

    const ProcessContext context_;
    base::Counter& starts_;
    const StartProcess start_;
    base::Mutex mutex_;
    std::vector<PooledProcess> idle_ MB_GUARDED_BY(mutex_);
    bool closed_ MB_GUARDED_BY(mutex_) = false;
    unsigned burying_ MB_GUARDED_BY(mutex_) = 0;  // notice_end() calls at work outside the lock
    base::ConditionVariable buried_;
    std::uint32_t useless_starts_ MB_GUARDED_BY(mutex_) = 0;  // in a row, without an answer
    base::Instant start_again_ MB_GUARDED_BY(mutex_){};
    std::string last_end_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::sinks
