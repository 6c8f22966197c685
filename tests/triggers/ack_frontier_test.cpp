#include "triggers/ack_frontier.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::triggers {
namespace {

using shardlog::SequenceNumber;

SequenceNumber at(std::uint64_t position) {
    return SequenceNumber{position};
}

// If it fails, a crash after an acknowledgement out of order skips the records of the hole.
TEST(AckFrontier, StopsBelowAHole) {
    AckFrontier frontier(at(10));
    EXPECT_EQ(frontier.acknowledge(at(12), at(15)), at(10));
    EXPECT_EQ(frontier.waiting(), 1u);
    EXPECT_EQ(frontier.acknowledge(at(10), at(12)), at(15));
    EXPECT_EQ(frontier.waiting(), 0u);
}

// If it fails, a late acknowledgement of a repeated batch moves a checkpoint backwards.
TEST(AckFrontier, NeverMovesBackwards) {
    AckFrontier frontier(at(10));
    frontier.acknowledge(at(10), at(20));
    EXPECT_EQ(frontier.acknowledge(at(10), at(15)), at(20));
    EXPECT_EQ(frontier.acknowledge(at(1), at(2)), at(20));
}

// The same stretch acknowledged twice, shorter the second time, keeps its length.
TEST(AckFrontier, KeepsTheLongerOfTwoStretches) {
    AckFrontier frontier(at(0));
    frontier.acknowledge(at(5), at(9));
    frontier.acknowledge(at(5), at(6));
    EXPECT_EQ(frontier.acknowledge(at(0), at(5)), at(9));
}

// Random stretches in random order against a plain list of flags. If it fails, a checkpoint lies:
// records above a hole count as done, or done ones are delivered again for ever.
TEST(AckFrontier, EqualsTheFirstUnsetFlag) {
    const std::uint64_t seed = tests::test_seed(7);
    const auto random = base::seeded_random(seed);
    for (int round = 0; round < 200; ++round) {
        constexpr std::size_t kPositions = 64;
        std::vector<bool> done(kPositions, false);
        AckFrontier frontier(at(0));
        for (int step = 0; step < 40; ++step) {
            const std::size_t from = random->next_u64() % kPositions;
            const std::size_t to = from + random->next_u64() % (kPositions + 1 - from);
            for (std::size_t i = from; i < to; ++i) {
                done[i] = true;
            }
            std::size_t expected = 0;
            while (expected < kPositions && done[expected]) {
                ++expected;
            }
            ASSERT_EQ(frontier.acknowledge(at(from), at(to)), at(expected))
                << "seed " << seed << ", round " << round << ", step " << step;
        }
    }
}

}  // namespace
}  // namespace millbeck::triggers
