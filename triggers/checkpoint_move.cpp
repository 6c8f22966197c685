#include "triggers/checkpoint_move.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace millbeck::triggers {

using base::Code;
using base::Result;
using base::Status;
using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardId;

namespace {

using Part = StreamReach::Part;

const Part* find_part(const StreamReach& reach, const ShardId& id) {
    const auto found = std::find_if(reach.parts.begin(), reach.parts.end(),
                                    [&](const Part& part) { return part.shard.id == id; });
    return found == reach.parts.end() ? nullptr : &*found;
}

Status gone(SequenceNumber wanted, SequenceNumber oldest) {
    return base::fail(Code::Trimmed,
                      fmt::format("records from {} on are gone; the oldest position there is is {}",
                                  wanted.to_string(), oldest.to_string()));
}

// At the start what is gone already is no loss; everywhere else it is one.
Result<Checkpoint> place_in(const Part& part, const MovePlace& place) {
    const Shard& shard = part.shard;
    const auto* position = std::get_if<SequenceNumber>(&place);
    if (position == nullptr) {
        return Checkpoint{.shard = shard.id, .next = std::max(shard.starting, part.horizon)};
    }
    if (shard.ending && *shard.ending < *position) {
        return Checkpoint{.shard = shard.id, .next = shard.ending->next(), .finished = true};
    }
    const SequenceNumber next = std::max(*position, shard.starting);
    if (next < part.horizon) {
        MB_TRY_STATUS(gone(next, part.horizon));
    }
    return Checkpoint{.shard = shard.id, .next = next};
}

// Later shards have greater ids, so one walk finds all.
std::set<ShardId> descendants_of(const StreamReach& reach, const ShardId& ancestor) {
    std::set<ShardId> family{ancestor};
    for (const Part& part : reach.parts) {
        const auto& parents = part.shard.parents;
        if (std::any_of(parents.begin(), parents.end(),
                        [&](const ShardId& parent) { return family.contains(parent); })) {
            family.insert(part.shard.id);
        }
    }
    family.erase(ancestor);
    return family;
}

Result<std::vector<Checkpoint>> move_one(const StreamReach& reach, const MovePlace& place,
                                         const ShardId& only,
                                         const std::vector<Checkpoint>& present) {
    const Part* part = find_part(reach, only);
    if (part == nullptr) {
        return base::fail(Code::NotFound,
                          fmt::format("the stream has no shard {}", only.to_string()));
    }
    std::map<ShardId, Checkpoint> all;
    for (const Checkpoint& checkpoint : present) {
        all.insert_or_assign(checkpoint.shard, checkpoint);
    }
    MB_TRY(const Checkpoint moved, place_in(*part, place));
    all.insert_or_assign(only, moved);
    if (!moved.finished) {
        const bool to_start = std::holds_alternative<ToStart>(place);
        for (const ShardId& child : descendants_of(reach, only)) {
            const Part& later = *find_part(reach, child);
            MB_TRY(const Checkpoint beginning,
                   place_in(later, to_start ? place : MovePlace{later.shard.starting}));
            all.insert_or_assign(child, beginning);
        }
    }
    std::vector<Checkpoint> checkpoints;
    checkpoints.reserve(all.size());
    for (auto& [shard, checkpoint] : all) {
        checkpoints.push_back(std::move(checkpoint));
    }
    return checkpoints;
}

}  // namespace

Result<StreamReach> reach_of(const shardlog::ShardLog& log, shardlog::StreamId stream) {
    StreamReach reach;
    for (Shard& shard : log.shards(stream)) {
        auto horizon = log.trim_horizon(shard.id.number());
        if (!horizon && horizon.error().code == Code::NotFound) {
            continue;  // retention took it between the two calls
        }
        MB_TRY(const SequenceNumber oldest, std::move(horizon));
        reach.parts.push_back({std::move(shard), oldest});
    }
    // Last: what went meanwhile counts as gone.
    reach.first = log.stats().first;
    return reach;
}

SequenceNumber oldest_of(const StreamReach& reach) {
    SequenceNumber oldest;
    for (const Part& part : reach.parts) {
        if (part.horizon > part.shard.starting) {
            oldest = std::max(oldest, part.horizon);
        }
        const auto& parents = part.shard.parents;
        const bool has_lost_parent =
            std::any_of(parents.begin(), parents.end(),
                        [&](const ShardId& parent) { return find_part(reach, parent) == nullptr; });
        if (has_lost_parent) {
            // It went with all its records, which were below the first that is left.
            oldest = std::max(oldest, std::min(part.shard.starting, reach.first));
        }
    }
    return oldest;
}

Result<std::vector<Checkpoint>> moved_checkpoints(const StreamReach& reach, const MovePlace& place,
                                                  const std::optional<ShardId>& only,
                                                  const std::vector<Checkpoint>& present) {
    if (only) {
        return move_one(reach, place, *only, present);
    }
    if (const auto* position = std::get_if<SequenceNumber>(&place)) {
        if (const SequenceNumber oldest = oldest_of(reach); *position < oldest) {
            MB_TRY_STATUS(gone(*position, oldest));
        }
    }
    std::vector<Checkpoint> checkpoints;
    for (const Part& part : reach.parts) {
        MB_TRY(const Checkpoint checkpoint, place_in(part, place));
        checkpoints.push_back(checkpoint);
    }
    return checkpoints;
}

Status check_reachable(const StreamReach& reach, const std::vector<Checkpoint>& checkpoints) {
    std::set<ShardId> known;
    for (const Checkpoint& checkpoint : checkpoints) {
        known.insert(checkpoint.shard);
        const Part* part = find_part(reach, checkpoint.shard);
        if (checkpoint.finished) {
            continue;
        }
        if (part == nullptr) {
            return gone(checkpoint.next, reach.first);
        }
        if (checkpoint.next < part->horizon) {
            return gone(checkpoint.next, part->horizon);
        }
    }
    for (const Part& part : reach.parts) {
        if (!known.contains(part.shard.id) && part.shard.starting < part.horizon) {
            return gone(part.shard.starting, part.horizon);
        }
    }
    return {};
}

}  // namespace millbeck::triggers
