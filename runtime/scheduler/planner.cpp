#include "runtime/scheduler/planner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "runtime/scheduler/strand_pool.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using shardlog::Stream;
using shardlog::StreamStatus;
using triggers::StartingPosition;

namespace {

constexpr base::Milliseconds kPlanInterval{1'000};

const Stream* enabled_stream(const std::vector<Stream>& streams, const shardlog::TableName& table) {
    const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& stream) {
        return stream.table_name == table && stream.status == StreamStatus::Enabled;
    });
    return found == streams.end() ? nullptr : &*found;
}

const Stream* stream_by_id(const std::vector<Stream>& streams, shardlog::StreamId id) {
    const auto found = std::ranges::find(streams, id, &Stream::id);
    return found == streams.end() ? nullptr : &*found;
}

const Stream* stream_by_arn(const std::vector<Stream>& streams, const shardlog::Identity& identity,
                            const std::string& arn) {
    const auto found = std::find_if(streams.begin(), streams.end(), [&](const Stream& stream) {
        return shardlog::stream_arn(identity, stream.table_name, stream.label) == arn;
    });
    return found == streams.end() ? nullptr : &*found;
}

bool all_finished(const Subscription& subscription) {
    const auto positions = subscription.positions();
    return std::all_of(positions.begin(), positions.end(),
                       [](const ShardPosition& each) { return each.finished; });
}

// A target holds one copy: that of the table's newest stream.
bool is_outdated_copy(const Subscription& subscription, const std::vector<Stream>& streams) {
    const Stream* enabled = enabled_stream(streams, subscription.spec().table);
    return subscription.spec().copy && enabled && enabled->id != subscription.stream().id;
}

}  // namespace

// Rung by the writer at every publish: one relaxed read, but for the first ring after a plan.
class Planner::MapBell final : public shardlog::Doorbell {
  public:
    explicit MapBell(Planner& planner) : planner_(planner) {}

    void ring() noexcept override {
        if (!pending_.load(std::memory_order_relaxed) && !pending_.exchange(true)) {
            planner_.pool().timekeeper().at(std::chrono::steady_clock::now() + kPlanInterval,
                                            [weak = planner_.weak_from_this()] {
                                                if (const auto planner = weak.lock()) {
                                                    planner->wake();
                                                }
                                            });
        }
    }

    // Before a plan looks: what is rung for from now on asks for another plan.
    void reset() { pending_.store(false); }

  private:
    Planner& planner_;
    std::atomic<bool> pending_{false};
};

Planner::Planner(const SubscriptionContext& context, DrainWatch& drain)
    : Strand(context.pool),
      context_(context),
      drain_(drain),
      bell_(std::make_unique<MapBell>(*this)) {}

Planner::~Planner() = default;

shardlog::Doorbell& Planner::map_bell() {
    return *bell_;
}

// Takes the name first, so that two of a name are never begun; with no stream it stands nowhere.
Status Planner::add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink) {
    const std::string name = spec.name;
    if (!spec.id.value().empty() && spec.stream_arn.empty()) {
        return base::fail(Code::Invalid,
                          fmt::format("trigger \"{}\": an id of its own needs a stream", name));
    }
    Trigger trigger{
        .delivery = {.spec = std::move(spec), .sink = std::move(sink), .gate = nullptr}};
    {
        const base::MutexLock lock(mutex_);
        if (triggers_.contains(name) || !being_added_.insert(name).second) {
            return base::fail(Code::InUse,
                              fmt::format("a trigger named \"{}\" exists already", name));
        }
        trigger.delivery.gate = gate_of(trigger.delivery.sink);
    }
    Status opened = open_first(trigger);
    const base::MutexLock lock(mutex_);
    being_added_.erase(name);
    if (opened) {
        triggers_.emplace(name, std::move(trigger));
    }
    return opened;
}

Status Planner::open_first(Trigger& trigger) {
    triggers::TriggerSpec& spec = trigger.delivery.spec;
    const auto streams = context_.log.streams();
    const bool is_bound = !spec.stream_arn.empty();
    const Stream* stream = is_bound
                               ? stream_by_arn(streams, context_.options.identity, spec.stream_arn)
                               : enabled_stream(streams, spec.table);
    if (stream == nullptr) {
        return base::fail(
            Code::NotFound,
            is_bound
                ? fmt::format("trigger \"{}\": there is no stream {}", spec.name, spec.stream_arn)
                : fmt::format("trigger \"{}\": table \"{}\" has no enabled stream", spec.name,
                              spec.table.value()));
    }
    spec.table = stream->table_name;
    MB_TRY(auto subscription,
           Subscription::open(context_, trigger.delivery, *stream, spec.starting_position));
    trigger.subscriptions.push_back(std::move(subscription));
    return {};
}

std::vector<std::shared_ptr<Subscription>> Planner::subscriptions() const {
    std::vector<std::shared_ptr<Subscription>> all;
    const base::MutexLock lock(mutex_);
    for (const auto& [name, trigger] : triggers_) {
        all.insert(all.end(), trigger.subscriptions.begin(), trigger.subscriptions.end());
    }
    return all;
}

Turn Planner::turn() {
    bell_->reset();
    // A wait that comes while this plan is made may be for what the plan did not see: it has woken
    // this strand again.
    const std::uint64_t newest_wait = drain_.newest();
    const Status planned = plan_all();
    {
        const base::MutexLock lock(mutex_);
        problem_ = planned ? "" : "triggers cannot be planned: " + planned.error().message;
    }
    if (!planned) {
        base::log(base::LogLevel::Error, "runtime", "triggers cannot be planned; will try again",
                  {{"error", planned.error().message}});
        return {Turn::Rest::Park, std::chrono::steady_clock::now() + kPlanInterval};
    }
    look_at_gates();
    if (is_settled()) {
        drain_.begin(subscriptions(), newest_wait);
    }
    return {Turn::Rest::Park, std::nullopt};
}

Status Planner::plan_all() {
    const std::vector<Stream> streams = context_.log.streams();
    Status all;
    for (const std::string& name : names()) {
        // One trigger's trouble is not the others'.
        if (Status planned = plan_trigger(name, streams); !planned && all) {
            all = std::move(planned);
        }
    }
    return all;
}

Status Planner::plan_trigger(const std::string& name, const std::vector<Stream>& streams) {
    MB_TRY(const bool is_ready, change_trigger(name));
    auto trigger = is_ready ? find(name) : std::nullopt;
    if (!trigger) {
        return {};
    }
    MB_TRY_STATUS(drop_dead(*trigger, streams));
    MB_TRY_STATUS(follow_table(*trigger, streams));
    {
        const base::MutexLock lock(mutex_);
        triggers_[name].subscriptions = trigger->subscriptions;
    }
    for (const auto& subscription : trigger->subscriptions) {
        MB_TRY_STATUS(subscription->plan());
        if (subscription->spec().copy && subscription->spec().enabled) {
            // Finished shards have nobody to tell that the copy's place is known now.
            drain_.replace(subscription->spec().id, subscription);
        }
    }
    return {};
}

// The table may have been deleted and made again, or its stream switched off and on.
Status Planner::follow_table(Trigger& trigger, const std::vector<Stream>& streams) {
    const triggers::TriggerSpec& spec = trigger.delivery.spec;
    const Stream* enabled = enabled_stream(streams, spec.table);
    if (!spec.stream_arn.empty() || enabled == nullptr ||
        (!trigger.subscriptions.empty() &&
         (spec.copy || trigger.subscriptions.back()->stream().id == enabled->id))) {
        return {};
    }
    // From its first record, also for LATEST: the trigger was there before the stream.
    MB_TRY(auto next,
           Subscription::open(context_, trigger.delivery, *enabled, StartingPosition::TrimHorizon));
    base::log(base::LogLevel::Info, "runtime", "trigger follows its table to a new stream",
              {{"trigger", spec.name}, {"stream", enabled->label}});
    trigger.subscriptions.push_back(std::move(next));
    return {};
}

// Streams the log has forgotten, and, but for the newest, disabled ones that are delivered whole.
// A trigger that is bound to its stream stays, and idles.
Status Planner::drop_dead(Trigger& trigger, const std::vector<Stream>& streams) {
    if (!trigger.delivery.spec.stream_arn.empty()) {
        return {};
    }
    std::vector<std::shared_ptr<Subscription>> living;
    for (const auto& subscription : trigger.subscriptions) {
        const Stream* stream = stream_by_id(streams, subscription->stream().id);
        if (stream == nullptr || is_outdated_copy(*subscription, streams)) {
            subscription->retire();
            if (subscription->at_rest()) {
                MB_TRY_STATUS(forget(subscription->spec().id));
            } else {
                living.push_back(subscription);
            }
        } else if (stream->status == StreamStatus::Enabled ||
                   subscription == trigger.subscriptions.back() || !all_finished(*subscription)) {
            living.push_back(subscription);
        }
    }
    trigger.subscriptions = std::move(living);
    return {};
}

}  // namespace millbeck::runtime
