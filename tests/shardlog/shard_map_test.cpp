// Streams, shards and their lineage, kept over a restart.
#include "shardlog/shard_map.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;
using base::Milliseconds;
using base::WallTime;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

class ShardMapTest : public ::testing::Test {
  protected:
    void SetUp() override { open(); }

    void open() {
        map.reset();
        auto opened = ShardMap::open(folder.path());
        ASSERT_TRUE(opened) << opened.error().message;
        map = *std::move(opened);
    }

    Stream enable(std::uint32_t shards, std::uint32_t table = 1,
                  SequenceNumber next = SequenceNumber{1}) {
        auto stream = map->enable({.table = TableId{table},
                                   .table_name = TableName{"music"},
                                   .view_type = StreamViewType::KeysOnly,
                                   .key_schema = R"([{"AttributeName":"k"}])",
                                   .shard_count = shards},
                                  now, next);
        EXPECT_TRUE(stream) << stream.error().message;
        return stream.value_or(Stream{});
    }

    std::vector<Shard> replace(const base::Result<Replacement>& plan, SequenceNumber next) {
        EXPECT_TRUE(plan) << plan.error().message;
        auto children = map->replace({&*plan, 1}, now, next);
        EXPECT_TRUE(children) << children.error().message;
        return children.value_or(std::vector<Shard>{});
    }

    TempFolder folder;
    WallTime now{Milliseconds{1'700'000'000'000}};
    std::unique_ptr<ShardMap> map;
};

// If it fails, some items have no shard or two.
TEST(EvenRanges, CoverEveryHashOnce) {
    for (const std::uint32_t count : {1u, 2u, 3u, 4u, 7u, 100u, 255u, 256u}) {
        const std::vector<HashRange> ranges = even_ranges(count);
        ASSERT_EQ(count, ranges.size());
        EXPECT_EQ(0u, ranges.front().first);
        EXPECT_EQ(kMax, ranges.back().last);
        const std::uint64_t width = ranges.front().last - ranges.front().first;
        for (std::size_t i = 1; i < count; ++i) {
            EXPECT_EQ(ranges[i - 1].last + 1, ranges[i].first);
            EXPECT_LE(width - (ranges[i].last - ranges[i].first), 1u);
        }
    }
    EXPECT_EQ((HashRange{0x4000'0000'0000'0000u, 0x7fff'ffff'ffff'ffffu}), even_ranges(4)[1]);
}

// If it fails, a restart forgets streams or moves items to other shards.
TEST_F(ShardMapTest, KeepsEverythingOverARestart) {
    const Stream stream = enable(3);
    const std::vector<Shard> before = map->shards(stream.id);
    replace(map->plan_split(before[1].id.number(), std::nullopt), SequenceNumber{50});
    replace(map->plan_merge(before[0].id.number(), map->shards(stream.id)[3].id.number()),
            SequenceNumber{60});
    const std::vector<Shard> shards = map->shards(stream.id);
    ASSERT_TRUE(map->trim({{before[0].id.number(), SequenceNumber{17}}}, SequenceNumber{18}));
    open();
    const auto loaded = map->find_stream(TableName{"music"}, stream.label);
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(stream.id, loaded->id);
    EXPECT_EQ(stream.created, loaded->created);
    EXPECT_EQ(StreamViewType::KeysOnly, loaded->view_type);
    EXPECT_EQ(stream.key_schema, loaded->key_schema);
    const std::vector<Shard> after = map->shards(stream.id);
    ASSERT_EQ(shards.size(), after.size());
    for (std::size_t i = 0; i < shards.size(); ++i) {
        EXPECT_EQ(shards[i].id, after[i].id);
        EXPECT_EQ(shards[i].parents, after[i].parents);
        EXPECT_EQ(shards[i].hashes, after[i].hashes);
        EXPECT_EQ(shards[i].starting, after[i].starting);
        EXPECT_EQ(shards[i].ending, after[i].ending);
    }
    EXPECT_EQ(SequenceNumber{17}, map->bounds(before[0].id.number())->trimmed);
    EXPECT_EQ(SequenceNumber{18}, map->numbers().first_retained);
}

// If it fails, a client that sorts shard ids reads children before their parents.
TEST_F(ShardMapTest, ShardIdsSortAfterTheirParentsWhenTheClockSteps) {
    const Stream stream = enable(1);
    ShardId newest = map->shards(stream.id).front().id;
    for (const std::int64_t step : {0, -5000, -1, 7, -60'000}) {
        now += Milliseconds{step};
        const ShardId child =
            replace(map->plan_roll(newest.number()), SequenceNumber{1}).front().id;
        EXPECT_LT(newest, child);
        EXPECT_LT(newest.to_string(), child.to_string());
        newest = child;
    }
    open();
    EXPECT_LT(newest, replace(map->plan_roll(newest.number()), SequenceNumber{1}).front().id);
}

// If it fails, two streams of one table share an ARN.
TEST_F(ShardMapTest, LabelsAreUniqueForATableName) {
    const Stream first = enable(1);
    ASSERT_TRUE(map->disable(first.id, now, SequenceNumber{1}));
    const Stream second = enable(1);
    const Stream third = enable(1, 2);
    EXPECT_NE(first.label, second.label);
    EXPECT_NE(second.label, third.label);
    EXPECT_EQ(base::to_iso8601(now + Milliseconds{1}), second.label);
    EXPECT_EQ(now + Milliseconds{1}, second.created);
}

// If it fails, records and the shards' own bounds disagree.
TEST_F(ShardMapTest, RollEndsAtTheLastPositionAndStartsAtTheNext) {
    const Stream stream = enable(1);
    const ShardNumber parent = map->shards(stream.id).front().id.number();
    const Shard child = replace(map->plan_roll(parent), SequenceNumber{8}).front();
    EXPECT_EQ(SequenceNumber{7}, map->find_shard(parent)->ending);
    EXPECT_EQ(SequenceNumber{8}, child.starting);
    EXPECT_FALSE(child.ending);
    EXPECT_EQ(std::vector<ShardId>{map->find_shard(parent)->id}, child.parents);
    EXPECT_EQ(child.id.number(), map->route(stream.id, 5));
    // Nothing was given since: the child ends where it starts.
    replace(map->plan_roll(child.id.number()), SequenceNumber{8});
    EXPECT_EQ(SequenceNumber{8}, map->find_shard(child.id.number())->ending);
}

// If it fails, split items go to the wrong child.
TEST_F(ShardMapTest, SplitsWhereAsked) {
    const Stream stream = enable(1);
    const ShardNumber whole = map->shards(stream.id).front().id.number();
    const std::vector<Shard> halves = replace(map->plan_split(whole, 1000), SequenceNumber{1});
    ASSERT_EQ(2u, halves.size());
    EXPECT_EQ((HashRange{0, 999}), halves[0].hashes);
    EXPECT_EQ((HashRange{1000, kMax}), halves[1].hashes);
    EXPECT_EQ(halves[0].id.number(), map->route(stream.id, 999));
    EXPECT_EQ(halves[1].id.number(), map->route(stream.id, 1000));
    const std::vector<Shard> middle =
        replace(map->plan_split(halves[1].id.number(), std::nullopt), SequenceNumber{1});
    EXPECT_EQ(middle[0].hashes.last + 1, middle[1].hashes.first);
    EXPECT_EQ(1000u, middle[0].hashes.first);
}

// If it fails, a wrong request changes the shards, or is answered with the wrong error.
TEST_F(ShardMapTest, RefusesWhatCannotBe) {
    const Stream stream = enable(3);
    const std::vector<Shard> shards = map->shards(stream.id);
    const auto number = [&](std::size_t i) { return shards[i].id.number(); };
    EXPECT_EQ(Code::Invalid, map->plan_split(number(0), 0).error().code);
    EXPECT_EQ(Code::Invalid, map->plan_split(number(0), kMax).error().code);
    EXPECT_EQ(Code::Invalid, map->plan_merge(number(0), number(2)).error().code);
    EXPECT_EQ(Code::Invalid, map->plan_merge(number(0), number(0)).error().code);
    EXPECT_EQ(Code::NotFound, map->plan_roll(ShardNumber{99}).error().code);
    replace(map->plan_roll(number(0)), SequenceNumber{1});
    EXPECT_EQ(Code::InUse, map->plan_roll(number(0)).error().code);
    EXPECT_EQ(Code::InUse, map->plan_split(number(0), std::nullopt).error().code);
    EXPECT_EQ(Code::InUse, map->plan_merge(number(0), number(1)).error().code);
    const NewStream same{.table = TableId{1}, .table_name = TableName{"music"}, .key_schema = ""};
    EXPECT_EQ(Code::InUse, map->enable(same, now, SequenceNumber{1}).error().code);
    for (const std::uint32_t count : {0u, 257u}) {
        const auto refused = map->enable({.table = TableId{8},
                                          .table_name = TableName{"other"},
                                          .key_schema = "",
                                          .shard_count = count},
                                         now, SequenceNumber{1});
        EXPECT_EQ(Code::Invalid, refused.error().code);
    }
    EXPECT_EQ(Code::NotFound, map->disable(StreamId{99}, now, SequenceNumber{1}).error().code);
}

// If it fails, two shards with neighbouring hashes cannot be joined in the order they are named.
TEST_F(ShardMapTest, MergesNeighboursInEitherOrder) {
    const Stream stream = enable(2);
    const std::vector<Shard> two = map->shards(stream.id);
    const std::vector<Shard> one =
        replace(map->plan_merge(two[1].id.number(), two[0].id.number()), SequenceNumber{5});
    ASSERT_EQ(1u, one.size());
    EXPECT_EQ((HashRange{0, kMax}), one[0].hashes);
    EXPECT_EQ((std::vector<ShardId>{two[0].id, two[1].id}), one[0].parents);
    EXPECT_EQ(one[0].id.number(), map->route(stream.id, kMax));
}

// If it fails, a disabled stream still takes records, or disabling twice is an error.
TEST_F(ShardMapTest, DisablesAStreamOnce) {
    const Stream stream = enable(2);
    EXPECT_EQ(2u, map->disable(stream.id, now, SequenceNumber{9})->size());
    EXPECT_EQ(0u, map->disable(stream.id, now, SequenceNumber{9})->size());
    EXPECT_EQ(StreamStatus::Disabled, map->find_stream(stream.id)->status);
    EXPECT_FALSE(map->route(stream.id, 1));
    EXPECT_EQ(0u, map->open_shards());
    open();
    EXPECT_EQ(StreamStatus::Disabled, map->find_stream(stream.id)->status);
    EXPECT_FALSE(map->route(stream.id, 1));
}

// If it fails, numbers of forgotten streams and shards are given out again.
TEST_F(ShardMapTest, ForgetsWhatIsGoneAndNeverReusesItsNumbers) {
    const Stream stream = enable(1);
    const ShardNumber shard = map->shards(stream.id).front().id.number();
    ASSERT_TRUE(map->disable(stream.id, now, SequenceNumber{11}));
    const auto forget = [&](Milliseconds after, std::uint64_t first) {
        return map->forget(now - Milliseconds{1} + after, SequenceNumber{first}, SequenceNumber{30})
            .value();
    };
    EXPECT_EQ(0u, forget(Milliseconds{0}, 11)) << "closed too recently";
    EXPECT_EQ(0u, forget(Milliseconds{1}, 10)) << "its last record is still there";
    EXPECT_EQ(2u, forget(Milliseconds{1}, 11));
    EXPECT_FALSE(map->find_stream(stream.id));
    EXPECT_FALSE(map->bounds(shard));
    open();
    EXPECT_TRUE(map->streams().empty());
    const Stream next = enable(1);
    EXPECT_LT(stream.id, next.id);
    EXPECT_LT(shard, map->shards(next.id).front().id.number());
}

}  // namespace
}  // namespace millbeck::tests
