// Checkpoints in memory: the store's promises without a disk, and a fault on request.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "triggers/checkpoint_store.hpp"

namespace millbeck::tests {

// Threads: one.
class MemoryCheckpoints final : public triggers::CheckpointStore {
  public:
    using Checkpoint = triggers::Checkpoint;
    using Gap = triggers::Gap;
    using ShardId = shardlog::ShardId;
    using TriggerId = triggers::TriggerId;

    std::optional<base::Error> error;  // of every write, while it is set

    [[nodiscard]] base::Result<std::vector<Checkpoint>> load(const TriggerId& trigger) override {
        std::vector<Checkpoint> found;
        for (const auto& [key, checkpoint] : checkpoints_) {
            if (key.first == trigger.value()) {
                found.push_back(checkpoint);
            }
        }
        return found;
    }

    base::Status advance(const TriggerId& trigger, const Checkpoint& checkpoint) override {
        MB_TRY_STATUS(writable());
        const auto [known, is_new] =
            checkpoints_.try_emplace({trigger.value(), checkpoint.shard}, checkpoint);
        if (checkpoint.next < known->second.next ||
            (known->second.finished && !checkpoint.finished)) {
            return base::fail(base::Code::Invalid, "the checkpoint would move backwards");
        }
        known->second = checkpoint;
        return {};
    }

    base::Status advance_all(const TriggerId& trigger,
                             const std::vector<Checkpoint>& checkpoints) override {
        MB_TRY_STATUS(writable());
        for (const Checkpoint& checkpoint : checkpoints) {
            MB_TRY_STATUS(advance(trigger, checkpoint));
        }
        return {};
    }

    [[nodiscard]] base::Result<std::optional<std::string>> generation(
        const TriggerId& trigger) override {
        const auto found = generations_.find(trigger.value());
        return found == generations_.end() ? std::nullopt : std::optional(found->second);
    }
    base::Status restart(const TriggerId& trigger, const std::string& generation,
                         const std::vector<Checkpoint>& checkpoints,
                         const std::optional<triggers::ChangeNote>& /*note*/) override {
        MB_TRY_STATUS(writable());
        generations_[trigger.value()] = generation;
        std::erase_if(checkpoints_,
                      [&](const auto& each) { return each.first.first == trigger.value(); });
        return advance_all(trigger, checkpoints);
    }

    // Changes of people are kept by the real store only.
    base::Result<triggers::CheckpointChange> replace_all(
        const TriggerId& /*trigger*/, const std::vector<Checkpoint>& /*checkpoints*/,
        const triggers::ChangeNote& /*note*/) override {
        return base::fail(base::Code::Unsupported, "not in memory");
    }
    [[nodiscard]] base::Result<std::vector<triggers::CheckpointChange>> changes(
        const TriggerId& /*trigger*/, std::size_t /*limit*/) override {
        return std::vector<triggers::CheckpointChange>{};
    }

    base::Status record_gap(const Gap& gap) override {
        MB_TRY_STATUS(writable());
        gaps_.push_back(gap);
        return {};
    }
    [[nodiscard]] base::Result<std::vector<Gap>> gaps(const TriggerId& trigger) override {
        std::vector<Gap> found;
        std::copy_if(gaps_.begin(), gaps_.end(), std::back_inserter(found),
                     [&](const Gap& gap) { return gap.trigger == trigger; });
        return found;
    }

    base::Status forget(const TriggerId& trigger) override {
        std::erase_if(checkpoints_,
                      [&](const auto& each) { return each.first.first == trigger.value(); });
        std::erase_if(gaps_, [&](const Gap& gap) { return gap.trigger == trigger; });
        return {};
    }
    base::Status forget_shard(const TriggerId& trigger, const ShardId& shard) override {
        checkpoints_.erase({trigger.value(), shard});
        return {};
    }
    base::Result<TriggerId> id_for(const std::string& name,
                                   const std::string& stream_arn) override {
        return TriggerId{name + " on " + stream_arn};
    }
    base::Status adopt(const TriggerId& /*id*/, const std::string& /*name*/,
                       const std::string& /*stream_arn*/) override {
        return {};
    }

  private:
    [[nodiscard]] base::Status writable() const {
        return error ? base::Status(tl::unexpected<base::Error>(*error)) : base::Status{};
    }

    std::map<std::pair<std::string, ShardId>, Checkpoint> checkpoints_;
    std::map<std::string, std::string> generations_;
    std::vector<Gap> gaps_;
};

}  // namespace millbeck::tests
