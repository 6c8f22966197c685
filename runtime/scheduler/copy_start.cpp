#include "runtime/scheduler/copy_start.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "triggers/shard_plan.hpp"

namespace millbeck::runtime {

using base::Result;
using base::Status;
using shardlog::ShardId;
using triggers::Checkpoint;
using triggers::CopyFrom;
using triggers::StartingPosition;

CopyStart::CopyStart(StrandPool& pool, CopyStartContext context, triggers::TriggerSpec spec,
                     shardlog::StreamId stream, bool anew)
    : Strand(pool),
      context_(std::move(context)),
      spec_(std::move(spec)),
      stream_(stream),
      anew_(anew) {}

void CopyStart::cancel() noexcept {
    cancelled_.store(true, std::memory_order_release);
    wake();
}

std::string CopyStart::problem() const {
    const base::MutexLock lock(mutex_);
    return problem_;
}

Turn CopyStart::turn() {
    const bool is_over = cancelled_.load(std::memory_order_acquire);
    const Status settled = is_over ? Status{} : settle();
    {
        const base::MutexLock lock(mutex_);
        problem_ = settled ? "" : settled.error().message;
    }
    if (!settled && !cancelled_.load(std::memory_order_acquire)) {
        base::log(base::LogLevel::Warn, "runtime", "the target of a copy does not say where it is",
                  {{"sink", spec_.name}, {"error", settled.error().message}});
        return {Turn::Rest::Deaf,
                context_.clock.instant() + base::backoff_after(spec_.retry, ++failures_)};
    }
    if (settled && !is_over) {
        context_.life->set(CopyLife::State::Settled);
    }
    ended_.store(true, std::memory_order_release);
    context_.on_ended();
    return {Turn::Rest::Done, std::nullopt};
}

base::Instant CopyStart::deadline() const {
    return context_.clock.instant() + kCopyStartDeadline;
}

Status CopyStart::settle() {
    MB_TRY(const auto generation, context_.checkpoints.generation(spec_.id));
    sinks::PositionKeeper* keeper = context_.sink->position_keeper();
    if (!generation || anew_) {
        return begin_anew(!generation.has_value());
    }
    if (keeper == nullptr) {
        return {};
    }
    MB_TRY(const auto positions, keeper->positions(*generation, deadline()));
    if (positions) {
        MB_TRY(const bool taken, take_positions(*generation, *positions));
        if (taken) {
            return {};
        }
    }
    base::log(base::LogLevel::Warn, "runtime", "the target has lost its copy: it is made anew",
              {{"sink", spec_.name}});
    return begin_anew(false);
}

// The target first: one that was begun and is not known here is begun again.
Status CopyStart::begin_anew(bool is_first) {
    const std::string generation = base::make_uuid(context_.random);
    if (sinks::PositionKeeper* keeper = context_.sink->position_keeper()) {
        MB_TRY_STATUS(keeper->begin(generation, deadline()));
    }
    const CopyFrom from = spec_.copy->from;
    const bool from_latest = from == CopyFrom::Rows || (from == CopyFrom::Latest && is_first);
    MB_TRY(auto first, triggers::first_checkpoints(
                           context_.log, stream_,
                           from_latest ? StartingPosition::Latest : StartingPosition::TrimHorizon));
    if (from == CopyFrom::Rows) {
        for (Checkpoint& checkpoint : first) {
            if (!checkpoint.finished) {
                checkpoint.copy.emplace();
            }
        }
    }
    const triggers::ChangeNote note{
        .kind = triggers::ChangeKind::CopyBegun,
        .reason = anew_ ? "its copy is made anew" : "its target has lost its copy",
        .at = context_.clock.wall()};
    return context_.checkpoints.restart(
        spec_.id, generation, first,
        is_first ? std::nullopt : std::optional<triggers::ChangeNote>(note));
}

Result<bool> CopyStart::take_positions(const std::string& generation,
                                       const sinks::Positions& positions) {
    MB_TRY(const auto known, context_.checkpoints.load(spec_.id));
    std::map<ShardId, Checkpoint> checkpoints;
    for (const Checkpoint& checkpoint : known) {
        if (!checkpoint.told.empty() && !positions.contains(checkpoint.shard.to_string())) {
            return false;
        }
        checkpoints[checkpoint.shard] = checkpoint;
    }
    bool changed = false;
    for (const auto& [shard_text, position] : positions) {
        MB_TRY(const ShardId shard, ShardId::parse(shard_text));
        const auto found = checkpoints.find(shard);
        const bool is_same = found != checkpoints.end() && found->second.told == position;
        if (is_same || !context_.log.find_shard(shard.number())) {
            continue;
        }
        MB_TRY(checkpoints[shard], triggers::parse_position(shard, position));
        changed = true;
    }
    if (changed) {
        std::vector<Checkpoint> all;
        all.reserve(checkpoints.size());
        for (auto& [shard, checkpoint] : checkpoints) {
            all.push_back(std::move(checkpoint));
        }
        MB_TRY_STATUS(context_.checkpoints.restart(spec_.id, generation, all, std::nullopt));
    }
    return true;
}

}  // namespace millbeck::runtime
