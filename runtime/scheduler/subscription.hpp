// A trigger on one stream: which of its shards have a worker now, and how far each of them is.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/scheduler/copy_life.hpp"
#include "runtime/scheduler/copy_start.hpp"
#include "runtime/scheduler/delivery.hpp"
#include "runtime/scheduler/strand_pool.hpp"
#include "runtime/scheduler/worker_strand.hpp"
#include "runtime/trigger_manager.hpp"
#include "triggers/shard_plan.hpp"

namespace millbeck::runtime {

// Shared by all subscriptions of a node; borrowed for their life.
struct SubscriptionContext {
    shardlog::ShardLog& log;
    triggers::CheckpointStore& checkpoints;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    StrandPool& pool;
    const TriggerManagerOptions& options;
    // A checkpoint may have moved / a worker has ended, so others may start. On pool threads.
    std::function<void(const triggers::TriggerId&, const shardlog::ShardId&)> on_progress;
    std::function<void()> on_ended;
};

// Threads: plan() and retire() by one thread at a time (the planner's strand); the rest by any.
class Subscription : public std::enable_shared_from_this<Subscription> {
  public:
    // Gives the trigger its id on this stream, and its first checkpoints by `from` if it has none.
    static base::Result<std::shared_ptr<Subscription>> open(const SubscriptionContext& context,
                                                            Delivery delivery,
                                                            shardlog::Stream stream,
                                                            triggers::StartingPosition from);

    // The same trigger on the same stream, from its checkpoints on. Requires: this is at_rest().
    [[nodiscard]] std::shared_ptr<Subscription> changed_to(Delivery delivery) const;

    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    [[nodiscard]] const triggers::TriggerSpec& spec() const { return delivery_.spec; }
    [[nodiscard]] const shardlog::Stream& stream() const { return stream_; }
    [[nodiscard]] std::string stream_arn() const {
        return shardlog::stream_arn(context_.options.identity, stream_.table_name, stream_.label);
    }

    // Starts a worker on every shard that may run and has none, lets go of finished ones, and
    // notes as a gap what retention took with a whole shard. Of a copy only when it is known where
    // the target stands; finding out leads to another plan.
    base::Status plan();

    // The next plan ends its workers and begins its copy anew. Errors: InUse (it is being begun).
    base::Status lose_copy();

    // Lets its workers look at once. By any thread.
    void wake();

    // No worker begins another turn with a delivery; retire() has to follow. By any thread.
    void begin_no_more();

    // Ends all workers where they are; at_rest() once the deliveries in flight are done with.
    void retire();
    [[nodiscard]] bool at_rest();

    [[nodiscard]] std::vector<ShardPosition> positions() const;

    // True when nothing of the shard below `target` is unacknowledged.
    [[nodiscard]] bool drained(const shardlog::ShardId& shard,
                               shardlog::SequenceNumber target) const;

    [[nodiscard]] TriggerStatus status() const;
    [[nodiscard]] TriggerStatus brief_status() const;

    // Shards whose oldest unacknowledged record is older than the node's unhealthy_after.
    [[nodiscard]] std::vector<Unhealthy> unhealthy() const;

    // Of the oldest unacknowledged record: its age, and how many positions of the log there are
    // from it on. Zeros when there is none.
    struct Lag {
        base::Milliseconds time{0};
        std::uint64_t changes = 0;
    };
    [[nodiscard]] Lag lag() const;

  private:
    // The lanes of a shard; all of them at once or none.
    using Lanes = std::vector<std::shared_ptr<WorkerStrand>>;
    using Workers = std::map<shardlog::ShardId, Lanes>;

    using LastResult = std::shared_ptr<std::atomic<triggers::LastResult>>;

    Subscription(const SubscriptionContext& context, Delivery delivery, shardlog::Stream stream,
                 LastResult last_result);

    base::Status note_vanished(const std::vector<shardlog::Shard>& shards,
                               const std::vector<triggers::Checkpoint>& checkpoints);
    Lanes make_lanes(const triggers::ShardStart& start) MB_REQUIRES(mutex_);
    std::shared_ptr<WorkerStrand> make_worker(const triggers::ShardStart& start,
                                              const triggers::WorkerContext& inside);
    void pin_copy(const std::vector<triggers::Checkpoint>& checkpoints);
    bool settle_copy();
    triggers::CopyContext copy_context(const triggers::ShardStart& start) MB_REQUIRES(mutex_);
    base::Result<std::shared_ptr<const shardlog::TableImage>> image();
    void let_go_of_others(const std::vector<triggers::ShardStart>& starts);
    [[nodiscard]] bool is_leaving(const shardlog::ShardId& shard) MB_REQUIRES(mutex_);
    // Workers that have left keep nothing any more.
    void forget_ended();
    [[nodiscard]] ShardPosition position_of(const shardlog::Shard& shard) const;
    [[nodiscard]] std::optional<base::WallTime> oldest_unread(const ShardPosition& position) const;

    const SubscriptionContext& context_;
    const Delivery delivery_;
    const shardlog::Stream stream_;
    const LastResult last_result_;
    const std::shared_ptr<CopyLife> copy_life_ = std::make_shared<CopyLife>();
    const std::shared_ptr<triggers::Pace> pace_;

    mutable base::Mutex mutex_;
    Workers workers_ MB_GUARDED_BY(mutex_);
    bool begins_no_more_ MB_GUARDED_BY(mutex_) = false;
    Workers leaving_ MB_GUARDED_BY(mutex_);  // retired, perhaps in their last delivery
    // ---- of a copy
    std::shared_ptr<CopyStart> copy_start_ MB_GUARDED_BY(mutex_);
    std::unique_ptr<shardlog::Pin> pin_ MB_GUARDED_BY(mutex_);  // until workers have theirs
    std::weak_ptr<const shardlog::TableImage> image_ MB_GUARDED_BY(mutex_);
    std::string generation_ MB_GUARDED_BY(mutex_);

    std::vector<triggers::Checkpoint> planned_ MB_GUARDED_BY(mutex_);  // as the last plan saw them
};

}  // namespace millbeck::runtime
