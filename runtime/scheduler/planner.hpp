// Decides which triggers read which streams and which shards have a worker, whenever something may
// have changed: a shard finished, a shard or stream appeared, a trigger was added, changed,
// removed.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/scheduler/drain_watch.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand.hpp"
#include "runtime/scheduler/subscription.hpp"

namespace millbeck::runtime {

// Changes of one trigger that wait for each other at most.
inline constexpr std::size_t kChangesMax = 100;

// Invariants: plans are made and changes carried out on the strand only, so no two at once; lists
//             change under the lock. A change begins new workers when the old ones have ended.
// Threads:    any.
class Planner final : public Strand {
  public:
    using Done = std::function<void()>;

    Planner(const SubscriptionContext& context, DrainWatch& drain);
    ~Planner() override;
    Planner(const Planner&) = delete;
    Planner& operator=(const Planner&) = delete;

    // See TriggerManager. Errors besides: Unavailable (kChangesMax changes wait, or it stopped).
    base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink);
    base::Status update(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink, Done done);
    base::Status remove(const std::string& name, Done done);
    using Moved = std::function<void(base::Result<triggers::CheckpointChange>)>;
    base::Status move(const std::string& name, TriggerMove move, Moved done);
    [[nodiscard]] base::Result<std::vector<triggers::CheckpointChange>> changes(
        const std::string& name, std::size_t limit) const;

    // Answers every change that is not carried out, now and from now on. Requires: no more turns.
    void stop();

    // Removes what was to be removed when it stopped. Requires: no worker runs any more.
    void finish_removals();

    [[nodiscard]] std::vector<std::shared_ptr<Subscription>> subscriptions() const;

    // nullopt: there is no trigger of this name.
    [[nodiscard]] std::optional<Delivery> delivery_of(const std::string& name) const;

    // Why the last plan failed; "" when it did not. Tried again every second.
    [[nodiscard]] std::string problem() const;

    // For ShardLog::attach_all, which rings it at every publish: leads to a plan at most a second
    // later, at most one a second, none while nothing happens. Valid as long as the planner.
    [[nodiscard]] shardlog::Doorbell& map_bell();

  protected:
    Turn turn() override;

  private:
    class MapBell;

    // A move, and what came of it once it was carried out.
    struct Move {
        TriggerMove asked;
        std::optional<base::Result<triggers::CheckpointChange>> result = {};
    };

    // What is asked of a trigger that exists: an update, a move or, without both, its removal.
    struct Change {
        std::optional<Delivery> to = {};
        std::shared_ptr<Move> move = {};  // its result is the strand's until `done`
        Done done;
        [[nodiscard]] bool is_removal() const { return !to && !move; }
    };

    // A trigger, on the streams its table has had since; the newest last.
    struct Trigger {
        Delivery delivery;
        std::vector<std::shared_ptr<Subscription>> subscriptions = {};
        std::deque<Change> changes = {};  // in the order they were asked for
    };

    base::Status ask(const std::string& name, Change change);
    base::Status check_update(const triggers::TriggerSpec& spec) const;
    std::shared_ptr<SinkGate> gate_of(const std::shared_ptr<sinks::Sink>& sink) MB_REQUIRES(mutex_);
    base::Status open_first(Trigger& trigger);

    [[nodiscard]] bool is_settled() const;
    base::Status plan_all();
    base::Status plan_trigger(const std::string& name,
                              const std::vector<shardlog::Stream>& streams);
    base::Result<bool> change_trigger(const std::string& name);
    base::Status apply(const std::string& name, const Trigger& trigger);
    base::Result<triggers::CheckpointChange> carry_out(const TriggerMove& move,
                                                       const Trigger& trigger);
    base::Result<triggers::CheckpointChange> take_back(const TriggerMove& move,
                                                       const Trigger& trigger);
    base::Result<triggers::MovePlace> place_of(const TriggerMove& move) const;
    [[nodiscard]] static base::Result<std::shared_ptr<Subscription>> moved_subscription(
        const TriggerMove& move, const Trigger& trigger, const shardlog::ShardLog& log);
    base::Status erase(const std::string& name, const Trigger& trigger);
    base::Status forget(const Trigger& trigger);
    base::Status forget(const triggers::TriggerId& trigger);
    base::Status follow_table(Trigger& trigger, const std::vector<shardlog::Stream>& streams);
    base::Status drop_dead(Trigger& trigger, const std::vector<shardlog::Stream>& streams);
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] std::optional<Trigger> find(const std::string& name) const;
    void look_at_gates();

    const SubscriptionContext& context_;
    DrainWatch& drain_;
    std::unique_ptr<MapBell> bell_;

    mutable base::Mutex mutex_;
    std::map<std::string, Trigger> triggers_ MB_GUARDED_BY(mutex_);  // by name
    std::set<std::string> being_added_ MB_GUARDED_BY(mutex_);
    std::map<const sinks::Sink*, std::weak_ptr<SinkGate>> gates_ MB_GUARDED_BY(mutex_);
    std::string problem_ MB_GUARDED_BY(mutex_);
    bool stopped_ MB_GUARDED_BY(mutex_) = false;
    std::vector<Trigger> half_removed_ MB_GUARDED_BY(mutex_);  // when it stopped
};

}  // namespace millbeck::runtime
