#include "triggers/checkpoint_move.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_shard_log.hpp"
#include "triggers/shard_plan.hpp"

namespace millbeck::triggers {
namespace {

using base::Code;
using shardlog::SequenceNumber;
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
    std::uint64_t ending;       // 0: open
    std::uint64_t horizon = 0;  // 0: nothing is trimmed
};

StreamReach reach(const std::vector<ShardRow>& rows, std::uint64_t first = 1) {
    StreamReach made;
    made.first = at(first);
    for (const ShardRow& row : rows) {
        shardlog::Shard shard;
        shard.id = id(row.number);
        for (const std::uint32_t parent : row.parents) {
            shard.parents.push_back(id(parent));
        }
        shard.starting = at(row.starting);
        if (row.ending != 0) {
            shard.ending = at(row.ending);
        }
        made.parts.push_back({shard, at(std::max(row.starting, row.horizon))});
    }
    return made;
}

std::string text(const base::Result<std::vector<Checkpoint>>& checkpoints) {
    if (!checkpoints) {
        return checkpoints.error().message;
    }
    std::string out;
    for (const Checkpoint& each : *checkpoints) {
        out += std::to_string(each.shard.number().value()) + "@" +
               std::to_string(each.next.position()) + (each.finished ? "f " : " ");
    }
    return out;
}

const MovePlace kStart = ToStart{};
const std::vector<ShardRow> kRolled{{1, {}, 5, 9}, {2, {1}, 10, 0}};
const std::vector<ShardRow> kSplit{
    {1, {}, 5, 9}, {2, {1}, 10, 19}, {3, {1}, 10, 0}, {4, {2}, 20, 0}};
const std::vector<ShardRow> kMerged{
    {1, {}, 5, 9}, {2, {}, 5, 0}, {3, {1}, 10, 14}, {4, {}, 5, 14}, {5, {3, 4}, 15, 0}};

struct WholeRow {
    std::string name;
    std::vector<ShardRow> shards;
    MovePlace place;
    std::string moved;
};

// If it fails, a record at or above the new position is left out, or one below is delivered.
TEST(CheckpointMove, PutsEveryShardWhereThePositionFinds) {
    const std::vector<WholeRow> rows{
        {"inside an open shard", {{1, {}, 5, 0}}, at(7), "1@7 "},
        {"before it opened", {{1, {}, 5, 0}}, at(2), "1@5 "},
        {"before everything", {{1, {}, 5, 0}}, at(0), "1@5 "},
        {"roll, in the parent", kRolled, at(7), "1@7 2@10 "},
        {"roll, the parent's last record", kRolled, at(9), "1@9 2@10 "},
        {"roll, the child's first", kRolled, at(10), "1@10f 2@10 "},
        {"roll, in the child", kRolled, at(12), "1@10f 2@12 "},
        {"roll, the start", kRolled, kStart, "1@5 2@10 "},
        {"split, in the parent", kSplit, at(6), "1@6 2@10 3@10 4@20 "},
        {"split, in both children", kSplit, at(15), "1@10f 2@15 3@15 4@20 "},
        {"split, in child and grandchild", kSplit, at(22), "1@10f 2@20f 3@22 4@22 "},
        {"merge, in the parents", kMerged, at(12), "1@10f 2@12 3@12 4@12 5@15 "},
        {"merge, in the child", kMerged, at(16), "1@10f 2@16 3@15f 4@15f 5@16 "},
        {"the start of what is left", {{1, {}, 5, 0, 8}}, kStart, "1@8 "},
        {"where what is left begins", {{1, {}, 5, 0, 8}}, at(8), "1@8 "},
        {"behind a shard that is trimmed",
         {{1, {}, 5, 9, 10}, {2, {1}, 10, 0}},
         at(10),
         "1@10f 2@10 "},
    };
    for (const WholeRow& row : rows) {
        EXPECT_EQ(text(moved_checkpoints(reach(row.shards), row.place, std::nullopt, {})),
                  row.moved)
            << row.name;
    }
}

struct GoneRow {
    std::string name;
    StreamReach reach;
    std::uint64_t position;
    std::uint64_t oldest;  // 0: it is not refused
};

// If it fails, somebody asks for last night's records, gets those of this morning and is not told.
TEST(CheckpointMove, RefusesWhatIsGone) {
    const std::vector<GoneRow> rows{
        {"below the horizon", reach({{1, {}, 5, 0, 8}}), 7, 8},
        {"before the shard, which lost some", reach({{1, {}, 5, 0, 8}}), 2, 8},
        {"of one of two", reach({{1, {}, 5, 0}, {2, {}, 5, 0, 9}}), 8, 9},
        {"a lost parent", reach({{2, {1}, 10, 0}}, 20), 9, 10},
        {"a lost parent, the child's first", reach({{2, {1}, 10, 0}}, 20), 10, 0},
        {"a lost parent without records there", reach({{2, {1}, 10, 0}}, 4), 6, 0},
        {"one lost parent of two", reach({{2, {}, 5, 9}, {3, {1, 2}, 10, 0}}, 20), 8, 10},
    };
    for (const GoneRow& row : rows) {
        const auto moved = moved_checkpoints(row.reach, at(row.position), std::nullopt, {});
        EXPECT_EQ(moved.has_value(), row.oldest == 0) << row.name;
        if (!moved) {
            EXPECT_EQ(moved.error().code, Code::Trimmed);
            EXPECT_EQ(moved.error().message, "records from " + at(row.position).to_string() +
                                                 " on are gone; the oldest position there is is " +
                                                 at(row.oldest).to_string())
                << row.name;
        }
        EXPECT_TRUE(moved_checkpoints(row.reach, kStart, std::nullopt, {})) << row.name;
    }
}

struct OneRow {
    std::string name;
    std::vector<ShardRow> shards;
    std::uint32_t only;
    MovePlace place;
    std::vector<Checkpoint> present;
    std::string moved;
};

// If it fails, an item's old change comes after its newer ones and nothing follows, or shards that
// nobody named begin anew.
TEST(CheckpointMove, MovesOneShardAndWhatComesOfIt) {
    const std::vector<Checkpoint> split_done{
        {id(1), at(10), true}, {id(2), at(20), true}, {id(3), at(40)}, {id(4), at(41)}};
    const std::vector<Checkpoint> merge_done{{id(1), at(10), true},
                                             {id(2), at(30)},
                                             {id(3), at(15), true},
                                             {id(4), at(15), true},
                                             {id(5), at(33)}};
    const std::vector<OneRow> rows{
        {"an open one", kSplit, 3, at(12), split_done, "1@10f 2@20f 3@12 4@41 "},
        {"forwards", kSplit, 3, at(50), split_done, "1@10f 2@20f 3@50 4@41 "},
        {"before its beginning", kSplit, 3, at(2), split_done, "1@10f 2@20f 3@10 4@41 "},
        {"a parent, again", kSplit, 2, at(15), split_done, "1@10f 2@15 3@40 4@20 "},
        {"the grandparent, again", kSplit, 1, at(6), split_done, "1@6 2@10 3@10 4@20 "},
        {"a parent to its start", kSplit, 1, kStart, split_done, "1@5 2@10 3@10 4@20 "},
        {"past its end", kSplit, 2, at(20), split_done, "1@10f 2@20f 3@40 4@41 "},
        {"an unread parent past its end", kRolled, 1, at(30), {{id(1), at(6)}}, "1@10f "},
        {"a merged shard's one parent", kMerged, 4, at(7), merge_done,
         "1@10f 2@30 3@15f 4@7 5@15 "},
        {"and its grandparent", kMerged, 1, at(7), merge_done, "1@7 2@30 3@10 4@15f 5@15 "},
        {"beside one that is forgotten", kRolled, 2, at(12), {{id(9), at(3)}}, "2@12 9@3 "},
    };
    for (const OneRow& row : rows) {
        EXPECT_EQ(text(moved_checkpoints(reach(row.shards), row.place, id(row.only), row.present)),
                  row.moved)
            << row.name;
    }
    EXPECT_EQ(moved_checkpoints(reach(kRolled), kStart, id(7), {}).error().code, Code::NotFound);
    EXPECT_EQ(moved_checkpoints(reach({{1, {}, 5, 0, 8}}), at(6), id(1), {}).error().code,
              Code::Trimmed);
    EXPECT_EQ(moved_checkpoints(reach({{1, {}, 5, 9}, {2, {1}, 10, 0, 12}}), at(6), id(1), {})
                  .error()
                  .code,
              Code::Trimmed)
        << "its child would begin with a gap";
}

// If it fails, an undo leads to records that are gone, and the trigger goes on with a gap.
TEST(CheckpointMove, ChecksWhatAnUndoBringsBack) {
    const StreamReach trimmed = reach({{1, {}, 5, 9, 8}, {2, {1}, 10, 0}}, 8);
    EXPECT_TRUE(check_reachable(trimmed, {{id(1), at(8)}, {id(2), at(10)}}));
    EXPECT_TRUE(check_reachable(trimmed, {{id(1), at(10), true}}));
    EXPECT_TRUE(check_reachable(trimmed, {{id(0), at(4), true}, {id(1), at(9)}}));
    EXPECT_FALSE(check_reachable(trimmed, {{id(1), at(7)}}));
    EXPECT_FALSE(check_reachable(trimmed, {{id(0), at(3)}, {id(1), at(8)}}));
    EXPECT_FALSE(check_reachable(trimmed, {})) << "not begun: from a beginning that is gone";
}

TEST(CheckpointMove, LooksAtALog) {
    base::VirtualClock clock;
    tests::FakeShardLog log(clock);
    const auto stream = log.add_stream("orders");
    const auto parent = log.shards(stream.id).front();
    log.put(parent.id.number(), "a");
    const auto second = log.put(parent.id.number(), "b");
    const auto child = *log.roll_shard(parent.id.number());
    log.trim(parent.id.number(), second);
    const auto seen = reach_of(log, stream.id);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->parts.size(), 2u);
    EXPECT_EQ(oldest_of(*seen), second);
    EXPECT_EQ(text(moved_checkpoints(*seen, second, std::nullopt, {})), "1@2 2@3 ");
    EXPECT_EQ(child.starting, at(3));
}

}  // namespace
}  // namespace millbeck::triggers
