#include "triggers/worker_core.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::triggers {

using base::Instant;
using sinks::Outcome;

WorkerCore::WorkerCore(WorkerContext context, TriggerSpec spec, const shardlog::Stream& stream,
                       const shardlog::ShardId& shard, shardlog::SequenceNumber from)
    : context_(std::move(context)),
      spec_(std::move(spec)),
      shard_(shard),
      shard_text_(shard.to_string()),
      report_(context_.metrics, spec_.name, shard, from, context_.failure_level),
      stream_arn_(shardlog::stream_arn(context_.identity, stream.table_name, stream.label)),
      lane_checkpoints_(context_.frontier, context_.lane),
      progress_(context_.frontier ? static_cast<CheckpointStore&>(lane_checkpoints_)
                                  : context_.checkpoints,
                context_.on_failure, context_.parking, spec_.id, shard, from),
      parked_(context_.parking, context_.random, spec_, context_.log.find_shard(shard.number()),
              context_.lane),
      window_(spec_.tumbling_window, context_.window),
      copy_(std::exchange(context_.copy, std::nullopt), context_.log, shard),
      gatherer_(context_.log, shard.number(), from, batch_origin(stream.view_type), batch_limits(),
                spec_.filter, context_.lane,
                spec_.tumbling_window.count() > 0 || window_.is_open() ? &window_ : nullptr,
                parked_.keys()),
      in_hand_(context_.random) {
    MB_CHECK(spec_.batch_size >= 1 && spec_.batch_size <= 10'000, "batch_size is 1..10000");
    const auto info = context_.log.find_shard(shard.number());
    if (copy_.has_rows() && info) {
        copy_.copy_rows(std::make_unique<RowCopier>(copy_.images(), *info, *copy_.state(),
                                                    batch_origin(stream.view_type), batch_limits(),
                                                    spec_.filter, context_.random));
        show(std::nullopt);  // its rows are told of before its first step
    } else if (copy_.state()) {
        gatherer_.leave_out(*copy_.state());
    }
}

BatchOrigin WorkerCore::batch_origin(shardlog::StreamViewType view_type) const {
    return {.trigger = spec_.name,
            .shard_id = shard_text_,
            .region = context_.identity.region,
            .stream_arn = stream_arn_,
            .view_type = view_type,
            .table = copy_.exists() ? spec_.table.value() : "",
            .generation = copy_.generation()};
}

BatchLimits WorkerCore::batch_limits() const {
    return {.records_max = spec_.batch_size,
            .bytes_max = spec_.batch_bytes_max,
            .window = spec_.batching_window};
}

Call WorkerCore::call() const {
    if (in_hand_.empty() || in_hand_.size() > 0) {
        return Call::Ordinary;
    }
    return window_.ends_early() ? Call::Early : Call::Final;
}

std::string WorkerCore::members(Call call) const {
    return window_members(*window_.open(), call, shard_text_, stream_arn_);
}

Outcome WorkerCore::take_state(Outcome outcome) {
    if (outcome.kind == Outcome::Kind::Delivered || outcome.kind == Outcome::Kind::PartlyFailed) {
        auto state = read_state(outcome.reply);
        if (!state) {
            outcome.kind = Outcome::Kind::Failed;
            outcome.failed.clear();
            outcome.error = std::move(state).error();
        } else {
            returned_state_ = std::move(*state);
        }
    }
    return outcome;
}

void WorkerCore::move_window(std::size_t records) {
    if (window_.is_open() && records > 0) {
        window_.returned(std::move(returned_state_));
    } else {
        window_.close();
    }
}

void WorkerCore::decide(Settlement settlement) {
    settlement.window = window_.open();
    copy_.describe(settlement.to, settlement.copy, settlement.told);
    for (ParkedRecord& record : gatherer_.take_parked()) {
        settlement.parked.push_back(std::move(record));
    }
    progress_.decide(std::move(settlement));
}

bool WorkerCore::settle() {
    if (!progress_.decided()) {
        return true;
    }
    if (const auto stored = progress_.store_decided(); !stored) {
        report_.not_stored(stored.error());
        ++checkpoint_failures_;
        wait_for(base::backoff_after(spec_.retry, checkpoint_failures_));
        show(WorkerState::BackingOff, "checkpoint: " + stored.error().message);
        return false;
    }
    copy_.release(progress_.next());
    if (progress_.finished()) {
        copy_.caught_up();
    }
    if (progress_.next() == gatherer_.position()) {
        passed_stored_ = gatherer_.passed();
        store_passed_by_.reset();
    }
    if (std::exchange(checkpoint_failures_, 0) > 0) {
        show(WorkerState::Reading, "");
    }
    show(progress_.finished() ? std::optional(WorkerState::Finished) : std::nullopt);
    return true;
}

Wait WorkerCore::back_off() const {
    return {wait_until_, wait_until_ ? Bell::Ignored : Bell::Heard};
}

void WorkerCore::wait_for(base::Milliseconds time) {
    const Instant until = context_.clock.instant() + time;
    wait_until_ = std::max(until, wait_until_.value_or(until));
}

void WorkerCore::wait_as_asked(const Outcome& outcome) {
    if (outcome.retry_after.count() > 0) {
        wait_for(std::min(outcome.retry_after, kAskedWaitMax));
    }
}

void WorkerCore::show(std::optional<WorkerState> state, std::optional<std::string> error) {
    const auto& waiting = in_hand_.empty() ? gatherer_.records() : in_hand_.current().records;
    WorkerReport::Present present;
    present.state = state;
    present.error = std::move(error);
    present.acknowledged_next = progress_.next();
    present.failures = in_hand_.retry().failures;
    present.dropped = gatherer_.dropped();
    if (copy_.copier() != nullptr) {
        const auto info = context_.log.find_shard(shard_.number());
        present.failures = rows_failures_;
        present.rows_progress = info ? copy_.copier()->state().progress(info->hashes) : 1;
    }
    if (!waiting.empty()) {
        present.oldest_waiting = waiting.front().time;
    }
    report_.show(std::move(present));
}

}  // namespace millbeck::triggers
