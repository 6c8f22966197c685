// A subscription whose target keeps a copy: where the target stands, and where its rows come from.
#include <algorithm>
#include <utility>

#include "runtime/scheduler/subscription.hpp"

namespace millbeck::runtime {

using shardlog::SequenceNumber;
using triggers::Checkpoint;

// What the copy has to read again must not go before its workers have asked for it.
void Subscription::pin_copy(const std::vector<Checkpoint>& checkpoints) {
    std::optional<SequenceNumber> from;
    for (const Checkpoint& checkpoint : checkpoints) {
        if (checkpoint.copy && !checkpoint.finished) {
            from = std::min(checkpoint.next, from.value_or(checkpoint.next));
        }
    }
    if (from) {
        const base::MutexLock lock(mutex_);
        pin_ = context_.log.pin(*from, "copy " + spec().name);
    }
}

// True: workers may run. What has lost its copy ends first, then the target is asked.
bool Subscription::settle_copy() {
    const CopyLife::State state = copy_life_->state();
    if (state == CopyLife::State::Known || state == CopyLife::State::Settled) {
        return true;
    }
    if (state == CopyLife::State::Lost) {
        let_go_of_others({});
        if (!at_rest()) {
            return false;
        }
    }
    const base::MutexLock lock(mutex_);
    if (begins_no_more_ || state == CopyLife::State::Settling) {
        return false;
    }
    copy_life_->set(CopyLife::State::Settling);
    // A thread that leaves a worker of the last life may hold its image a moment longer: a new life
    // begins later than what is in it.
    image_.reset();
    copy_start_ = std::make_shared<CopyStart>(context_.pool,
                                              CopyStartContext{.log = context_.log,
                                                               .checkpoints = context_.checkpoints,
                                                               .clock = context_.clock,
                                                               .random = context_.random,
                                                               .sink = delivery_.sink,
                                                               .life = copy_life_,
                                                               .on_ended = context_.on_ended},
                                              spec(), stream_.id, state == CopyLife::State::Lost);
    copy_start_->wake();
    return false;
}

triggers::CopyContext Subscription::copy_context(const triggers::ShardStart& start) {
    triggers::CopyContext copy{
        .generation = generation_,
        .state = start.copy,
        .told = start.told,
        .images = [weak = weak_from_this()]()
            -> base::Result<std::shared_ptr<const shardlog::TableImage>> {
            const auto self = weak.lock();
            return self ? self->image() : base::fail(base::Code::Cancelled, "the sink is gone");
        },
        .pace = pace_};
    if (start.copy) {
        copy.pin = context_.log.pin(start.from, "copy " + spec().name);
    }
    return copy;
}

base::Status Subscription::lose_copy() {
    if (copy_life_->state() != CopyLife::State::Known) {
        return base::fail(base::Code::InUse, "sink \"" + spec().name + "\" is being begun already");
    }
    copy_life_->set(CopyLife::State::Lost);
    return {};
}

// One for all shards of a life that begin together, so that they are of one position.
base::Result<std::shared_ptr<const shardlog::TableImage>> Subscription::image() {
    const base::MutexLock lock(mutex_);
    if (auto present = image_.lock()) {
        return present;
    }
    if (!context_.options.images) {
        return base::fail(base::Code::Unsupported, "this node has no rows to copy");
    }
    MB_TRY(auto fresh, context_.options.images(stream_.table_name));
    image_ = fresh;
    return fresh;
}

}  // namespace millbeck::runtime
