// What a transactional sink's own topic says: whose it is, which generation, how far each shard is.
// Compacted, one message for each: key `owner`, `generation` or `shard:<id>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sinks/kafka/patience.hpp"
#include "sinks/kafka/sending.hpp"
#include "sinks/kafka/topic_reader.hpp"
#include "sinks/kafka/topics.hpp"
#include "sinks/position_keeper.hpp"

namespace millbeck::sinks::kafka {

inline constexpr std::string_view kOwnerKey = "owner";
inline constexpr std::string_view kGenerationKey = "generation";

std::string shard_key(std::string_view shard_id);
std::string shard_value(std::string_view generation, std::string_view position);

struct HeldPositions {
    std::string owner;                      // who connected last; "": nobody yet
    std::optional<std::string> generation;  // nullopt: none was begun
    Positions positions;                    // of that generation
};

// Reads the topic from its beginning; one that is not there holds nothing.
// Errors: Corrupt: somebody else writes there; DeadlineExceeded, Cancelled, Unavailable.
base::Result<HeldPositions> read_positions(const Setup& setup, Until until,
                                           const Patience& patience);

// How the topic is made: so that it stays small, and is soon read.
TopicWish positions_wish(const Setup& setup);

}  // namespace millbeck::sinks::kafka
