// Who waits until everything written is delivered, and what each of them still waits for.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "runtime/scheduler/subscription.hpp"
#include "runtime/scheduler/timekeeper.hpp"

namespace millbeck::runtime {

// Invariants: each call-back runs exactly once. Positions only grow, so a shard that was found
//             drained stays so and is not asked again.
// Threads:    any.
class DrainWatch {
  public:
    using Done = std::function<void(bool drained)>;

    explicit DrainWatch(Timekeeper& timekeeper) : timekeeper_(timekeeper) {}
    // Requires: stop() was called.
    ~DrainWatch() = default;
    DrainWatch(const DrainWatch&) = delete;
    DrainWatch& operator=(const DrainWatch&) = delete;

    // Starts a wait for everything below `target`; nothing is decided before the next begin().
    void add(shardlog::SequenceNumber target, base::Milliseconds timeout, Done done);

    // The last wait that was added, by its number; 0 before the first.
    [[nodiscard]] std::uint64_t newest() const;

    // Lists what waits up to number `newest` have to wait for, where that is not done. Requires:
    // `subscriptions` hold all that was asked for and written before that one was added.
    void begin(const std::vector<std::shared_ptr<Subscription>>& subscriptions,
               std::uint64_t newest);

    // A checkpoint may have moved. One atomic read when nobody waits.
    void progress(const triggers::TriggerId& trigger, const shardlog::ShardId& shard);

    // The trigger's subscription on a stream is another one now, or none: what is disabled or gone
    // is not waited for any more.
    void replace(const triggers::TriggerId& trigger, const std::shared_ptr<Subscription>& by);

    [[nodiscard]] bool nobody_waits() const { return waiting_.load() == 0; }

    // Answers all with false, now and from now on.
    void stop();

  private:
    struct Goal {
        std::shared_ptr<Subscription> subscription;
        shardlog::ShardId shard;
    };
    struct Wait {
        std::uint64_t number = 0;
        shardlog::SequenceNumber target;
        Done done;
        Timekeeper::TimerId timer = 0;
        bool begun = false;
        std::vector<Goal> goals = {};
    };

    void finish(std::uint64_t number, bool drained);

    Timekeeper& timekeeper_;
    std::atomic<std::size_t> waiting_{0};
    mutable base::Mutex mutex_;
    std::list<Wait> waits_ MB_GUARDED_BY(mutex_);
    std::uint64_t last_number_ MB_GUARDED_BY(mutex_) = 0;
    bool stopped_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::runtime
