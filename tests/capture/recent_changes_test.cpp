#include "capture/recent_changes.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

using shardlog::SequenceNumber;

// If it fails, a write is decided on an item that another write has changed meanwhile: a lost
// update, or a wrong old image on the stream.
TEST(RecentChanges, NoticeEveryChangeBehindAPosition) {
    const auto recent = std::make_unique<RecentChanges>();
    EXPECT_FALSE(recent->may_have_changed(7, SequenceNumber{0}));
    recent->note(7, SequenceNumber{10});
    EXPECT_TRUE(recent->may_have_changed(7, SequenceNumber{9}));
    EXPECT_FALSE(recent->may_have_changed(7, SequenceNumber{10}));
    EXPECT_FALSE(recent->may_have_changed(8, SequenceNumber{0}));
    for (std::uint64_t hash = 0; hash < 1'000'000; hash += 997) {
        recent->note(hash, SequenceNumber{20 + hash});
        EXPECT_TRUE(recent->may_have_changed(hash, SequenceNumber{19 + hash})) << hash;
    }
}

}  // namespace
}  // namespace millbeck::capture
