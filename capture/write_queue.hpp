// What waits for the committer: writes in groups, and commands that run alone between two groups.
// First come, first served over both.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/prepared_write.hpp"

namespace millbeck::capture {

struct QueueLimits {
    std::size_t commits_max = 16'384;        // waiting, a command counts as one; more: Unavailable
    std::size_t bytes_max = 256u << 20;      // of waiting writes; more: Unavailable
    std::size_t group_bytes_max = 8u << 20;  // taken at once, but for a first request above it
};

// Runs on the committer's thread with nothing unpublished in the log; called exactly once, with an
// error instead if it cannot run.
using Command = std::function<void(base::Status may_run)>;

// What take() gives: writes, or one command, or (waited in vain) neither.
struct QueueBatch {
    std::vector<WriteRequest> writes;
    std::optional<Command> command;

    [[nodiscard]] bool empty() const { return writes.empty() && !command; }
    void clear() {
        writes.clear();
        command.reset();
    }
};

// Threads: push by any; take by one, the committer; close by any.
class WriteQueue {
  public:
    explicit WriteQueue(const QueueLimits& limits) : limits_(limits) {}

    // Unavailable when full or closed; then the argument is untouched and its owner answers.
    base::Status push(WriteRequest& request);
    base::Status push(Command& command);

    // Waits up to `patience`, not at all when closed. `batch` is cleared first.
    void take(QueueBatch& batch, base::Milliseconds patience);

    // From now on push() fails with `why`; the first reason stays. What waits can still be taken.
    void close(base::Error why);

    [[nodiscard]] bool closed() const;
    [[nodiscard]] std::size_t waiting_commits() const;

  private:
    using Entry = std::variant<WriteRequest, Command>;

    base::Status check_room(std::size_t commits) const MB_REQUIRES(mutex_);
    void ring_if_waited_for() MB_REQUIRES(mutex_);
    void take_writes(QueueBatch& batch) MB_REQUIRES(mutex_);

    const QueueLimits limits_;
    mutable base::Mutex mutex_;
    base::ConditionVariable filled_;
    std::deque<Entry> entries_ MB_GUARDED_BY(mutex_);
    std::size_t commits_ MB_GUARDED_BY(mutex_) = 0;
    std::size_t bytes_ MB_GUARDED_BY(mutex_) = 0;
    bool awaited_ MB_GUARDED_BY(mutex_) = false;
    std::optional<base::Error> closed_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::capture
