// Whether the disk has room for what is to be written, and who is told when it has not.
#pragma once

#include <atomic>
#include <string>

#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"

namespace millbeck::shardlog {

// Begins with the first refused write and ends when a whole segment fits again: a small write that
// still finds a place is no end, or the log would be full and not full with every other write.
// Logs one line when it begins and one when it ends, however many writes come in between.
// Threads: any.
class SpaceWatch {
  public:
    // `refusing`: 1 while writes are refused; outlives the watch.
    SpaceWatch(base::Path folder, base::Gauge& refusing);

    // A write was refused; does nothing unless `error` is NoSpace.
    void note_refused(const base::Error& error);
    // There is room for a whole segment.
    void note_room();

    [[nodiscard]] bool refusing() const { return refusing_.load(std::memory_order_relaxed); }

    // Why writes are refused and what to do, for a person; "" while they are not.
    [[nodiscard]] std::string reason() const;

  private:
    const base::Path folder_;
    base::Gauge& gauge_;
    std::atomic<bool> refusing_{false};
    mutable base::Mutex mutex_;
    std::string cause_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::shardlog
