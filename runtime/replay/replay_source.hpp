// The records of a replay as shards: the past of one table, whatever streams and shards it had
// then, dealt to lanes by partition key, so that a shard worker follows it as it follows a shard.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/replay/replay_choice.hpp"
#include "runtime/replay/stretch.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

struct ReplaySourceOptions {
    std::uint32_t lanes = 4;                // 1..64
    std::size_t stretch_bytes = 4u << 20;   // copied at once; one commit may be more
    std::size_t scanned_bytes = 32u << 20;  // of the log, for one stretch
    std::uint32_t stretches_a_read = 2;     // without a record, before others have their turn
};

// Invariants: each chosen record is in exactly one lane, in order; a lane's end is behind `to`.
//             What is read does not depend on the lanes being read at the same pace.
// Threads:    any.
// Errors:     those of LogHistory.
class ReplaySource final : public shardlog::ShardReader {
  public:
    // `history` outlives it and every page.
    ReplaySource(const shardlog::LogHistory& history, ReplayChoice choice,
                 ReplaySourceOptions options = {});

    // Lanes are the shards 1 to `lanes`. An empty page that is not the end means that nothing was
    // chosen up to its `next`: ask again at once.
    [[nodiscard]] base::Result<shardlog::ReadPage> read(
        shardlog::ShardNumber shard, shardlog::SequenceNumber from,
        const shardlog::ReadLimits& limits) const override;
    [[nodiscard]] base::Result<shardlog::SequenceNumber> trim_horizon(
        shardlog::ShardNumber shard) const override;
    [[nodiscard]] shardlog::SequenceNumber latest() const override;
    [[nodiscard]] std::optional<shardlog::Shard> find_shard(
        shardlog::ShardNumber shard) const override;

    [[nodiscard]] const ReplayChoice& choice() const { return choice_; }
    // How much of the range the lanes have read, 0..1.
    [[nodiscard]] double part_read() const;
    [[nodiscard]] std::uint32_t lanes() const { return options_.lanes; }
    [[nodiscard]] static shardlog::ShardId lane_id(std::uint32_t lane) {
        return {base::WallTime{}, shardlog::ShardNumber{lane + 1}};
    }

  private:
    [[nodiscard]] StretchCache::Stretches load(shardlog::SequenceNumber from) const;
    base::Status scan(Stretch& stretch) const;
    base::Status follow_item(Stretch& stretch) const;
    // The first position at or after `from` that may be chosen; behind `to` when there is none.
    [[nodiscard]] shardlog::SequenceNumber first_chosen(shardlog::SequenceNumber from) const;

    const shardlog::LogHistory& history_;
    const ReplayChoice choice_;
    const ReplaySourceOptions options_;
    mutable StretchCache cache_;
    mutable std::vector<std::atomic<std::uint64_t>> read_to_;  // of each lane; never backwards
};

}  // namespace millbeck::runtime
