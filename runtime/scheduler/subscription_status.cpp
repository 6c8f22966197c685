// How far a subscription is, and what people are told of it.
#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "runtime/scheduler/subscription.hpp"

namespace millbeck::runtime {

using base::Milliseconds;
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

// Of the slowest shard; nullopt: nothing can be said yet.
std::optional<Milliseconds> remaining(const std::vector<WorkerStatus>& shards, base::WallTime now) {
    std::optional<Milliseconds> longest;
    for (const WorkerStatus& shard : shards) {
        if (!shard.rows_progress || !shard.rows_begun) {
            continue;
        }
        const double done = *shard.rows_progress - shard.rows_progress_before;
        if (done > 0) {
            const double took = static_cast<double>((now - *shard.rows_begun).count());
            const Milliseconds left{
                static_cast<std::int64_t>(took * (1 - *shard.rows_progress) / done)};
            longest = std::max(longest.value_or(left), left);
        }
    }
    return longest;
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
    // Asked first: what is known then is what the position is made of.
    const bool is_settled = !spec().copy || copy_life_->state() == CopyLife::State::Known;
    const ShardPosition position = position_of(*found);
    if (!is_settled || (position.worker && position.worker->rows_progress)) {
        return false;
    }
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
    status.stream_arn = stream_arn();
    if (spec().copy) {
        const base::MutexLock lock(mutex_);
        status.copy_problem = copy_start_ ? copy_start_->problem() : "";
    }
    return status;
}

TriggerStatus Subscription::status() const {
    TriggerStatus status = brief_status();
    double rows_progress = 0;
    std::size_t shards_copying = 0;
    if (auto gaps = context_.checkpoints.gaps(spec().id)) {
        status.gaps = std::move(*gaps);
    }
    for (const ShardPosition& position : positions()) {
        if (position.worker.has_value()) {
            status.shards.push_back(*position.worker);
            status.rows_copied += position.worker->rows_copied;
            shards_copying += position.worker->rows_progress ? 1U : 0U;
            rows_progress += position.worker->rows_progress.value_or(1);
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
    if (shards_copying > 0) {
        status.rows_progress = rows_progress / static_cast<double>(status.shards.size());
        status.rows_remaining = remaining(status.shards, context_.clock.wall());
    }
    return status;
}

Subscription::Lag Subscription::lag() const {
    Lag lag;
    const std::uint64_t newest = context_.log.latest().position();
    for (const ShardPosition& position : positions()) {
        if (const auto oldest = oldest_unread(position)) {
            lag.time = std::max(lag.time, Milliseconds{context_.clock.wall() - *oldest});
            lag.changes =
                std::max(lag.changes, newest - std::min(newest, position.next.position()));
        }
    }
    return lag;
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
