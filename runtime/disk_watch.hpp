// Says that the disk gets full while there is time to do something about it.
#pragma once

#include <cstdint>
#include <string>

#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// Less than that is little; each half of it is said again.
inline constexpr std::uint64_t kDiskLowBytes = 1U << 30U;

// All borrowed. Threads: one.
class DiskWatch {
  public:
    DiskWatch(base::FileSystem& files, base::Path folder, const shardlog::ShardLog& log,
              base::Metrics& metrics);

    // Looks, and returns what it has logged: "" when there is nothing new to say.
    std::string look();

  private:
    base::FileSystem& files_;
    const base::Path folder_;
    const shardlog::ShardLog& log_;
    base::Gauge& free_bytes_;
    unsigned said_ = 0;  // how often the limit was halved when it was said last; 0: enough is left
};

}  // namespace millbeck::runtime
