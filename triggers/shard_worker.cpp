#include "triggers/shard_worker.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "triggers/item_failures.hpp"
#include "triggers/retry_policy.hpp"
#include "triggers/rows_worker.hpp"

namespace millbeck::triggers {

namespace {

using base::Instant;
using shardlog::SequenceNumber;
using sinks::Outcome;

// How long the stored checkpoint may lag behind what a filter dropped or other lanes take.
constexpr base::Milliseconds kPassedUnstoredFor{1'000};
constexpr base::Milliseconds kAwsPollInterval{250};

class Worker final : public RowsWorker {
  public:
    using RowsWorker::RowsWorker;

    NextMove step() override {
        MB_CHECK(!delivering_, "delivered() comes before the next step()");
        if (copy_lost_) {
            return Wait{std::nullopt, Bell::Heard};
        }
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
        if (copy_.copier() != nullptr) {
            auto move = copy_rows();
            return move ? *move : step();
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
        if (outcome.kind == Outcome::Kind::PositionLost) {
            lose_copy(reason_of(outcome));
            return outcome;
        }
        if (copy_.copier() != nullptr) {
            return settle_rows(std::move(outcome));
        }
        if (parked_.is_out()) {
            return settle_parked(std::move(outcome));
        }
        if (window_.is_open()) {
            outcome = take_state(std::move(outcome));
        }
        if (outcome.kind == Outcome::Kind::Delivered) {
            copy_.told(in_hand_.current().batch->position);
            accept_front(in_hand_.size());
            show(WorkerState::Reading, "");
        } else {
            judge_failure(outcome);
        }
        settle();
        return outcome;
    }

  private:
    // ---- reading

    NextMove gather() {
        if (window_.ends_early()) {
            return end_window();
        }
        if (parked_.has_wishes()) {
            if (auto move = deliver_parked()) {
                return std::move(*move);
            }
        }
        if (window_.is_open()) {
            gatherer_.set_aside(members(Call::Ordinary).size() + 1);
        }
        if (!next_look_ || *next_look_ <= context_.clock.instant()) {
            if (const auto gathered = gatherer_.gather(*now()); !gathered) {
                return read_failed(gathered.error());
            }
            const bool rests = spec_.polling == Polling::Aws && gatherer_.caught_up();
            next_look_ = rests ? std::optional(*now() + kAwsPollInterval) : std::nullopt;
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

    NextMove take_in_hand() {
        in_hand_.take(gatherer_.take(base::make_uuid(context_.random), progress_.next(),
                                     context_.clock.instant()));
        return step();
    }

    NextMove sleep(std::optional<Instant> until) {
        show(WorkerState::Reading);
        if (next_look_) {
            return Wait{std::min(*next_look_, until.value_or(*next_look_)), Bell::Ignored};
        }
        // More records cannot end so short a wait earlier in any way that matters.
        const bool brief = until && *until - context_.clock.instant() <= kBatchPace;
        return Wait{until, brief ? Bell::Ignored : Bell::Heard};
    }

    NextMove idle() {
        if (gatherer_.exhausted()) {
            decide({.to = gatherer_.position(), .finished = true});
            return settle() ? NextMove{Finished{}} : NextMove{back_off()};
        }
        if (!store_passed()) {
            return back_off();
        }
        progress_.skip_empty(gatherer_.position());
        if (!gatherer_.more()) {
            copy_.caught_up();
        }
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
        if (gatherer_.passed() == passed_stored_ && !gatherer_.has_parked()) {
            return true;
        }
        store_passed_by_ = store_passed_by_.value_or(*now() + kPassedUnstoredFor);
        const bool many =
            gatherer_.passed() - passed_stored_ >= kDroppedAtOnceMax || gatherer_.has_parked();
        if (!many && *now() < *store_passed_by_) {
            return true;
        }
        decide({.to = gatherer_.position()});
        return settle();
    }

    NextMove read_failed(const base::Error& error) {
        if (!gatherer_.empty()) {
            return take_in_hand();  // what was read before is fine; the error comes again after it
        }
        if (error.code == base::Code::Trimmed && copy_.exists()) {
            lose_copy("the log no longer holds what it lacks");
            return Wait{std::nullopt, Bell::Heard};
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
        if (copy_.exists() && in_hand_.current().batch->position.empty()) {
            in_hand_.give_position(copy_.position_at(in_hand_.current().next));
        }
        show(WorkerState::Delivering);
        return Deliver{in_hand_.current().batch};
    }

    // The first `count` records of the batch in hand are durable at the target.
    void accept_front(std::size_t count) {
        const BatchInHand& batch = in_hand_.current();
        std::size_t bytes = 0;
        for (const auto& message : std::span(batch.batch->messages).first(count)) {
            bytes += message.record.size();
        }
        report_.accepted(std::span(batch.records).first(count), bytes, context_.clock.wall());
        move_window(count);
        decide({.to = drop_front(count)});
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
        wait_as_asked(outcome);
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
                if (spec_.on_poison == OnPoison::Park && context_.parking != nullptr &&
                    !window_.is_open()) {
                    return park_front(ruling);
                }
                return give_up_front(in_hand_.size(), FailureCondition::RetryAttemptsExhausted);
        }
    }

    // Records at the front that are past the trigger's own limit, or failed until they were past
    // retention. True: some were; look again, another batch may be in hand.
    bool give_up_old() {
        if (in_hand_.empty()) {
            return false;
        }
        std::optional<base::Milliseconds> limit = spec_.maximum_record_age;
        if (in_hand_.retry() != RetryState{} && !copy_.exists()) {
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

    // ---- parked keys

    // A reply says which record it was; without one the batch is halved until it is of one key.
    void park_front(const Ruling& ruling) {
        const BatchInHand& batch = in_hand_.current();
        const std::string key(batch.batch->messages.front().key);
        const bool is_one_key =
            std::all_of(batch.batch->messages.begin(), batch.batch->messages.end(),
                        [&](const sinks::Message& message) { return message.key == key; });
        if (!ruling.is_reported && !is_one_key) {
            in_hand_.bisect();
            return wait_for(base::backoff_after(spec_.retry, 1));
        }
        ParkedKey parked;
        parked.trigger_id = spec_.id;
        parked.trigger = spec_.name;
        parked.key = key;
        parked.hash = batch.records.front().hash;
        parked.error = last_failure_.reason;
        parked.parked_at = context_.clock.wall();
        report_.parked(parked, batch.records.front().sequence);
        InHand::Removed removed = in_hand_.remove_key(key);
        if (in_hand_.empty()) {
            gatherer_.completed(context_.clock.instant());
        }
        Settlement settlement{.to = removed.to};
        settlement.poisoned = std::move(parked);
        settlement.parked = std::move(removed.records);
        decide(std::move(settlement));
    }

    // What was read of a key before goes behind what waits of it already.
    std::optional<NextMove> deliver_parked() {
        if (gatherer_.has_parked()) {
            decide({.to = progress_.next()});
            if (!settle()) {
                return back_off();
            }
        }
        auto batch = parked_.next();
        if (!batch) {
            parked_failed(batch.error());
            return back_off();
        }
        if (*batch == nullptr) {
            return std::nullopt;
        }
        delivering_ = true;
        show(WorkerState::Delivering);
        return Deliver{*batch};
    }

    Outcome settle_parked(Outcome outcome) {
        if (outcome.kind == Outcome::Kind::NotInvoked) {
            wait_for(base::backoff_after(spec_.retry, 1));
        }
        if (const auto settled = parked_.answered(outcome); !settled) {
            parked_failed(settled.error());
        }
        return outcome;
    }

    void parked_failed(const base::Error& error) {
        report_.not_stored(error);
        wait_for(base::backoff_after(spec_.retry, 1));
        show(WorkerState::BackingOff, "parked records: " + error.message);
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
        decide({.failed = std::move(failed), .gap = gap, .to = to});
    }
};

}  // namespace

std::unique_ptr<ShardWorker> ShardWorker::create(WorkerContext context, TriggerSpec spec,
                                                 const shardlog::Stream& stream,
                                                 const shardlog::ShardId& shard,
                                                 SequenceNumber from) {
    return std::make_unique<Worker>(std::move(context), std::move(spec), stream, shard, from);
}

}  // namespace millbeck::triggers
