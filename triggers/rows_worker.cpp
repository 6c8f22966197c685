#include "triggers/rows_worker.hpp"

#include <algorithm>
#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;
using sinks::Outcome;

std::optional<NextMove> RowsWorker::copy_rows() {
    copy_.rows_begin(context_.clock.instant());
    const auto batch = copy_.copier()->next(context_.clock.wall());
    if (!batch) {
        report_.not_read(batch.error());
        wait_for(base::backoff_after(spec_.retry, ++rows_failures_));
        show(WorkerState::Broken, "rows: " + batch.error().message);
        return back_off();
    }
    if (*batch != nullptr) {
        const auto shard = context_.log.find_shard(shard_.number());
        report_.rows_begin(shard ? copy_.copier()->state().progress(shard->hashes) : 0,
                           context_.clock.wall());
        delivering_ = true;
        show(WorkerState::Delivering);
        return Deliver{*batch};
    }
    keep_rows();
    return settle() ? std::nullopt : std::optional<NextMove>(back_off());
}

Outcome RowsWorker::settle_rows(Outcome outcome) {
    if (outcome.kind != Outcome::Kind::Delivered) {
        rows_failed(reason_of(outcome));
        wait_as_asked(outcome);
        return outcome;
    }
    RowCopier& rows = *copy_.copier();
    rows_failures_ = 0;
    copy_.told(rows.batch().position);
    report_.copied(rows.batch());
    const std::uint64_t count = rows.accept();
    const auto wait = copy_.wait_after(count, context_.clock.instant());
    if (wait.count() > 0) {
        wait_for(wait);
    }
    keep_rows();
    show(WorkerState::Reading, "");
    settle();
    return outcome;
}

void RowsWorker::rows_failed(const std::string& reason) {
    RetryState retry;
    retry.failures = ++rows_failures_;
    report_.not_delivered(copy_.copier()->batch(), retry, reason);
    report_.failed(LastResult::Failed);
    wait_for(base::backoff_after(spec_.retry, rows_failures_));
    show(WorkerState::BackingOff, reason);
}

void RowsWorker::keep_rows() {
    const SequenceNumber first = std::max(copy_.take_rows(), progress_.next());
    if (copy_.copier() == nullptr) {
        gatherer_.resume_at(first);
        gatherer_.leave_out(*copy_.state());
    }
    decide({.to = first});
}

void RowsWorker::lose_copy(const std::string& reason) {
    copy_lost_ = true;
    report_.copy_lost(reason);
    show(WorkerState::BackingOff, reason);
}

std::string RowsWorker::reason_of(const Outcome& outcome) {
    if (!outcome.error.message.empty()) {
        return outcome.error.message;
    }
    return outcome.kind == Outcome::Kind::PartlyFailed ? "the target did not take some records"
                                                       : "the target gave no reason";
}

}  // namespace millbeck::triggers
