// Decides which triggers read which streams and which shards have a worker, whenever something may
// have changed: a shard finished, a shard or stream appeared, a trigger was added.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/scheduler/drain_watch.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand.hpp"
#include "runtime/scheduler/subscription.hpp"

namespace millbeck::runtime {

// Invariants: plans are made on the strand only, so no two at once; lists change under the lock.
// Threads:    any.
class Planner final : public Strand {
  public:
    Planner(const SubscriptionContext& context, DrainWatch& drain);
    ~Planner() override;
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;

    // Errors: NotFound (no enabled stream), InUse (the name is taken), the checkpoint store's.
    base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink);

    [[nodiscard]] std::vector<std::shared_ptr<Subscription>> subscriptions() const;

    // Why the last plan failed; "" when it did not. Tried again every second.
    [[nodiscard]] std::string problem() const;

    // For ShardLog::attach_all, which rings it at every publish: leads to a plan at most a second
    // later, at most one a second, none while nothing happens. Valid as long as the planner.
    [[nodiscard]] shardlog::Doorbell& map_bell();

  protected:
    Turn turn() override;

  private:
    class MapBell;

    // A trigger, on the streams its table has had since; the newest last.
    struct Trigger {
        triggers::TriggerSpec spec;
        std::shared_ptr<sinks::Sink> sink;
        std::shared_ptr<SinkGate> gate;
        std::vector<std::shared_ptr<Subscription>> subscriptions;
    };

    base::Status plan_all();
    base::Status follow_table(Trigger& trigger, const std::vector<shardlog::Stream>& streams);
    base::Status drop_dead(Trigger& trigger, const std::vector<shardlog::Stream>& streams);

    const SubscriptionContext& context_;
    DrainWatch& drain_;
    std::unique_ptr<MapBell> bell_;

    mutable base::Mutex mutex_;
    std::map<std::string, Trigger> triggers_ MB_GUARDED_BY(mutex_);  // by name
    std::map<const sinks::Sink*, std::shared_ptr<SinkGate>> gates_ MB_GUARDED_BY(mutex_);
    std::string problem_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::runtime
