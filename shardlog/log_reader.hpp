// Reading: one shard through the indexes, or everything in order.
#pragma once

#include <functional>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/log_state.hpp"
#include "shardlog/shard_log.hpp"
#include "shardlog/shard_map.hpp"

namespace millbeck::shardlog {

// Every frame's checksum is verified each time it is read. Takes leaf locks only, for as long as it
// takes to copy a pointer. Threads: any.
class LogReader {
  public:
    // All outlive the reader.
    LogReader(const LogState& state, const ShardMap& map) : state_(state), map_(map) {}

    // The three as in ShardLog.
    base::Result<ReadPage> read(ShardNumber shard, SequenceNumber from,
                                const ReadLimits& limits) const;
    base::Result<SequenceNumber> trim_horizon(ShardNumber shard) const;
    base::Status scan(SequenceNumber from,
                      const std::function<base::Status(const CommitView&)>& visit) const;

  private:
    const LogState& state_;
    const ShardMap& map_;
};

}  // namespace millbeck::shardlog
