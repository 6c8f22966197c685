#include "runtime/scheduler/subscription.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "triggers/shard_plan.hpp"

namespace millbeck::runtime {

using base::Milliseconds;
using base::Status;
using shardlog::ReadLimits;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardId;
using triggers::Checkpoint;
using triggers::WorkerState;
using triggers::WorkerStatus;

base::Result<std::shared_ptr<Subscription>> Subscription::open(const SubscriptionContext& context,
                                                               Delivery delivery,
                                                               shardlog::Stream stream,
                                                               triggers::StartingPosition from) {
    triggers::TriggerSpec& spec = delivery.spec;
    const std::string arn =
        shardlog::stream_arn(context.options.identity, stream.table_name, stream.label);
    if (spec.id.value().empty()) {
        MB_TRY(spec.id, context.checkpoints.id_for(spec.name, arn));
    } else {
        MB_TRY_STATUS(context.checkpoints.adopt(spec.id, spec.name, arn));
    }
    MB_TRY(const auto known, context.checkpoints.load(spec.id));
    if (known.empty() && !spec.copy) {
        MB_TRY(const auto first, triggers::first_checkpoints(context.log, stream.id, from));
        MB_TRY_STATUS(context.checkpoints.advance_all(spec.id, first));
    }
    auto subscription = std::shared_ptr<Subscription>(new Subscription(
        context, std::move(delivery), std::move(stream),
        std::make_shared<std::atomic<triggers::LastResult>>(triggers::LastResult::None)));
    subscription->pin_copy(known);
    return subscription;
}

std::shared_ptr<Subscription> Subscription::changed_to(Delivery delivery) const {
    delivery.spec.id = spec().id;
    return std::shared_ptr<Subscription>(
        new Subscription(context_, std::move(delivery), stream_, last_result_));
}

Subscription::Subscription(const SubscriptionContext& context, Delivery delivery,
                           shardlog::Stream stream, LastResult last_result)
    : context_(context),
      delivery_(std::move(delivery)),
      stream_(std::move(stream)),
      last_result_(std::move(last_result)),
      pace_(std::make_shared<triggers::Pace>(spec().copy ? spec().copy->rows_per_second : 0)) {}

Subscription::~Subscription() {
    Workers workers;
    {
        const base::MutexLock lock(mutex_);
        workers.swap(workers_);
    }
    for (const auto& [shard, lanes] : workers) {
        for (const auto& worker : lanes) {
            context_.log.detach(shard.number(), *worker);
        }
    }
}

Status Subscription::plan() {
    if (spec().copy && spec().enabled && !settle_copy()) {
        return {};
    }
    const std::vector<Shard> shards = context_.log.shards(stream_.id);
    MB_TRY(auto checkpoints, context_.checkpoints.load(spec().id));
    MB_TRY_STATUS(note_vanished(shards, checkpoints));
    if (copy_life_->state() == CopyLife::State::Lost) {
        context_.on_ended();  // plans again
        return {};
    }
    const auto starts = spec().enabled ? triggers::plan_shards(shards, checkpoints)
                                       : std::vector<triggers::ShardStart>{};
    let_go_of_others(starts);
    forget_ended();

    std::string generation;
    if (spec().copy) {
        MB_TRY(const auto known, context_.checkpoints.generation(spec().id));
        generation = known.value_or("");
    }
    std::vector<std::pair<ShardId, std::shared_ptr<WorkerStrand>>> begun;
    {
        const base::MutexLock lock(mutex_);
        generation_ = std::move(generation);
        planned_ = std::move(checkpoints);
        copy_life_->begun();
        for (const auto& start : starts) {
            if (begins_no_more_ || is_leaving(start.shard)) {
                continue;  // its end leads to another plan
            }
            Lanes& lanes = workers_[start.shard];
            if (lanes.empty()) {
                lanes = make_lanes(start);
                for (const auto& worker : lanes) {
                    begun.emplace_back(start.shard, worker);
                }
            }
        }
    }
    {
        const base::MutexLock lock(mutex_);
        pin_.reset();
    }
    // The bell first, then the first turn: what is written in between is read in that turn.
    for (const auto& [shard, worker] : begun) {
        context_.log.attach(shard.number(), *worker);
        worker->wake();
    }
    return {};
}

// Retention took the unread rest of these shards, and the log has forgotten them.
Status Subscription::note_vanished(const std::vector<Shard>& shards,
                                   const std::vector<Checkpoint>& checkpoints) {
    for (const Checkpoint& lost : triggers::vanished_shards(shards, checkpoints)) {
        if (spec().copy) {
            copy_life_->set(CopyLife::State::Lost);
        }
        MB_TRY_STATUS(context_.checkpoints.record_gap(
            {spec().id, lost.shard, lost.next, context_.log.stats().first, context_.clock.wall()}));
        base::log(base::LogLevel::Error, "runtime",
                  "retention took a shard before the trigger had read it",
                  {{"trigger", spec().name}, {"shard", lost.shard.to_string()}});
    }
    std::set<ShardId> present;
    for (const Shard& shard : shards) {
        present.insert(shard.id);
    }
    for (const Checkpoint& checkpoint : checkpoints) {
        if (!present.contains(checkpoint.shard)) {
            MB_TRY_STATUS(context_.checkpoints.forget_shard(spec().id, checkpoint.shard));
        }
    }
    return {};
}

Subscription::Lanes Subscription::make_lanes(const triggers::ShardStart& start) {
    triggers::WorkerContext inside{
        .log = context_.log,
        .checkpoints = context_.checkpoints,
        .on_failure = context_.options.on_failure,
        .parking = context_.options.parking,
        // Several lanes cannot go on with one window's state: it ends untold.
        .window = spec().parallelization_factor == 1 ? start.window : std::nullopt,
        .clock = context_.clock,
        .random = context_.random,
        .metrics = context_.metrics,
        .identity = context_.options.identity,
        .retention = stream_.retention.value_or(context_.options.retention),
        .failure_level =
            context_.options.on_delivery ? base::LogLevel::Debug : base::LogLevel::Warn};
    if (spec().copy) {
        inside.copy = copy_context(start);
    }
    Lanes lanes;
    const std::uint32_t count = spec().parallelization_factor;
    if (count > 1) {
        inside.frontier =
            std::make_shared<triggers::LaneFrontier>(context_.checkpoints, start.from, count);
    }
    for (std::uint32_t number = 0; number < count; ++number) {
        inside.lane = {.number = number, .count = count};
        lanes.push_back(make_worker(start, inside));
    }
    return lanes;
}

std::shared_ptr<WorkerStrand> Subscription::make_worker(const triggers::ShardStart& start,
                                                        const triggers::WorkerContext& inside) {
    WorkerStrandContext around{.clock = context_.clock,
                               .sink = delivery_.sink,
                               .gate = delivery_.gate,
                               .trigger = spec().name,
                               .function = spec().function,
                               .on_delivery = context_.options.on_delivery,
                               .on_progress = [tell = context_.on_progress, id = spec().id,
                                               shard = start.shard] { tell(id, shard); },
                               .on_ended = context_.on_ended,
                               .last_result = last_result_,
                               .copy_life = spec().copy ? copy_life_ : nullptr,
                               .faults = context_.options.faults};
    return std::make_shared<WorkerStrand>(
        context_.pool, std::move(around),
        triggers::ShardWorker::create(inside, spec(), stream_, start.shard, start.from));
}

// Ends the workers of shards that are not to run: finished, gone, or to be run differently.
void Subscription::let_go_of_others(const std::vector<triggers::ShardStart>& starts) {
    std::set<ShardId> run;
    for (const auto& start : starts) {
        run.insert(start.shard);
    }
    Workers gone;  // ended outside of the lock
    {
        const base::MutexLock lock(mutex_);
        for (auto each = workers_.begin(); each != workers_.end();) {
            const auto next = std::next(each);
            if (!run.contains(each->first)) {
                gone.insert(workers_.extract(each));
            }
            each = next;
        }
    }
    for (const auto& [shard, lanes] : gone) {
        for (const auto& worker : lanes) {
            context_.log.detach(shard.number(), *worker);
            worker->retire();
        }
    }
    const base::MutexLock lock(mutex_);
    for (auto& [shard, lanes] : gone) {
        Lanes& leaving = leaving_[shard];
        leaving.insert(leaving.end(), lanes.begin(), lanes.end());
    }
}

void Subscription::wake() {
    const base::MutexLock lock(mutex_);
    for (const auto& [shard, lanes] : workers_) {
        for (const auto& worker : lanes) {
            worker->wake();
        }
    }
}

// Lists and bells are left to retire(), which does not run beside plan().
void Subscription::begin_no_more() {
    const base::MutexLock lock(mutex_);
    begins_no_more_ = true;
    if (copy_start_) {
        copy_start_->cancel();
    }
    for (const auto& [shard, lanes] : workers_) {
        for (const auto& worker : lanes) {
            worker->retire();
        }
    }
}

void Subscription::retire() {
    {
        const base::MutexLock lock(mutex_);
        if (copy_start_) {
            copy_start_->cancel();
        }
    }
    let_go_of_others({});
}

bool Subscription::is_leaving(const ShardId& shard) {
    const auto found = leaving_.find(shard);
    if (found == leaving_.end()) {
        return false;
    }
    std::erase_if(found->second, [](const auto& worker) { return worker->ended(); });
    if (!found->second.empty()) {
        return true;
    }
    leaving_.erase(found);
    return false;
}

void Subscription::forget_ended() {
    const base::MutexLock lock(mutex_);
    std::erase_if(leaving_, [](const auto& each) {
        return std::all_of(each.second.begin(), each.second.end(),
                           [](const auto& worker) { return worker->ended(); });
    });
}

bool Subscription::at_rest() {
    forget_ended();
    const base::MutexLock lock(mutex_);
    return workers_.empty() && leaving_.empty() && (!copy_start_ || copy_start_->ended());
}

}  // namespace millbeck::runtime
