// Requests that are answered when something happens, or when they have waited long enough: one
// thread tries them all again whenever a bell rings.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <stop_token>
#include <thread>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// Invariants: an attempt runs on one thread, until it returned true or was told it was its last;
//             the log's bell is attached only while somebody waits.
// Threads:    wait() and ring() by any.
class LongPolls final : public shardlog::Doorbell {
  public:
    // Answers if it can and returns true. `last`: answers now, whatever there is.
    using Attempt = std::function<bool(bool last)>;

    static constexpr std::size_t kWaitingMax = 256;  // requests; more: Unavailable

    // `stopping` makes the next attempt of each the last.
    LongPolls(shardlog::ShardLog& log, std::stop_token stopping);
    // Gives every waiting one its last attempt.
    ~LongPolls() override;
    LongPolls(const LongPolls&) = delete;
    LongPolls& operator=(const LongPolls&) = delete;

    // Tried at once, then at every ring, then at `deadline` for the last time.
    base::Status wait(base::Instant deadline, Attempt attempt);

    void ring() noexcept override;

  private:
    struct Waiting {
        base::Instant deadline;
        Attempt attempt;
    };

    void run(const std::stop_token& stop);
    // Waits for a ring, a newcomer, a deadline or a stop.
    void sleep(const std::stop_token& stop, const std::list<Waiting>& waiting);
    [[nodiscard]] bool must_end(const std::stop_token& stop) const;

    shardlog::ShardLog& log_;
    std::stop_token stopping_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::list<Waiting> arrived_ MB_GUARDED_BY(mutex_);
    std::size_t count_ MB_GUARDED_BY(mutex_) = 0;
    bool rung_ MB_GUARDED_BY(mutex_) = false;
    std::jthread thread_;
};

}  // namespace millbeck::runtime
