#include "triggers/batcher.hpp"

#include <gtest/gtest.h>

namespace millbeck::triggers {
namespace {

using base::Instant;
using base::Milliseconds;

constexpr Instant kStart{std::chrono::hours{1}};

Instant after(int milliseconds) {
    return kStart + Milliseconds{milliseconds};
}

// If it fails, a handler waits for a full batch although it asked for records at once.
TEST(Batcher, WithoutWindowIsReadyAtTheFirstRecord) {
    Batcher batcher({.records_max = 100, .bytes_max = 1000, .window = Milliseconds{0}});
    EXPECT_FALSE(batcher.ready(kStart));
    EXPECT_TRUE(batcher.add(10, kStart));
    EXPECT_TRUE(batcher.ready(kStart));
}

TEST(Batcher, ClosesAtTheNumberOfRecords) {
    Batcher batcher({.records_max = 2, .bytes_max = 1000, .window = Milliseconds{5'000}});
    batcher.add(1, kStart);
    EXPECT_FALSE(batcher.full());
    EXPECT_EQ(batcher.records_left(), 1u);
    batcher.add(1, kStart);
    EXPECT_TRUE(batcher.full());
    EXPECT_TRUE(batcher.ready(kStart));
}

// The whole event counts: 14 bytes around the records and a comma between two. If it fails, an
// event is larger than the 6 MB a function accepts.
TEST(Batcher, CountsEnvelopeAndCommas) {
    Batcher exact({.records_max = 100, .bytes_max = 14 + 10 + 1 + 10, .window = Milliseconds{0}});
    EXPECT_TRUE(exact.add(10, kStart));
    EXPECT_TRUE(exact.add(10, kStart));
    EXPECT_EQ(exact.bytes_left(), 0u);
    Batcher less({.records_max = 100, .bytes_max = 14 + 10 + 1 + 9, .window = Milliseconds{0}});
    EXPECT_TRUE(less.add(10, kStart));
    EXPECT_FALSE(less.add(10, kStart));
    EXPECT_TRUE(less.full());
    EXPECT_EQ(less.records(), 1u);
}

// If it fails, one record above the limit blocks its shard for ever.
TEST(Batcher, TakesARecordAboveTheLimitAlone) {
    Batcher batcher({.records_max = 100, .bytes_max = 50, .window = Milliseconds{0}});
    EXPECT_TRUE(batcher.add(1000, kStart));
    EXPECT_FALSE(batcher.add(1, kStart));
    EXPECT_EQ(batcher.records(), 1u);
    batcher.taken(kStart);
    EXPECT_TRUE(batcher.add(1, kStart));
    EXPECT_FALSE(batcher.full());
}

TEST(Batcher, WindowStartsWithTheFirstRecordWhenNothingWentBefore) {
    Batcher batcher({.records_max = 100, .bytes_max = 1000, .window = Milliseconds{500}});
    EXPECT_EQ(batcher.due(), std::nullopt);
    batcher.add(1, after(100));
    batcher.add(1, after(400));
    EXPECT_EQ(batcher.due(), after(600));
    EXPECT_FALSE(batcher.ready(after(599)));
    EXPECT_TRUE(batcher.ready(after(600)));
}

// Source: the next window of a stream starts when the previous invocation completes.
TEST(Batcher, WindowStartsWhenThePreviousBatchCompleted) {
    Batcher batcher({.records_max = 100, .bytes_max = 1000, .window = Milliseconds{500}});
    batcher.add(1, kStart);
    batcher.taken(kStart);
    batcher.completed(after(1000));
    batcher.add(1, after(1200));
    EXPECT_EQ(batcher.due(), after(1500));
}

// If it fails, the first record after a quiet hour travels alone instead of gathering company.
TEST(Batcher, AWindowThatPassedEmptyStartsAgainWithTheFirstRecord) {
    Batcher batcher({.records_max = 100, .bytes_max = 1000, .window = Milliseconds{500}});
    batcher.add(1, kStart);
    batcher.taken(kStart);
    batcher.completed(after(1000));
    batcher.add(1, after(9000));
    EXPECT_EQ(batcher.due(), after(9500));
}

// If it fails, writers under load pay for a wake-up of two processes every few records.
TEST(Batcher, KeepsItsPaceAfterABatchOfSeveralRecords) {
    Batcher batcher({.records_max = 100, .bytes_max = 1000, .window = Milliseconds{0}});
    batcher.add(1, kStart);
    batcher.add(1, kStart);
    batcher.taken(kStart);
    batcher.completed(kStart);
    batcher.add(1, after(1));
    EXPECT_EQ(batcher.due(), kStart + kBatchPace);
    EXPECT_FALSE(batcher.ready(after(1)));
    EXPECT_TRUE(batcher.ready(kStart + kBatchPace));
    batcher.taken(kStart + kBatchPace);
    batcher.add(1, kStart + kBatchPace);
    EXPECT_TRUE(batcher.ready(kStart + kBatchPace)) << "a single record shows no load";
}

// If it fails, catching up with a backlog is limited to 250 batches a second.
TEST(Batcher, KeepsNoPaceAfterAFullBatchNorForOne) {
    Batcher batcher({.records_max = 2, .bytes_max = 1000, .window = Milliseconds{0}});
    batcher.add(1, kStart);
    batcher.add(1, kStart);
    batcher.taken(kStart);
    batcher.add(1, kStart);
    EXPECT_TRUE(batcher.ready(kStart));

    Batcher busy({.records_max = 3, .bytes_max = 1000, .window = Milliseconds{0}});
    busy.add(1, kStart);
    busy.add(1, kStart);
    busy.taken(kStart);
    busy.add(1, kStart);
    busy.add(1, kStart);
    EXPECT_FALSE(busy.ready(kStart));
    busy.add(1, kStart);
    EXPECT_TRUE(busy.ready(kStart));
}

}  // namespace
}  // namespace millbeck::triggers
