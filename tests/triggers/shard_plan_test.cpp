#include "triggers/shard_plan.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_shard_log.hpp"

namespace millbeck::triggers {
namespace {

using shardlog::SequenceNumber;
using shardlog::Shard;
using shardlog::ShardId;

ShardId id(std::uint32_t number) {
    return {base::WallTime{base::Milliseconds{number}}, shardlog::ShardNumber{number}};
}

SequenceNumber at(std::uint64_t position) {
    return SequenceNumber{position};
}

struct ShardRow {
    std::uint32_t number;
    std::vector<std::uint32_t> parents;
    std::uint64_t starting;
    std::uint64_t ending;  // 0: open
};

std::vector<Shard> shards_of(const std::vector<ShardRow>& rows) {
    std::vector<Shard> shards;
    for (const ShardRow& row : rows) {
        Shard shard;
        shard.id = id(row.number);
        for (const std::uint32_t parent : row.parents) {
            shard.parents.push_back(id(parent));
        }
        shard.starting = at(row.starting);
        if (row.ending != 0) {
            shard.ending = at(row.ending);
        }
        shards.push_back(shard);
    }
    return shards;
}

std::string text(const std::vector<ShardStart>& starts) {
    std::string out;
    for (const ShardStart& start : starts) {
        out += std::to_string(start.shard.number().value()) + "@" +
               std::to_string(start.from.position()) + " ";
    }
    return out;
}

std::string text(const std::vector<Checkpoint>& checkpoints) {
    std::string out;
    for (const Checkpoint& each : checkpoints) {
        out += std::to_string(each.shard.number().value()) + "@" +
               std::to_string(each.next.position()) + (each.finished ? "f " : " ");
    }
    return out;
}

struct PlanRow {
    std::string name;
    std::vector<ShardRow> shards;
    std::vector<Checkpoint> checkpoints;
    std::string plan;
};

// If it fails, a change of an item is delivered before an older change of the same item (a child
// ran before its parent was done), or a shard is never delivered at all.
TEST(ShardPlan, RunsParentsBeforeChildren) {
    const std::vector<ShardRow> rolled = {{1, {}, 5, 9}, {2, {1}, 10, 0}};
    const std::vector<ShardRow> split = {{1, {}, 5, 9}, {2, {1}, 10, 0}, {3, {1}, 10, 0}};
    const std::vector<ShardRow> merged = {{1, {}, 5, 9}, {2, {}, 5, 9}, {3, {1, 2}, 10, 0}};
    const std::vector<ShardRow> chain = {{1, {}, 1, 2}, {2, {1}, 3, 4}, {3, {2}, 5, 0}};
    const std::vector<PlanRow> rows = {
        {"one open shard", {{1, {}, 5, 0}}, {}, "1@5 "},
        {"two at once", {{1, {}, 5, 0}, {2, {}, 5, 0}}, {{id(2), at(8), false}}, "1@5 2@8 "},
        {"finished", {{1, {}, 5, 9}}, {{id(1), at(10), true}}, ""},
        {"roll, parent first", rolled, {}, "1@5 "},
        {"roll, parent under way", rolled, {{id(1), at(7), false}}, "1@7 "},
        {"roll, parent read but not finished", rolled, {{id(1), at(10), false}}, "1@10 "},
        {"roll, parent done", rolled, {{id(1), at(10), true}}, "2@10 "},
        {"roll, parent trimmed away", {{2, {1}, 10, 0}}, {}, "2@10 "},
        {"roll, parent trimmed away unfinished",
         {{2, {1}, 10, 0}},
         {{id(1), at(7), false}},
         "2@10 "},
        {"split, both wait", split, {}, "1@5 "},
        {"split, both run", split, {{id(1), at(10), true}, {id(3), at(12), false}}, "2@10 3@12 "},
        {"merge, one parent is not enough", merged, {{id(1), at(10), true}}, "2@5 "},
        {"merge, both done", merged, {{id(1), at(10), true}, {id(2), at(10), true}}, "3@10 "},
        {"merge, one parent trimmed away",
         {{2, {}, 5, 9}, {3, {1, 2}, 10, 0}},
         {{id(2), at(10), true}},
         "3@10 "},
        {"grandparent blocks only its child", chain, {}, "1@1 "},
        {"middle of a chain", chain, {{id(1), at(3), true}}, "2@3 "},
        {"a checkpoint of a child does not jump the queue",
         rolled,
         {{id(2), at(11), false}},
         "1@5 "},
    };
    for (const PlanRow& row : rows) {
        EXPECT_EQ(text(plan_shards(shards_of(row.shards), row.checkpoints)), row.plan) << row.name;
    }
}

TEST(ShardPlan, TrimHorizonBeginsWithEveryShard) {
    const auto shards = shards_of({{1, {}, 5, 9}, {2, {1}, 10, 0}});
    EXPECT_EQ(text(first_checkpoints(shards, StartingPosition::TrimHorizon, at(30))), "1@5 2@10 ");
}

// If it fails, LATEST delivers history, or never starts because a closed parent counts as unread.
TEST(ShardPlan, LatestLeavesClosedShardsOut) {
    const auto shards = shards_of({{1, {}, 5, 9}, {2, {1}, 10, 0}});
    const auto first = first_checkpoints(shards, StartingPosition::Latest, at(30));
    EXPECT_EQ(text(first), "1@10f 2@30 ");
    EXPECT_EQ(text(plan_shards(shards, first)), "2@30 ");
}

// `latest` is taken first. If it fails, what was written before the shard closed a moment later is
// neither history nor future, and lost.
TEST(ShardPlan, LatestReadsTheEndOfAShardThatClosedAfterIt) {
    const auto shards = shards_of({{1, {}, 5, 35}, {2, {1}, 36, 0}});
    const auto first = first_checkpoints(shards, StartingPosition::Latest, at(30));
    EXPECT_EQ(text(first), "1@30 2@36 ");
    EXPECT_EQ(text(plan_shards(shards, first)), "1@30 ");
}

// If it fails, records written to a new shard just after a roll are lost for LATEST triggers.
TEST(ShardPlan, LatestReadsLaterChildrenFromTheirStart) {
    const auto first =
        first_checkpoints(shards_of({{1, {}, 5, 0}}), StartingPosition::Latest, at(30));
    const auto later = shards_of({{1, {}, 5, 39}, {2, {1}, 40, 0}});
    EXPECT_EQ(text(plan_shards(later, first)), "1@30 ");
    EXPECT_EQ(text(plan_shards(later, {{id(1), at(40), true}})), "2@40 ");
}

// If it fails, a new trigger on an old stream begins with a gap that is none.
TEST(ShardPlan, TrimHorizonOfALogIsWhatIsStillThere) {
    base::VirtualClock clock;
    tests::FakeShardLog log(clock);
    const auto stream = log.add_stream("orders");
    const auto shard = log.shards(stream.id).front();
    log.put(shard.id.number(), "a");
    const auto second = log.put(shard.id.number(), "b");
    log.trim(shard.id.number(), second);
    const auto first = first_checkpoints(log, stream.id, StartingPosition::TrimHorizon);
    ASSERT_TRUE(first);
    EXPECT_EQ(text(*first), "1@2 ");
    const auto latest = first_checkpoints(log, stream.id, StartingPosition::Latest);
    ASSERT_TRUE(latest);
    EXPECT_EQ(text(*latest), "1@3 ");
}

// If it fails, a shard that retention took unread is forgotten without a word.
TEST(ShardPlan, NamesUnfinishedShardsThatAreGone) {
    const std::vector<Checkpoint> checkpoints = {
        {id(1), at(7), false}, {id(2), at(10), true}, {id(3), at(12), false}};
    EXPECT_EQ(text(vanished_shards(shards_of({{3, {}, 10, 0}}), checkpoints)), "1@7 ");
}

}  // namespace
}  // namespace millbeck::triggers
