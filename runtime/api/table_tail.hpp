// The records of a table's stream over all its shards, in the order of their sequence numbers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

struct TailPage {
    std::string records;  // JSON objects as GetRecords gives them, with commas between
    std::size_t count = 0;
    shardlog::SequenceNumber next;  // where to go on, over all shards
    bool trimmed = false;           // retention took records at or after `from`
};

// The enabled stream of a table. NotFound, in words, when there is none.
base::Result<shardlog::Stream> enabled_stream_of(const shardlog::ShardLog& log,
                                                 std::string_view table);

// At most `limit` records at or after `from`, 1..1000.
base::Result<TailPage> read_tail(const shardlog::ShardLog& log, const shardlog::Stream& stream,
                                 const shardlog::Identity& identity, shardlog::SequenceNumber from,
                                 std::size_t limit);

// "now", "start" or a sequence number. Invalid: anything else.
base::Result<shardlog::SequenceNumber> tail_position(const shardlog::ShardLog& log,
                                                     std::string_view from);

}  // namespace millbeck::runtime
