// Who wants to know that a shard grew.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/mutex.hpp"
#include "shardlog/doorbell.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

// Bells ring under the board's own lock, which no reader of the log takes: that is what makes a
// bell silent once detach() returned. A bell attached twice to one place rings twice.
// Threads: any.
class BellBoard {
  public:
    void attach(ShardNumber shard, Doorbell& bell);
    void detach(ShardNumber shard, Doorbell& bell);
    void attach_all(Doorbell& bell);
    void detach_all(Doorbell& bell);

    // Rings the bells of these shards, then those of attach_all.
    void ring(std::span<const std::uint32_t> shards);

  private:
    base::Mutex mutex_;
    std::unordered_map<std::uint32_t, std::vector<Doorbell*>> by_shard_ MB_GUARDED_BY(mutex_);
    std::vector<Doorbell*> all_ MB_GUARDED_BY(mutex_);
};

}  // namespace millbeck::shardlog
