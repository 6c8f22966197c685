#include "runtime/node_threads.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Milliseconds;
using base::Status;

namespace {

constexpr Milliseconds kCommitPatience{1'000};
constexpr Milliseconds kMaintainEvery{1'000};

// One line for each new failure, none while it repeats.
class FailureLog {
  public:
    explicit FailureLog(std::string_view what) : what_(what) {}

    void note(const Status& status) {
        const std::string message = status ? "" : status.error().message;
        if (!message.empty() && message != last_) {
            base::log(base::LogLevel::Error, "runtime", what_, {{"error", message}});
        }
        last_ = message;
    }

  private:
    std::string_view what_;
    std::string last_;
};

}  // namespace

CommitterThread::CommitterThread(capture::TableStore& store,
                                 std::function<void(const base::Error&)> on_fatal)
    : store_(store),
      on_fatal_(std::move(on_fatal)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

CommitterThread::~CommitterThread() {
    thread_.request_stop();
    store_.close_queue();
    thread_.join();
}

// The last call comes after the queue was closed, and a closed queue is emptied in one call.
void CommitterThread::run(const std::stop_token& stop) {
    base::name_this_thread("committer");
    bool last = false;
    while (!last) {
        last = stop.stop_requested();
        if (const Status committed = store_.commit_some(kCommitPatience); !committed) {
            on_fatal_(committed.error());
            return;
        }
    }
}

MaintenanceThread::MaintenanceThread(shardlog::ShardLog& log, capture::TableStore& store,
                                     DiskWatch disk)
    : log_(log),
      store_(store),
      disk_(std::move(disk)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

MaintenanceThread::~MaintenanceThread() = default;

void MaintenanceThread::run(const std::stop_token& stop) {
    base::name_this_thread("maintenance");
    FailureLog log_failures("maintenance of the log failed and will be tried again");
    FailureLog table_failures("maintenance of the tables failed and will be tried again");
    while (true) {
        {
            mutex_.lock();
            stopped_.wait_for(mutex_, stop, kMaintainEvery, [] { return false; });
            mutex_.unlock();
        }
        if (stop.stop_requested()) {
            return;
        }
        log_failures.note(log_.maintain());
        table_failures.note(store_.maintain());
        disk_.look();
    }
}

}  // namespace millbeck::runtime
