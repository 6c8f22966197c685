// Triggers whose checkpoints somebody moves: carried out like any other change, when all workers
// have ended.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/scheduler/planner.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using triggers::ChangeKind;
using triggers::CheckpointChange;
using triggers::MovePlace;

namespace {

// What moves a trigger's place by an instant: the first position behind the commits made until
// then.
Result<SequenceNumber> position_behind(const shardlog::ShardLog& log, base::WallTime time) {
    auto last = log.history().position_at(time);
    if (!last && last.error().code == Code::Trimmed) {
        return SequenceNumber{};  // refused if what is gone is of the stream
    }
    MB_TRY(const SequenceNumber position, std::move(last));
    return position.next();
}

}  // namespace

Status Planner::move(const std::string& name, TriggerMove move, Moved done) {
    const auto known = find(name);
    if (known && known->delivery.spec.copy) {
        return base::fail(
            Code::Invalid,
            fmt::format("sink \"{0}\" keeps a copy, and its target says where it is; \"millbeck "
                        "backfill {0}\" makes the copy anew, \"millbeck verify {0}\" compares it",
                        name));
    }
    auto asked = std::make_shared<Move>(Move{.asked = std::move(move)});
    return ask(name, {.to = std::nullopt, .move = asked, .done = [asked, done = std::move(done)] {
                          done(asked->result
                                   ? *asked->result
                                   : base::fail(Code::Unavailable,
                                                "the node is stopping; no checkpoint was changed"));
                      }});
}

Result<std::vector<CheckpointChange>> Planner::changes(const std::string& name,
                                                       std::size_t limit) const {
    const auto trigger = find(name);
    if (!trigger) {
        return base::fail(Code::NotFound, fmt::format("there is no trigger named \"{}\"", name));
    }
    std::vector<CheckpointChange> all;
    for (const auto& subscription : trigger->subscriptions) {
        MB_TRY(auto some, context_.checkpoints.changes(subscription->spec().id, limit));
        all.insert(all.end(), std::make_move_iterator(some.begin()),
                   std::make_move_iterator(some.end()));
    }
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.number > b.number; });
    all.resize(std::min(all.size(), limit));
    return all;
}

// Requires: no worker of the trigger runs.
Result<CheckpointChange> Planner::carry_out(const TriggerMove& move, const Trigger& trigger) {
    if (std::holds_alternative<TriggerMove::Undo>(move.to)) {
        return take_back(move, trigger);
    }
    MB_TRY(const auto subscription, moved_subscription(move, trigger, context_.log));
    // The place first: shards that open after it are then read from their beginning.
    MB_TRY(const MovePlace place, place_of(move));
    MB_TRY(const auto reach, triggers::reach_of(context_.log, subscription->stream().id));
    const triggers::TriggerId& id = subscription->spec().id;
    MB_TRY(const auto present, context_.checkpoints.load(id));
    MB_TRY(const auto moved, triggers::moved_checkpoints(reach, place, move.shard, present));
    return context_.checkpoints.replace_all(
        id, moved, {.kind = ChangeKind::Set, .reason = move.reason, .at = context_.clock.wall()});
}

// The stream whose checkpoints are meant.
Result<std::shared_ptr<Subscription>> Planner::moved_subscription(const TriggerMove& move,
                                                                  const Trigger& trigger,
                                                                  const shardlog::ShardLog& log) {
    const auto& all = trigger.subscriptions;
    const std::string& name = trigger.delivery.spec.name;
    if (move.shard) {
        const auto shard = log.find_shard(move.shard->number());
        for (const auto& subscription : all) {
            if (shard && shard->id == *move.shard && shard->stream == subscription->stream().id) {
                return subscription;
            }
        }
        return base::fail(Code::NotFound, fmt::format("trigger \"{}\" reads no shard {}", name,
                                                      move.shard->to_string()));
    }
    if (all.empty()) {
        return base::fail(Code::NotFound, fmt::format("trigger \"{}\" has no stream", name));
    }
    if (all.size() > 1) {
        return base::fail(Code::InUse,
                          fmt::format("trigger \"{}\" still delivers an earlier stream of its "
                                      "table; name a shard, or wait until that is delivered",
                                      name));
    }
    return all.back();
}

Result<MovePlace> Planner::place_of(const TriggerMove& move) const {
    if (std::holds_alternative<triggers::ToStart>(move.to)) {
        return MovePlace{triggers::ToStart{}};
    }
    const SequenceNumber latest = context_.log.latest();
    if (const auto* position = std::get_if<SequenceNumber>(&move.to)) {
        if (*position > latest) {
            return base::fail(Code::Invalid,
                              fmt::format("{} is not written yet; the next record gets {}",
                                          position->to_string(), latest.to_string()));
        }
        return MovePlace{*position};
    }
    if (const auto* time = std::get_if<base::WallTime>(&move.to)) {
        if (*time > context_.clock.wall()) {
            return base::fail(Code::Invalid,
                              fmt::format("{}Z lies in the future", base::to_iso8601(*time)));
        }
        MB_TRY(const SequenceNumber position, position_behind(context_.log, *time));
        return MovePlace{position};
    }
    return MovePlace{latest};
}

// The newest change goes, so that taking back twice leads back to where it was.
Result<CheckpointChange> Planner::take_back(const TriggerMove& move, const Trigger& trigger) {
    std::shared_ptr<Subscription> owner;
    CheckpointChange newest;
    for (const auto& subscription : trigger.subscriptions) {
        MB_TRY(auto some, context_.checkpoints.changes(subscription->spec().id, 1));
        if (!some.empty() && some.front().number > newest.number) {
            owner = subscription;
            newest = std::move(some.front());
        }
    }
    if (!owner) {
        return base::fail(Code::NotFound, fmt::format("nobody changed the checkpoints of trigger "
                                                      "\"{}\": there is nothing to undo",
                                                      trigger.delivery.spec.name));
    }
    MB_TRY(const auto reach, triggers::reach_of(context_.log, owner->stream().id));
    if (auto there = triggers::check_reachable(reach, newest.before); !there) {
        return base::with_context(fmt::format("change {}", newest.number),
                                  std::move(there).error());
    }
    return context_.checkpoints.replace_all(owner->spec().id, newest.before,
                                            {.kind = ChangeKind::Undo,
                                             .reason = move.reason,
                                             .at = context_.clock.wall(),
                                             .undoes = newest.number});
}

}  // namespace millbeck::runtime
