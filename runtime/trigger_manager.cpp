#include "runtime/trigger_manager.hpp"

#include <atomic>
#include <utility>

#include "runtime/inject/fault_plan.hpp"
#include "runtime/scheduler/drain_watch.hpp"
#include "runtime/scheduler/lag_gauges.hpp"
#include "runtime/scheduler/planner.hpp"
#include "runtime/scheduler/sink_gate.hpp"
#include "runtime/scheduler/strand_pool.hpp"
#include "runtime/scheduler/subscription.hpp"
#include "runtime/scheduler/timekeeper.hpp"

namespace millbeck::runtime {
namespace {

class Manager final : public TriggerManager {
  public:
    Manager(shardlog::ShardLog& log, triggers::CheckpointStore& checkpoints,
            const base::Clock& clock, base::Random& random, base::Metrics& metrics,
            TriggerManagerOptions options)
        : log_(log),
          options_(std::move(options)),
          pool_(timekeeper_, options_.threads_max),
          drain_(timekeeper_),
          context_{.log = log,
                   .checkpoints = checkpoints,
                   .clock = clock,
                   .random = random,
                   .metrics = metrics,
                   .pool = pool_,
                   .options = options_,
                   .on_progress =
                       [this](const triggers::TriggerId& trigger, const shardlog::ShardId& shard) {
                           progress_.fetch_add(1, std::memory_order_relaxed);
                           drain_.progress(trigger, shard);
                       },
                   .on_ended = [this] { planner_->wake(); }},
          planner_(std::make_shared<Planner>(context_, drain_)) {
        metrics.before_print(
            [weak = std::weak_ptr(planner_), gauges = std::make_shared<LagGauges>(metrics)] {
                if (const auto planner = weak.lock()) {
                    gauges->refresh(planner->subscriptions());
                }
            });
    }

    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    // Threads end before anything they use does.
    ~Manager() override {
        stop(base::Milliseconds{0});
        pool_.join();
        planner_->finish_removals();
        timekeeper_.stop();
    }

    base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink) override {
        MB_TRY_STATUS(planner_->add(std::move(spec), std::move(sink)));
        planner_->wake();
        return {};
    }

    base::Status update(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink,
                        std::function<void()> done) override {
        return planner_->update(std::move(spec), std::move(sink), std::move(done));
    }

    base::Status remove(const std::string& name, std::function<void()> done) override {
        return planner_->remove(name, std::move(done));
    }

    base::Status begin_copy(const std::string& name) override {
        for (const auto& subscription : planner_->subscriptions()) {
            if (subscription->spec().name == name && subscription->spec().copy) {
                MB_TRY_STATUS(subscription->lose_copy());
                planner_->wake();
                return {};
            }
        }
        return base::fail(base::Code::NotFound, "there is no sink named \"" + name + "\"");
    }

    base::Status move(const std::string& name, TriggerMove move,
                      std::function<void(base::Result<triggers::CheckpointChange>)> done) override {
        return planner_->move(name, std::move(move), std::move(done));
    }

    [[nodiscard]] base::Result<std::vector<triggers::CheckpointChange>> changes(
        const std::string& name, std::size_t limit) const override {
        return planner_->changes(name, limit);
    }

    [[nodiscard]] std::vector<TriggerPositions> positions() const override {
        std::vector<TriggerPositions> all;
        for (const auto& subscription : planner_->subscriptions()) {
            all.push_back({.spec = subscription->spec(),
                           .stream_arn = subscription->stream_arn(),
                           .shards = subscription->positions()});
        }
        return all;
    }

    void start() override {
        log_.attach_all(planner_->map_bell());
        started_ = true;
        planner_->wake();
        pool_.start();
    }

    // Bells first: what is rung for after this is left for the next start.
    void stop(base::Milliseconds deadline) override {
        if (started_) {
            log_.detach_all(planner_->map_bell());
            started_ = false;
        }
        const bool is_quiet = pool_.stop(deadline);
        drain_.stop();
        planner_->stop();
        if (is_quiet) {
            planner_->finish_removals();
        }
    }

    [[nodiscard]] std::vector<TriggerStatus> brief_status() const override {
        std::vector<TriggerStatus> all;
        for (const auto& subscription : planner_->subscriptions()) {
            all.push_back(subscription->brief_status());
        }
        return all;
    }

    [[nodiscard]] std::vector<TriggerStatus> status() const override {
        std::vector<TriggerStatus> all;
        for (const auto& subscription : planner_->subscriptions()) {
            all.push_back(subscription->status());
        }
        return all;
    }

    // Decided by the planner, after it has looked for streams and shards it does not know yet.
    void wait_drained(base::Milliseconds timeout, std::function<void(bool)> done) override {
        drain_.add(log_.latest(), timeout, std::move(done));
        planner_->wake();
    }

    [[nodiscard]] std::uint64_t progress() const override {
        return progress_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] std::optional<Delivery> delivery_of(const std::string& name) const override {
        return planner_->delivery_of(name);
    }

    bool look_again(const triggers::TriggerId& trigger) override {
        bool is_there = false;
        for (const auto& subscription : planner_->subscriptions()) {
            if (subscription->spec().id == trigger) {
                subscription->wake();
                is_there = true;
            }
        }
        return is_there;
    }

    [[nodiscard]] std::vector<Unhealthy> unhealthy() const override {
        std::vector<Unhealthy> all;
        for (const auto& subscription : planner_->subscriptions()) {
            const auto some = subscription->unhealthy();
            all.insert(all.end(), some.begin(), some.end());
        }
        for (Unhealthy& one : all) {
            if (options_.faults != nullptr && !options_.faults->armed_for(one.trigger).empty()) {
                one.reason += "; faults are injected into it (millbeck inject list)";
            }
        }
        const std::string problem = planner_->problem();
        if (!problem.empty()) {
            all.push_back({"", "", problem});
        }
        return all;
    }

  private:
    shardlog::ShardLog& log_;
    const TriggerManagerOptions options_;
    std::atomic<std::uint64_t> progress_{0};
    Timekeeper timekeeper_;
    StrandPool pool_;
    DrainWatch drain_;
    SubscriptionContext context_;
    std::shared_ptr<Planner> planner_;
    bool started_ = false;
};

}  // namespace

std::unique_ptr<TriggerManager> TriggerManager::create(shardlog::ShardLog& log,
                                                       triggers::CheckpointStore& checkpoints,
                                                       const base::Clock& clock,
                                                       base::Random& random, base::Metrics& metrics,
                                                       TriggerManagerOptions options) {
    return std::make_unique<Manager>(log, checkpoints, clock, random, metrics, std::move(options));
}

}  // namespace millbeck::runtime
