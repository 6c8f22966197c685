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

namespace {

const Checkpoint* find_checkpoint(const std::vector<Checkpoint>& checkpoints, const ShardId& id) {
    const auto found = std::find_if(checkpoints.begin(), checkpoints.end(),
                                    [&](const Checkpoint& each) { return each.shard == id; });
    return found == checkpoints.end() ? nullptr : &*found;
}

// How far a lane is from what everybody hopes for; the shard is where its worst lane is.
int badness(WorkerState state) {
    switch (state) {
        case WorkerState::Finished:
            return 0;
        case WorkerState::Reading:
            return 1;
        case WorkerState::Delivering:
            return 2;
        case WorkerState::BackingOff:
            return 3;
        case WorkerState::Broken:
            break;
    }
    return 4;
}

// Two lanes of a shard as one.
WorkerStatus merged(const WorkerStatus& a, const WorkerStatus& b) {
    WorkerStatus both = badness(a.state) >= badness(b.state) ? a : b;
    both.acknowledged_next = std::min(a.acknowledged_next, b.acknowledged_next);
    both.failures = std::max(a.failures, b.failures);
    both.last_error = a.last_error.empty() ? b.last_error : a.last_error;
    both.oldest_waiting = a.oldest_waiting ? a.oldest_waiting : b.oldest_waiting;
    if (a.oldest_waiting && b.oldest_waiting) {
        both.oldest_waiting = std::min(*a.oldest_waiting, *b.oldest_waiting);
    }
    both.records_delivered = a.records_delivered + b.records_delivered;
    both.batches_delivered = a.batches_delivered + b.batches_delivered;
    both.records_dropped = a.records_dropped + b.records_dropped;
    return both;
}

std::string reason_of(const ShardPosition& position, Milliseconds age) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
    std::string reason = fmt::format("the oldest undelivered record has waited {} s", seconds);
    if (!position.worker.has_value()) {
        reason += "; the shard's parents are not finished";
    } else if (position.worker->failures > 0) {
        reason += fmt::format("; {} failed deliveries in a row, the last: {}",
                              position.worker->failures, position.worker->last_error);
    } else if (!position.worker->last_error.empty()) {
        reason += "; " + position.worker->last_error;
    }
    return reason;
}

}  // namespace

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
    if (known.empty()) {
        MB_TRY(const auto first, triggers::first_checkpoints(context.log, stream.id, from));
        MB_TRY_STATUS(context.checkpoints.advance_all(spec.id, first));
    }
    return std::shared_ptr<Subscription>(new Subscription(
        context, std::move(delivery), std::move(stream),
        std::make_shared<std::atomic<triggers::LastResult>>(triggers::LastResult::None)));
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
      last_result_(std::move(last_result)) {}

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
    const std::vector<Shard> shards = context_.log.shards(stream_.id);
    MB_TRY(auto checkpoints, context_.checkpoints.load(spec().id));
    MB_TRY_STATUS(note_vanished(shards, checkpoints));
    const auto starts = spec().enabled ? triggers::plan_shards(shards, checkpoints)
                                       : std::vector<triggers::ShardStart>{};
    let_go_of_others(starts);

    std::vector<std::pair<ShardId, std::shared_ptr<WorkerStrand>>> begun;
    {
        const base::MutexLock lock(mutex_);
        planned_ = std::move(checkpoints);
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
                               .last_result = last_result_};
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
    for (const auto& [shard, lanes] : workers_) {
        for (const auto& worker : lanes) {
            worker->retire();
        }
    }
}

void Subscription::retire() {
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

bool Subscription::at_rest() {
    const base::MutexLock lock(mutex_);
    std::erase_if(leaving_, [](const auto& each) {
        return std::all_of(each.second.begin(), each.second.end(),
                           [](const auto& worker) { return worker->ended(); });
    });
    return workers_.empty() && leaving_.empty();
}

ShardPosition Subscription::position_of(const Shard& shard) const {
    ShardPosition position{.shard = shard, .next = shard.starting};
    Lanes lanes;
    {
        const base::MutexLock lock(mutex_);
        if (const Checkpoint* checkpoint = find_checkpoint(planned_, shard.id)) {
            position.next = checkpoint->next;
            position.finished = checkpoint->finished;
        }
        if (const auto found = workers_.find(shard.id); found != workers_.end()) {
            lanes = found->second;
        }
    }
    for (const auto& worker : lanes) {
        const WorkerStatus lane = worker->status();
        position.worker = position.worker ? merged(*position.worker, lane) : lane;
    }
    if (position.worker) {
        position.next = std::max(position.next, position.worker->acknowledged_next);
        position.finished = position.worker->state == WorkerState::Finished;
    }
    return position;
}

std::vector<ShardPosition> Subscription::positions() const {
    std::vector<ShardPosition> positions;
    for (const Shard& shard : context_.log.shards(stream_.id)) {
        positions.push_back(position_of(shard));
    }
    return positions;
}

bool Subscription::drained(const ShardId& shard, SequenceNumber target) const {
    const auto found = context_.log.find_shard(shard.number());
    if (!found.has_value()) {
        return true;  // forgotten by the log: nothing of it is left to deliver
    }
    const ShardPosition position = position_of(*found);
    if (position.finished || position.next >= target) {
        return true;
    }
    const auto page = context_.log.read(shard.number(), position.next, ReadLimits{1, 1});
    return page.has_value() && (page->records.empty() || page->records[0].sequence >= target);
}

std::optional<base::WallTime> Subscription::oldest_unread(const ShardPosition& position) const {
    if (position.finished) {
        return std::nullopt;
    }
    auto page = context_.log.read(position.shard.id.number(), position.next, ReadLimits{1, 1});
    if (!page && page.error().code == base::Code::Trimmed) {
        const auto horizon = context_.log.trim_horizon(position.shard.id.number());
        if (!horizon) {
            return std::nullopt;
        }
        page = context_.log.read(position.shard.id.number(), *horizon, ReadLimits{1, 1});
    }
    if (!page || page->records.empty()) {
        return std::nullopt;
    }
    return page->records[0].time;
}

TriggerStatus Subscription::brief_status() const {
    TriggerStatus status;
    status.spec = spec();
    status.last_result = last_result_->load(std::memory_order_relaxed);
    status.stream_arn =
        shardlog::stream_arn(context_.options.identity, stream_.table_name, stream_.label);
    return status;
}

TriggerStatus Subscription::status() const {
    TriggerStatus status = brief_status();
    if (auto gaps = context_.checkpoints.gaps(spec().id)) {
        status.gaps = std::move(*gaps);
    }
    for (const ShardPosition& position : positions()) {
        if (position.worker.has_value()) {
            status.shards.push_back(*position.worker);
        } else if (!position.finished && spec().enabled) {
            WorkerStatus waiting;
            waiting.shard = position.shard.id;
            waiting.acknowledged_next = position.next;
            status.shards.push_back(waiting);
        }
        if (position.finished) {
            continue;
        }
        const auto page = context_.log.read(position.shard.id.number(), position.next,
                                            ReadLimits{kCountedMax, 64u << 20});
        if (page && !page->records.empty()) {
            status.records_behind += page->records.size();
            const auto rest =
                context_.log.read(position.shard.id.number(), page->next, ReadLimits{1, 1});
            status.more_behind = status.more_behind || (rest && !rest->records.empty());
            const Milliseconds age = context_.clock.wall() - page->records[0].time;
            status.behind_for = std::max(status.behind_for.value_or(age), age);
        }
    }
    return status;
}

Milliseconds Subscription::behind_for() const {
    Milliseconds longest{0};
    for (const ShardPosition& position : positions()) {
        if (const auto oldest = oldest_unread(position)) {
            longest = std::max(longest, Milliseconds{context_.clock.wall() - *oldest});
        }
    }
    return longest;
}

std::vector<Unhealthy> Subscription::unhealthy() const {
    std::vector<Unhealthy> found;
    if (!spec().enabled) {
        return found;
    }
    for (const ShardPosition& position : positions()) {
        const auto oldest = oldest_unread(position);
        if (!oldest.has_value()) {
            continue;
        }
        const Milliseconds age = context_.clock.wall() - *oldest;
        if (age > context_.options.unhealthy_after) {
            found.push_back({spec().name, position.shard.id.to_string(), reason_of(position, age)});
        }
    }
    return found;
}

}  // namespace millbeck::runtime
