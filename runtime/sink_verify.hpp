// Compares a table with its copy at a target, and mends the copy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/table_image.hpp"
#include "sinks/copy_reader.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

enum class Repair { No, Yes };

// Keys that are shown of each kind at most.
inline constexpr std::size_t kKeysShown = 100;

struct Difference {
    std::uint64_t count = 0;
    std::vector<std::string> keys;  // the first kKeysShown
};

struct Comparison {
    shardlog::SequenceNumber as_of;  // of the table
    std::uint64_t rows = 0;          // of the table that the copy should hold
    std::uint64_t derived = 0;       // what it should hold beside them, as entries of leaderboards
    std::uint64_t on_the_way = 0;    // keys whose changes are not delivered yet: not compared
    Difference missing;              // at the target
    Difference extra;
    Difference different;
    bool repaired = false;

    [[nodiscard]] bool is_equal() const {
        return missing.count == 0 && extra.count == 0 && different.count == 0;
    }
};

// What is compared; borrowed. Requires: the sink delivers nothing meanwhile.
struct ComparisonContext {
    const shardlog::ShardLog& log;
    const base::Clock& clock;
    shardlog::Identity identity;
    triggers::TriggerSpec spec;
    shardlog::Stream stream;
    std::string generation;
    std::vector<triggers::Checkpoint> checkpoints;  // where the sink stands
    const shardlog::TableImage& image;
    sinks::Sink& sink;  // it can be read back
};

// Rows and what is derived of them are counted and named in the same differences. A row that misses
// something derived is removed and written again as a whole.
// Memory: 24 bytes a row, as much for each row derived of it or of a change on the way, and the
//         keys that are on the way or differ.
// Errors: those of the target and the log; LimitExceeded (more than a million keys are on the way,
//         or more than two million rows derived of their changes).
base::Result<Comparison> compare_copy(const ComparisonContext& context, Repair repair);

}  // namespace millbeck::runtime
