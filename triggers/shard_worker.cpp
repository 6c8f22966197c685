#include "triggers/shard_worker.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "triggers/in_hand.hpp"
#include "triggers/item_failures.hpp"
#include "triggers/progress.hpp"
#include "triggers/retry_policy.hpp"
#include "triggers/shard_gatherer.hpp"
#include "triggers/tumbling_window.hpp"
#include "triggers/worker_report.hpp"

namespace millbeck::triggers {

namespace {

using base::Instant;
using shardlog::SequenceNumber;
using sinks::Outcome;

// How long the stored checkpoint may lag behind what a filter dropped or other lanes take.
constexpr base::Milliseconds kPassedUnstoredFor{1'000};

class Worker final : public ShardWorker {
  public:
    Worker(WorkerContext context, TriggerSpec spec, const shardlog::Stream& stream,
           const shardlog::ShardId& shard, SequenceNumber from)
        : context_(std::move(context)),
          spec_(std::move(spec)),
          shard_(shard),
          shard_text_(shard.to_string()),
          report_(context_.metrics, spec_.name, shard, from, context_.failure_level),
          stream_arn_(shardlog::stream_arn(context_.identity, stream.table_name, stream.label)),
          lane_checkpoints_(context_.frontier, context_.lane),
          progress_(context_.frontier ? static_cast<CheckpointStore&>(lane_checkpoints_)
                                      : context_.checkpoints,
                    context_.on_failure, spec_.id, shard, from),
          window_(spec_.tumbling_window, context_.window),
          gatherer_(context_.log, shard.number(), from,
                    {.trigger = spec_.name,
                     .shard_id = shard_text_,
                     .region = context_.identity.region,
                     .stream_arn = stream_arn_,
                     .view_type = stream.view_type},
                    {.records_max = spec_.batch_size,
                     .bytes_max = spec_.batch_bytes_max,
                     .window = spec_.batching_window},
                    spec_.filter, context_.lane,
                    spec_.tumbling_window.count() > 0 || window_.is_open() ? &window_ : nullptr),
          in_hand_(context_.random) {
        MB_CHECK(spec_.batch_size >= 1 && spec_.batch_size <= 10'000, "batch_size is 1..10000");
    }

    NextMove step() override {
        MB_CHECK(!delivering_, "delivered() comes before the next step()");
        if (wait_until_ && context_.clock.instant() < *wait_until_) {
            return back_off();
        }
        wait_until_.reset();
        if (!settle()) {
            return back_off();
        }
        if (progress_.finished()) {
            return Finished{};
        }
        while (give_up_old()) {
            if (!settle()) {
                return back_off();
            }
        }
        return in_hand_.empty() ? gather() : send();
    }

    Outcome delivered(Outcome outcome) override {
        MB_CHECK(delivering_, "delivered() answers a Deliver");
        delivering_ = false;
        if (spec_.report_batch_item_failures) {
            outcome = read_item_failures(std::move(outcome));
        }
        if (window_.is_open()) {
            outcome = take_state(std::move(outcome));
        }
        if (outcome.kind == Outcome::Kind::Delivered) {
            accept_front(in_hand_.size());
            show(WorkerState::Reading, "");
        } else {
            judge_failure(outcome);
        }
        settle();
        return outcome;
    }

    [[nodiscard]] WorkerStatus status() const override { return report_.status(); }

  private:
    // ---- reading

    NextMove gather() {
        if (window_.ends_early()) {
            return end_window();
        }
        if (window_.is_open()) {
            gatherer_.set_aside(members(Call::Ordinary).size() + 1);
        }
        if (const auto gathered = gatherer_.gather(context_.clock.instant()); !gathered) {
            return read_failed(gathered.error());
        }
        if (std::exchange(read_failures_, 0) > 0) {
            show(WorkerState::Reading, "");
        }
        report_.dropped(gatherer_.dropped());
        if (gatherer_.ready(context_.clock.instant())) {
            return take_in_hand();
        }
        if (!gatherer_.empty()) {
            return sleep(gatherer_.more() ? now() : gatherer_.due());
        }
        return window_is_over() ? end_window() : idle();
    }

    // ---- windows

    [[nodiscard]] bool window_is_over() const {
        return window_.is_open() &&
               (gatherer_.window_over() || gatherer_.exhausted() ||
                (!gatherer_.more() && context_.clock.wall() >= window_.idle_close()));
    }

    // Its last call, which brings no records.
    NextMove end_window() {
        auto batch = std::make_shared<sinks::Batch>();
        batch->request_id = base::make_uuid(context_.random);
        batch->trigger = spec_.name;
        batch->shard_id = shard_text_;
        in_hand_.take({.batch = std::move(batch),
                       .records = {},
                       .from = progress_.next(),
                       .next = progress_.next()});
        return step();
    }

    [[nodiscard]] Call call() const {
        if (in_hand_.empty() || in_hand_.size() > 0) {
            return Call::Ordinary;
        }
        return window_.ends_early() ? Call::Early : Call::Final;
    }

    [[nodiscard]] std::string members(Call call) const {
        return window_members(*window_.open(), call, shard_text_, stream_arn_);
    }

    // The state a call that went well leaves; one without a state did not go well.
    Outcome take_state(Outcome outcome) {
        if (outcome.kind == Outcome::Kind::Delivered ||
            outcome.kind == Outcome::Kind::PartlyFailed) {
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

    // Records of the open window are acknowledged, or its last call is: what is stored next says
    // so.
    void move_window(std::size_t records) {
        if (window_.is_open() && records > 0) {
            window_.returned(std::move(returned_state_));
        } else {
            window_.close();
        }
    }

    NextMove take_in_hand() {
        in_hand_.take(gatherer_.take(base::make_uuid(context_.random), progress_.next(),
                                     context_.clock.instant()));
        return step();
    }

    NextMove sleep(std::optional<Instant> until) {
        show(WorkerState::Reading);
        // More records cannot end so short a wait earlier in any way that matters.
        const bool brief = until && *until - context_.clock.instant() <= kBatchPace;
        return Wait{until, brief ? Bell::Ignored : Bell::Heard};
    }

    NextMove idle() {
        if (gatherer_.exhausted()) {
            progress_.decide({.to = gatherer_.position(), .finished = true});
            return settle() ? NextMove{Finished{}} : NextMove{back_off()};
        }
        if (!store_passed()) {
            return back_off();
        }
        progress_.skip_empty(gatherer_.position());
        return sleep(gatherer_.more() ? now() : window_closes_by(store_passed_by_));
    }

    [[nodiscard]] std::optional<Instant> window_closes_by(std::optional<Instant> other) const {
        if (!window_.is_open()) {
            return other;
        }
        const Instant close = *now() + (window_.idle_close() - context_.clock.wall());
        return std::min(close, other.value_or(close));
    }

    // ---- what is not of this lane, or dropped by the filter

    // Passed records count as acknowledged at once, as reading them again would pass them again;
    // but how far that went is stored within kPassedUnstoredFor, so that a restart does not read
    // all of them again. False: it could not be stored.
    bool store_passed() {
        if (gatherer_.passed() == passed_stored_) {
            return true;
        }
        store_passed_by_ = store_passed_by_.value_or(*now() + kPassedUnstoredFor);
        const bool many = gatherer_.passed() - passed_stored_ >= kDroppedAtOnceMax;
        if (!many && *now() < *store_passed_by_) {
            return true;
        }
        progress_.decide({.to = gatherer_.position(), .window = window_.open()});
        return settle();
    }

    NextMove read_failed(const base::Error& error) {
        if (!gatherer_.empty()) {
            return take_in_hand();  // what was read before is fine; the error comes again after it
        }
        if (error.code == base::Code::Trimmed) {
            const auto horizon = context_.log.trim_horizon(shard_.number());
            if (horizon && *horizon > gatherer_.position()) {
                give_up(GapReason::Trimmed, gatherer_.position(), *horizon);
                gatherer_.resume_at(*horizon);
                return settle() ? gather() : NextMove{back_off()};
            }
        }
        report_.not_read(error);
        ++read_failures_;
        wait_for(base::backoff_after(spec_.retry, read_failures_));
        show(WorkerState::Broken, "read: " + error.message);
        return back_off();
    }

    // ---- delivering

    NextMove send() {
        delivering_ = true;
        if (window_.is_open()) {
            in_hand_.give_members(members(call()));
        }
        show(WorkerState::Delivering);
        return Deliver{in_hand_.current().batch};
    }

    // The first `count` records of the batch in hand are durable at the target.
    void accept_front(std::size_t count) {
        report_.accepted(std::span(in_hand_.current().records).first(count), context_.clock.wall());
        move_window(count);
        progress_.decide({.to = drop_front(count), .window = window_.open()});
    }

    SequenceNumber drop_front(std::size_t count) {
        const SequenceNumber next = in_hand_.drop_front(count);
        if (in_hand_.empty()) {
            gatherer_.completed(context_.clock.instant());
        }
        return next;
    }

    void judge_failure(const Outcome& outcome) {
        const std::string reason = reason_of(outcome);
        in_hand_.note(outcome.kind);
        report_.not_delivered(*in_hand_.current().batch, in_hand_.retry(), reason);
        const Ruling ruling = rule_on(spec_, *in_hand_.current().batch, outcome, in_hand_.retry());
        if (outcome.kind == Outcome::Kind::NotInvoked) {
            report_.refused();
        } else {
            last_failure_ = {reason,
                             ruling.is_reported ? FunctionError::None : FunctionError::Unhandled};
            report_.failed(ruling.is_reported ? LastResult::Ok : LastResult::Failed);
        }
        carry_out(ruling);
        show(WorkerState::BackingOff, reason);
    }

    void carry_out(const Ruling& ruling) {
        switch (ruling.kind) {
            case Ruling::Kind::Again:
                return wait_for(retry_wait(spec_.retry, in_hand_.retry()));
            case Ruling::Kind::Rest:
                accept_front(ruling.accepted);
                return wait_for(base::backoff_after(spec_.retry, 1));
            case Ruling::Kind::Halves:
                in_hand_.bisect();
                return wait_for(base::backoff_after(spec_.retry, 1));
            case Ruling::Kind::GiveUp:
                return give_up_front(in_hand_.size(), FailureCondition::RetryAttemptsExhausted);
        }
    }

    static std::string reason_of(const Outcome& outcome) {
        if (!outcome.error.message.empty()) {
            return outcome.error.message;
        }
        return outcome.kind == Outcome::Kind::PartlyFailed ? "the target did not take some records"
                                                           : "the target gave no reason";
    }

    // Records at the front that are past the trigger's own limit, or failed until they were past
    // retention. True: some were; look again, another batch may be in hand.
    bool give_up_old() {
        if (in_hand_.empty()) {
            return false;
        }
        std::optional<base::Milliseconds> limit = spec_.maximum_record_age;
        if (in_hand_.retry() != RetryState{}) {
            limit = std::min(limit.value_or(context_.retention), context_.retention);
        }
        if (!limit) {
            return false;
        }
        const base::WallTime now = context_.clock.wall();
        const bool is_late_end = in_hand_.size() == 0 && now - window_.open()->end >= *limit;
        const std::size_t old = expired_prefix(in_hand_.current().records, *limit, now);
        if (old > 0 || is_late_end) {
            give_up_front(old, FailureCondition::RecordAgeExceeded);
        }
        return old > 0 || is_late_end;
    }

    // ---- progress

    void give_up_front(std::size_t count, FailureCondition condition) {
        if (window_.is_open()) {
            in_hand_.give_members(members(call()));
        }
        const BatchInHand front = in_hand_.front(count);
        const bool was_tried = in_hand_.retry().failures > 0;
        const base::WallTime now = context_.clock.wall();
        FailedBatch failed{
            .trigger = spec_.id,
            .trigger_name = spec_.name,
            .function = spec_.function,
            .stream_arn = stream_arn_,
            .condition = condition,
            .invoke_count = std::max(in_hand_.retry().failures, 1U),
            .function_error = last_failure_.error,
            .error = was_tried ? last_failure_.reason : "",
            .failed_at = now,
            .first_arrival = count > 0 ? front.records.front().time : now,
            .last_arrival = count > 0 ? front.records.back().time : now,
            .window_info = window_.is_open() ? window_info(*window_.open(), call()) : "",
            .batch = front.batch};
        if (count == 0) {
            window_.close();
        }
        const GapReason reason = condition == FailureCondition::RetryAttemptsExhausted
                                     ? GapReason::Exhausted
                                     : GapReason::Expired;
        give_up(reason, front.from, drop_front(count), std::move(failed));
    }

    void give_up(GapReason reason, SequenceNumber from, SequenceNumber to,
                 std::optional<FailedBatch> failed = std::nullopt) {
        report_.gave_up(reason, from, to);
        std::optional<Gap> gap;
        if (from < to) {  // not so at a window's last call, which holds no records
            gap = Gap{spec_.id, shard_, from, to, context_.clock.wall(), reason};
        }
        progress_.decide(
            {.failed = std::move(failed), .gap = gap, .to = to, .window = window_.open()});
    }

    // Stores what is decided. False: it could not be stored; wait_until_ says when to try again,
    // and neither position nor deliveries move until then.
    bool settle() {
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

    [[nodiscard]] std::optional<Instant> now() const { return context_.clock.instant(); }

    // Until wait_until_, whatever is written meanwhile.
    [[nodiscard]] Wait back_off() const {
        return {wait_until_, wait_until_ ? Bell::Ignored : Bell::Heard};
    }

    // The later of this wait and one that runs already.
    void wait_for(base::Milliseconds time) {
        const Instant until = context_.clock.instant() + time;
        wait_until_ = std::max(until, wait_until_.value_or(until));
    }

    void show(std::optional<WorkerState> state, std::optional<std::string> error = std::nullopt) {
        const auto& waiting = in_hand_.empty() ? gatherer_.records() : in_hand_.current().records;
        WorkerReport::Present present;
        present.state = state;
        present.error = std::move(error);
        present.acknowledged_next = progress_.next();
        present.failures = in_hand_.retry().failures;
        present.dropped = gatherer_.dropped();
        if (!waiting.empty()) {
            present.oldest_waiting = waiting.front().time;
        }
        report_.show(std::move(present));
    }

    WorkerContext context_;
    TriggerSpec spec_;
    shardlog::ShardId shard_;
    std::string shard_text_;
    WorkerReport report_;
    std::string stream_arn_;

    LaneCheckpoints lane_checkpoints_;  // not used without a frontier
    Progress progress_;
    TumblingWindow window_;
    std::string returned_state_;  // by the last call, until its records are acknowledged
    ShardGatherer gatherer_;

    InHand in_hand_;
    bool delivering_ = false;
    struct {
        std::string reason;
        FunctionError error = FunctionError::Unhandled;
    } last_failure_;  // of the batch in hand, once it has failed

    std::uint64_t passed_stored_ = 0;         // so many were passed below the checkpoint
    std::optional<Instant> store_passed_by_;  // when there are more

    std::uint32_t read_failures_ = 0;
    std::uint32_t checkpoint_failures_ = 0;
    std::optional<Instant> wait_until_;
};

}  // namespace

std::unique_ptr<ShardWorker> ShardWorker::create(WorkerContext context, TriggerSpec spec,
                                                 const shardlog::Stream& stream,
                                                 const shardlog::ShardId& shard,
                                                 SequenceNumber from) {
    return std::make_unique<Worker>(std::move(context), std::move(spec), stream, shard, from);
}

}  // namespace millbeck::triggers
