#include "runtime/replay/replay_place.hpp"

#include <algorithm>
#include <utility>

#include "runtime/replay/replay_source.hpp"
#include "sinks/position_keeper.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using shardlog::SequenceNumber;
using triggers::Checkpoint;

namespace {

// No stream has this name, so no trigger has these checkpoints.
constexpr const char* kReplays = "replay";

tl::unexpected<base::Error> is_lost() {
    return base::fail(Code::NotFound,
                      "the target does not hold what was replayed to it any more: it was emptied, "
                      "or something else was written by this sink; begin a new replay");
}

}  // namespace

std::vector<Checkpoint> first_checkpoints_of(const ReplaySpec& spec) {
    std::vector<Checkpoint> first;
    for (std::uint32_t lane = 0; lane < spec.lanes; ++lane) {
        first.push_back({.shard = ReplaySource::lane_id(lane), .next = spec.choice.range.from});
    }
    return first;
}

shardlog::Stream stream_for_replay(const shardlog::ShardLog& log, shardlog::TableId table,
                                   const std::string& name) {
    shardlog::Stream found;
    found.table = table;
    found.table_name = shardlog::TableName{name};
    found.label = "replay";
    for (shardlog::Stream& stream : log.streams()) {
        if (stream.table == table && stream.id >= found.id) {
            found = std::move(stream);
        }
    }
    return found;
}

Result<triggers::TriggerId> checkpoints_of_replay(triggers::CheckpointStore& checkpoints,
                                                  const std::string& name) {
    return checkpoints.id_for(name, kReplays);
}

Result<SequenceNumber> replay_position(triggers::CheckpointStore& checkpoints,
                                       const ReplaySpec& spec) {
    MB_TRY(const auto id, checkpoints_of_replay(checkpoints, spec.name));
    MB_TRY(const auto stored, checkpoints.load(id));
    SequenceNumber oldest = stored.empty() ? spec.choice.range.from : SequenceNumber::max();
    for (const Checkpoint& checkpoint : stored) {
        oldest = std::min(oldest, checkpoint.next);
    }
    return oldest;
}

Result<ReplayPlace> settle_replay_place(triggers::CheckpointStore& checkpoints,
                                        const triggers::TriggerId& id, sinks::Sink& sink,
                                        const std::vector<Checkpoint>& first, base::Random& random,
                                        base::Instant deadline) {
    sinks::PositionKeeper* keeper = sink.position_keeper();
    MB_TRY(const auto known, checkpoints.generation(id));
    if (!known) {
        // The target first: a generation that was begun and is not known here is begun again.
        const std::string fresh = base::make_uuid(random);
        if (keeper != nullptr) {
            MB_TRY_STATUS(keeper->begin(fresh, deadline));
        }
        MB_TRY_STATUS(checkpoints.restart(id, fresh, first, std::nullopt));
        return ReplayPlace{fresh, first};
    }
    MB_TRY(auto lanes, checkpoints.load(id));
    if (keeper == nullptr) {
        return ReplayPlace{*known, std::move(lanes)};
    }
    MB_TRY(const auto positions, keeper->positions(*known, deadline));
    if (!positions) {
        return is_lost();
    }
    for (Checkpoint& lane : lanes) {
        const auto held = positions->find(lane.shard.to_string());
        if (held == positions->end()) {
            if (!lane.told.empty()) {
                return is_lost();
            }
        } else if (held->second != lane.told) {
            MB_TRY(lane, triggers::parse_position(lane.shard, held->second));
        }
    }
    MB_TRY_STATUS(checkpoints.restart(id, *known, lanes, std::nullopt));
    return ReplayPlace{*known, std::move(lanes)};
}

}  // namespace millbeck::runtime
