// The two threads that keep the store and the log going.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/disk_watch.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// The one thread that commits. Ends when the store's queue was closed and is empty.
class CommitterThread {
  public:
    CommitterThread(capture::TableStore& store, std::function<void(const base::Error&)> on_fatal);
    // Closes the queue; what waits in it is committed.
    ~CommitterThread();
    CommitterThread(const CommitterThread&) = delete;
    CommitterThread& operator=(const CommitterThread&) = delete;

  private:
    void run(const std::stop_token& stop);

    capture::TableStore& store_;
    std::function<void(const base::Error&)> on_fatal_;
    std::jthread thread_;
};

// Calls maintain() of log and tables once a second, and looks at the disk. A failure is logged when
// it is a new one, and tried again.
class MaintenanceThread {
  public:
    MaintenanceThread(shardlog::ShardLog& log, capture::TableStore& store, DiskWatch disk);
    ~MaintenanceThread();
    MaintenanceThread(const MaintenanceThread&) = delete;
    MaintenanceThread& operator=(const MaintenanceThread&) = delete;

  private:
    void run(const std::stop_token& stop);

    shardlog::ShardLog& log_;
    capture::TableStore& store_;
    DiskWatch disk_;
    base::Mutex mutex_;
    base::ConditionVariable stopped_;
    std::jthread thread_;
};

}  // namespace millbeck::runtime
