// Shard iterators: opaque text that is a position, an owner and an age. Nothing is stored.
// `<stream arn>|1|<base64url of shard, position, issue time, checksum>`, at most 2048 characters.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

// Source: API_streams_GetShardIterator: "A shard iterator expires 15 minutes after it is returned".
inline constexpr base::Milliseconds kIteratorLifetime{15 * 60'000};

struct ShardIterator {
    std::string stream_arn;
    ShardId shard;
    SequenceNumber next;  // first position to read
    base::WallTime issued{};
};

std::string format_iterator(const ShardIterator& iterator);

// Errors: Invalid (not an iterator of ours), Expired (older than kIteratorLifetime at `now`).
base::Result<ShardIterator> parse_iterator(std::string_view text, base::WallTime now);

// The error of an iterator that has expired, in the words of parse_iterator().
tl::unexpected<base::Error> iterator_expired();

}  // namespace millbeck::shardlog
