// Shards that close and open under readers, paging, and bells.
#include <gtest/gtest.h>

#include "tests/support/log_harness.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::Milliseconds;

struct CountingBell final : Doorbell {
    void ring() noexcept override { ++rings; }
    int rings = 0;
};

class LogLineage : public ::testing::Test {
  protected:
    void SetUp() override {
        test.must_open();
        stream = test.stream();
        root = test.log->shards(stream.id).front().id.number();
    }

    void put(std::uint64_t hash, std::string value) {
        test.commit({draft(stream.id, hash, std::move(value))});
    }

    LogHarness test;
    Stream stream;
    ShardNumber root;
};

// If it fails, a consumer waits for ever at a closed shard, or leaves it with records unread.
TEST_F(LogLineage, AClosedShardEndsBehindItsLastRecord) {
    put(1, "a");
    put(1, "b");
    const Shard child = test.log->roll_shard(root).value();
    put(1, "c");
    const auto first = test.log->read(root, {}, {.records_max = 1});
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->end_of_shard) << "b is still to be read";
    const auto second = test.log->read(root, first->next, {});
    ASSERT_TRUE(second);
    ASSERT_EQ(1u, second->records.size());
    EXPECT_TRUE(second->end_of_shard);
    const auto third = test.log->read(root, second->next, {});
    ASSERT_TRUE(third);
    EXPECT_TRUE(third->records.empty());
    EXPECT_TRUE(third->end_of_shard);
    EXPECT_EQ(std::vector<std::string>{"c"}, test.values(child.id.number()));
}

// If it fails, an empty closed shard blocks its children for ever.
TEST_F(LogLineage, AnEmptyShardEndsAtOnce) {
    ASSERT_TRUE(test.log->roll_shard(root));
    const auto page = test.log->read(root, {}, {});
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->records.empty());
    EXPECT_TRUE(page->end_of_shard);
    put(1, "a");
    EXPECT_TRUE(test.log->read(root, page->next, {})->end_of_shard);
    EXPECT_TRUE(test.values(root).empty());
}

// If it fails, splitting or merging loses records or puts them out of order.
TEST_F(LogLineage, EveryRecordIsInExactlyOneShardOfTheFamily) {
    put(10, "root");
    const std::vector<Shard> halves = test.log->split_shard(root, 100).value();
    put(10, "left");
    put(100, "right");
    const Shard merged =
        test.log->merge_shards(halves[0].id.number(), halves[1].id.number()).value();
    put(10, "merged");
    EXPECT_EQ(std::vector<std::string>{"root"}, test.values(root));
    EXPECT_EQ(std::vector<std::string>{"left"}, test.values(halves[0].id.number()));
    EXPECT_EQ(std::vector<std::string>{"right"}, test.values(halves[1].id.number()));
    EXPECT_EQ(std::vector<std::string>{"merged"}, test.values(merged.id.number()));
    EXPECT_EQ((std::vector<ShardId>{halves[0].id, halves[1].id}), merged.parents);
    for (const Shard& shard : test.log->shards(stream.id)) {
        const auto page = test.log->read(shard.id.number(), {}, {});
        ASSERT_TRUE(page);
        for (const RecordView& record : page->records) {
            EXPECT_LE(shard.starting, record.sequence);
            EXPECT_LE(record.sequence, shard.ending.value_or(SequenceNumber::max()));
        }
    }
    test.must_open();
    EXPECT_EQ(4u, test.log->shards(stream.id).size());
    EXPECT_EQ(std::vector<std::string>{"right"}, test.values(halves[1].id.number()));
}

// If it fails, shards never roll, or roll while they are young.
TEST_F(LogLineage, RollsOpenShardsWhenTheyAreOld) {
    const Stream wide = test.stream(3, "other");
    EXPECT_EQ(0u, test.log->roll_due_shards().value());
    test.clock.advance(test.options.shard_roll_after - Milliseconds{1});
    EXPECT_EQ(0u, test.log->roll_due_shards().value());
    test.clock.advance(Milliseconds{1});
    EXPECT_EQ(4u, test.log->roll_due_shards().value());
    EXPECT_EQ(6u, test.log->shards(wide.id).size());
    EXPECT_EQ(4u, test.log->stats().shards_open);
    EXPECT_EQ(0u, test.log->roll_due_shards().value());
}

// If it fails, a page is larger than asked for, or a large record is never delivered.
TEST_F(LogLineage, PagesKeepTheirLimits) {
    const std::string kilobyte(1000, 'x');
    for (int i = 0; i < 5; ++i) {
        put(1, kilobyte);
    }
    const auto count = [&](const ReadLimits& limits) {
        return test.log->read(root, {}, limits)->records.size();
    };
    EXPECT_EQ(2u, count({.records_max = 2}));
    EXPECT_EQ(5u, count({.records_max = 5}));
    EXPECT_EQ(1u, count({.bytes_max = 10})) << "the first record comes even above the limit";
    EXPECT_EQ(2u, count({.bytes_max = 2 * (1000 + 15)}));
    EXPECT_EQ(1u, count({.bytes_max = 2 * (1000 + 15) - 1}));
    for (const std::size_t wrong : {std::size_t{0}, std::size_t{10'001}}) {
        EXPECT_EQ(Code::Invalid, test.log->read(root, {}, {.records_max = wrong}).error().code);
    }
    EXPECT_EQ(5u, test.values(root, {}, {.records_max = 2}).size());
}

// If it fails, the reader of an idle shard walks over all of the log again and again.
TEST_F(LogLineage, AnIdleReaderMovesOnWithTheLog) {
    for (int i = 0; i < 3; ++i) {
        test.commit({draft(kNoStream, 1, "elsewhere")});
    }
    const auto page = test.log->read(root, {}, {});
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->records.empty());
    EXPECT_EQ(test.log->latest(), page->next);
    put(1, "here");
    EXPECT_EQ(std::vector<std::string>{"here"}, test.values(root, page->next));
}

// If it fails, a consumer sleeps while its shard grows, or wakes for every other one.
TEST_F(LogLineage, RingsTheBellsOfShardsThatGrew) {
    const Stream two = test.stream(2, "other");
    const ShardNumber low = test.log->shards(two.id)[0].id.number();
    const ShardNumber high = test.log->shards(two.id)[1].id.number();
    CountingBell low_bell;
    CountingBell high_bell;
    CountingBell all_bell;
    test.log->attach(low, low_bell);
    test.log->attach(high, high_bell);
    test.log->attach_all(all_bell);
    ASSERT_TRUE(test.append({draft(two.id, 1, "a"), draft(two.id, 2, "b")}));
    ASSERT_TRUE(test.log->sync());
    EXPECT_EQ(0, low_bell.rings) << "nothing to be seen yet";
    test.log->publish();
    EXPECT_EQ(1, low_bell.rings) << "once a group";
    EXPECT_EQ(0, high_bell.rings);
    EXPECT_EQ(1, all_bell.rings);
    test.log->publish();  // nothing new
    EXPECT_EQ(1, all_bell.rings);
    test.commit({draft(kNoStream, 1, "c")});
    EXPECT_EQ(2, all_bell.rings);
    ASSERT_TRUE(test.log->roll_shard(high));
    EXPECT_EQ(1, high_bell.rings) << "its end is news";
    EXPECT_EQ(3, all_bell.rings);
    test.log->detach(low, low_bell);
    test.log->detach(high, high_bell);
    test.log->detach_all(all_bell);
    test.log->detach(low, low_bell);  // once more does no harm
    test.commit({draft(two.id, 1, "d")});
    EXPECT_EQ(1, low_bell.rings);
    EXPECT_EQ(3, all_bell.rings);
}

// If it fails, a client asking for a shard that never was waits, or gets somebody's records.
TEST_F(LogLineage, UnknownShardsAreNotFound) {
    EXPECT_EQ(Code::NotFound, test.log->read(ShardNumber{77}, {}, {}).error().code);
    EXPECT_EQ(Code::NotFound, test.log->read(ShardNumber{}, {}, {}).error().code);
    EXPECT_EQ(Code::NotFound, test.log->trim_horizon(ShardNumber{77}).error().code);
    EXPECT_FALSE(test.log->find_shard(ShardNumber{77}));
    EXPECT_FALSE(test.log->find_stream(StreamId{77}));
}

}  // namespace
}  // namespace millbeck::tests
