// The records of a replay for somebody who counts them or asks for them page by page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/replay/replay_choice.hpp"
#include "shardlog/ids.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// A part of a replay's range, from a position on: about 1 MB of records, or 32 MB of the log.
struct ReplayPart {
    shardlog::SequenceNumber next;  // where the next part begins; behind the range: there is none
    std::uint64_t records = 0;      // chosen, and let through by the filters
    std::uint64_t bytes = 0;        // of their keys and images
    // Each as a handler gets it, JSON on one line, in the order of the log; "" when only counted.
    std::string lines;
};

enum class Lines { Made, Left };

// Errors: Invalid (a filter), those of LogHistory.
base::Result<ReplayPart> read_part(const shardlog::ShardLog& log,
                                   const shardlog::Identity& identity, const std::string& table,
                                   const ReplayChoice& choice,
                                   const std::vector<std::string>& filters,
                                   shardlog::SequenceNumber from, Lines lines);

}  // namespace millbeck::runtime
