#include "shardlog/bell_board.hpp"

#include <algorithm>

namespace millbeck::shardlog {
namespace {

void remove_one(std::vector<Doorbell*>& bells, const Doorbell& bell) {
    const auto found = std::find(bells.begin(), bells.end(), &bell);
    if (found != bells.end()) {
        bells.erase(found);
    }
}

}  // namespace

void BellBoard::attach(ShardNumber shard, Doorbell& bell) {
    const base::MutexLock lock(mutex_);
    by_shard_[shard.value()].push_back(&bell);
}

void BellBoard::detach(ShardNumber shard, Doorbell& bell) {
    const base::MutexLock lock(mutex_);
    const auto found = by_shard_.find(shard.value());
    if (found == by_shard_.end()) {
        return;
    }
    remove_one(found->second, bell);
    if (found->second.empty()) {
        by_shard_.erase(found);
    }
}

void BellBoard::attach_all(Doorbell& bell) {
    const base::MutexLock lock(mutex_);
    all_.push_back(&bell);
}

void BellBoard::detach_all(Doorbell& bell) {
    const base::MutexLock lock(mutex_);
    remove_one(all_, bell);
}

void BellBoard::ring(std::span<const std::uint32_t> shards) {
    const base::MutexLock lock(mutex_);
    for (const std::uint32_t shard : shards) {
        const auto found = by_shard_.find(shard);
        if (found != by_shard_.end()) {
            for (Doorbell* bell : found->second) {
                bell->ring();
            }
        }
    }
    for (Doorbell* bell : all_) {
        bell->ring();
    }
}

}  // namespace millbeck::shardlog
