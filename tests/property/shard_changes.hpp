// A roll, a split or a merge of some open shard, for simulations of whole lives.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "tests/support/fake_shard_log.hpp"

namespace millbeck::tests {

inline void change_shards(FakeShardLog& log, shardlog::StreamId stream, base::Random& dice) {
    using shardlog::Shard;
    const auto below = [&](std::uint64_t limit) { return dice.next_u64() % limit; };
    std::vector<Shard> open;
    for (const Shard& shard : log.shards(stream)) {
        if (!shard.ending) {
            open.push_back(shard);
        }
    }
    std::sort(open.begin(), open.end(),
              [](const Shard& a, const Shard& b) { return a.hashes.first < b.hashes.first; });
    const std::size_t chosen = below(open.size());
    if (open.size() > 1 && below(3) == 0) {
        const std::size_t left = std::min(chosen, open.size() - 2);
        ASSERT_TRUE(log.merge_shards(open[left].id.number(), open[left + 1].id.number()));
    } else if (open.size() < 6 && below(2) == 0) {
        ASSERT_TRUE(log.split_shard(open[chosen].id.number(), std::nullopt));
    } else {
        ASSERT_TRUE(log.roll_shard(open[chosen].id.number()));
    }
}

}  // namespace millbeck::tests
