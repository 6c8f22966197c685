#include "triggers/shard_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace millbeck::triggers {

using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardId;

namespace {

const Checkpoint* find_checkpoint(const std::vector<Checkpoint>& checkpoints, const ShardId& id) {
    const auto found = std::find_if(checkpoints.begin(), checkpoints.end(),
                                    [&](const Checkpoint& each) { return each.shard == id; });
    return found == checkpoints.end() ? nullptr : &*found;
}

std::set<ShardId> ids_of(const std::vector<Shard>& shards) {
    std::set<ShardId> ids;
    for (const Shard& shard : shards) {
        ids.insert(shard.id);
    }
    return ids;
}

// What the rows that were copied with the parents hold of the child's changes.
std::optional<CopyState> inherited_copy(const Shard& child, const std::vector<Shard>& shards,
                                        const std::vector<Checkpoint>& checkpoints) {
    std::vector<CopyState::Parent> parents;
    bool matters = false;
    for (const Shard& shard : shards) {
        if (std::find(child.parents.begin(), child.parents.end(), shard.id) ==
            child.parents.end()) {
            continue;
        }
        const Checkpoint* checkpoint = find_checkpoint(checkpoints, shard.id);
        const bool has_state = checkpoint != nullptr && checkpoint->copy.has_value();
        parents.push_back({shard.hashes, has_state ? *checkpoint->copy : CopyState{}});
        matters = matters || has_state;
    }
    return matters ? std::optional(CopyState::inherited(std::move(parents))) : std::nullopt;
}

}  // namespace

std::vector<ShardStart> plan_shards(const std::vector<Shard>& shards,
                                    const std::vector<Checkpoint>& checkpoints) {
    std::set<ShardId> unfinished = ids_of(shards);
    for (const Checkpoint& checkpoint : checkpoints) {
        if (checkpoint.finished) {
            unfinished.erase(checkpoint.shard);
        }
    }
    std::vector<ShardStart> starts;
    for (const Shard& shard : shards) {
        const bool waits =
            std::any_of(shard.parents.begin(), shard.parents.end(),
                        [&](const ShardId& parent) { return unfinished.contains(parent); });
        if (!unfinished.contains(shard.id) || waits) {
            continue;
        }
        const Checkpoint* checkpoint = find_checkpoint(checkpoints, shard.id);
        if (checkpoint != nullptr) {
            starts.push_back({shard.id, checkpoint->next, checkpoint->window, checkpoint->copy,
                              checkpoint->told});
        } else {
            starts.push_back({.shard = shard.id,
                              .from = shard.starting,
                              .copy = inherited_copy(shard, shards, checkpoints)});
        }
    }
    return starts;
}

std::vector<Checkpoint> first_checkpoints(const std::vector<Shard>& shards,
                                          StartingPosition position, SequenceNumber latest) {
    std::vector<Checkpoint> checkpoints;
    for (const Shard& shard : shards) {
        if (position == StartingPosition::TrimHorizon) {
            checkpoints.push_back({shard.id, shard.starting, false});
        } else if (shard.ending && *shard.ending < latest) {
            checkpoints.push_back({shard.id, shard.ending->next(), true});
        } else {
            // A shard may open, or be written to and closed, just after `latest` was taken.
            checkpoints.push_back({shard.id, std::max(latest, shard.starting), false});
        }
    }
    return checkpoints;
}

base::Result<std::vector<Checkpoint>> first_checkpoints(const shardlog::ShardLog& log,
                                                        shardlog::StreamId stream,
                                                        StartingPosition position) {
    // `latest` first: a record written between the two calls is then delivered, not left out.
    const SequenceNumber latest = log.latest();
    auto checkpoints = first_checkpoints(log.shards(stream), position, latest);
    for (Checkpoint& checkpoint : checkpoints) {
        if (checkpoint.finished) {
            continue;
        }
        MB_TRY(const SequenceNumber horizon, log.trim_horizon(checkpoint.shard.number()));
        checkpoint.next = std::max(checkpoint.next, horizon);
    }
    return checkpoints;
}

std::vector<Checkpoint> vanished_shards(const std::vector<Shard>& shards,
                                        const std::vector<Checkpoint>& checkpoints) {
    const std::set<ShardId> present = ids_of(shards);
    std::vector<Checkpoint> vanished;
    for (const Checkpoint& checkpoint : checkpoints) {
        if (!checkpoint.finished && !present.contains(checkpoint.shard)) {
            vanished.push_back(checkpoint);
        }
    }
    return vanished;
}

}  // namespace millbeck::triggers
