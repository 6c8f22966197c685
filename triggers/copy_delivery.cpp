#include "triggers/copy_delivery.hpp"

#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;

CopyDelivery::CopyDelivery(std::optional<CopyContext> context, const shardlog::ShardReader& log,
                           const shardlog::ShardId& shard)
    : context_(std::move(context)), log_(log), shard_(shard) {
    if (context_) {
        state_ = context_->state;
        told_ = context_->told;
    }
}

SequenceNumber CopyDelivery::take_rows() {
    const SequenceNumber first = copier_->first_change();
    state_ = copier_->state();
    if (state_->rows_done()) {
        copier_.reset();
    }
    return first;
}

void CopyDelivery::rows_begin(base::Instant now) {
    rows_began_ = now;
    began_at_ = log_.latest();
}

base::Milliseconds CopyDelivery::wait_after(std::uint64_t rows, base::Instant now) const {
    if (!context_->pace) {
        return base::Milliseconds{0};
    }
    return context_->pace->after({.rows = rows,
                                  .took = now - rows_began_,
                                  .changes = log_.latest().position() - began_at_.position()},
                                 now);
}

// Children of a shard that is open now begin behind every row that was read.
bool CopyDelivery::matters(SequenceNumber next) const {
    if (!state_->rows_done() || next <= state_->newest()) {
        return true;
    }
    const auto shard = log_.find_shard(shard_.number());
    return shard && shard->ending && *shard->ending < state_->newest();
}

void CopyDelivery::describe(SequenceNumber next, std::optional<CopyState>& copy,
                            std::string& told) const {
    if (state_ && matters(next)) {
        copy = state_;
    }
    told = told_;
}

std::string CopyDelivery::position_at(SequenceNumber next) const {
    Checkpoint checkpoint{.shard = shard_, .next = next};
    describe(next, checkpoint.copy, checkpoint.told);
    return position_text(checkpoint);
}

void CopyDelivery::release(SequenceNumber next) {
    if (context_ && context_->pin) {
        context_->pin->advance(next);
    }
}

void CopyDelivery::caught_up() {
    if (context_) {
        context_->pin.reset();
    }
}

}  // namespace millbeck::triggers
