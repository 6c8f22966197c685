#include "runtime/replay/replay_worker.hpp"

#include <variant>

namespace millbeck::runtime {

using triggers::Bell;
using triggers::Deliver;
using triggers::NextMove;
using triggers::Wait;

// The past rings no bell: who would wait for it looks again when others have had their turn.
NextMove ReplayWorker::step() {
    const base::Instant now = shared_.clock.instant();
    if (rests_until_ && now < *rests_until_) {
        return Wait{rests_until_, Bell::Ignored};
    }
    rests_until_.reset();
    began_ = now;
    began_at_ = shared_.history.newest();
    live_before_ = shared_.live ? shared_.live() : 0;
    NextMove move = worker_->step();
    if (shared_.on_lost && !told_lost_ && worker_->status().copy_lost) {
        told_lost_ = true;
        shared_.on_lost();
        return Wait{now, Bell::Ignored};
    }
    if (const auto* deliver = std::get_if<Deliver>(&move)) {
        records_ = deliver->batch->messages.size();
    } else if (const auto* wait = std::get_if<Wait>(&move); wait && wait->bell == Bell::Heard) {
        return Wait{now, Bell::Ignored};
    }
    return move;
}

sinks::Outcome ReplayWorker::delivered(sinks::Outcome outcome) {
    sinks::Outcome understood = worker_->delivered(std::move(outcome));
    const base::Instant now = shared_.clock.instant();
    const auto wait =
        shared_.pace->after({.rows = records_,
                             .took = now - began_,
                             .changes = shared_.history.newest().position() - began_at_.position(),
                             .beside_live = shared_.live && shared_.live() != live_before_},
                            now);
    if (wait.count() > 0) {
        rests_until_ = now + wait;
    }
    return understood;
}

}  // namespace millbeck::runtime
