// The positions of moments as people write them: what config/moment.hpp reads, `start`, `now`.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/history.hpp"

namespace millbeck::runtime {

// The position that holds all that was written up to the moment, and nothing after it: a sequence
// number is itself. Errors: Invalid (in words that say what there is), those of LogHistory.
base::Result<shardlog::SequenceNumber> position_through(std::string_view moment,
                                                        const shardlog::LogHistory& history,
                                                        base::WallTime now);

// The first position behind what was written before the moment; a sequence number is itself. Where
// reading what was written since then begins.
base::Result<shardlog::SequenceNumber> position_from(std::string_view moment,
                                                     const shardlog::LogHistory& history,
                                                     base::WallTime now);

}  // namespace millbeck::runtime
