// Triggers whose checkpoints somebody moves while they run.
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using base::Code;
using shardlog::SequenceNumber;
using shardlog::Shard;
using tests::failed;
using tests::Promised;
using triggers::ChangeKind;
using triggers::CheckpointChange;

using Strings = std::vector<std::string>;
using Moved = base::Result<CheckpointChange>;

class TriggerMovesTest : public TriggerManagerTest {
  protected:
    static std::function<void(Moved)> keep(Promised<Moved>& promise) {
        return [keeper = promise.keeper()](const Moved& moved) { keeper(moved); };
    }
    Moved move(TriggerMove to, const std::string& name = "sums") {
        Promised<Moved> moved;
        if (const auto asked = manager->move(name, std::move(to), keep(moved)); !asked) {
            return tl::unexpected<base::Error>(asked.error());
        }
        return moved.wait().value_or(base::fail(Code::DeadlineExceeded, "no answer"));
    }
    Moved undo(const std::string& reason = "") {
        return move({.to = TriggerMove::Undo{}, .reason = reason});
    }
    static Code code_of(const Moved& moved) { return moved ? Code::Internal : moved.error().code; }
    std::string stored() {
        std::string text;
        for (const auto& each : must(checkpoints->load(manager->status()[0].spec.id))) {
            text += std::to_string(each.shard.number().value()) + "@" +
                    std::to_string(each.next.position()) + (each.finished ? "f " : " ");
        }
        return text;
    }
    static triggers::TriggerSpec one_by_one() {
        auto small = spec();
        small.batch_size = 1;
        return small;
    }
    // The position before the next record.
    [[nodiscard]] SequenceNumber here() const { return log->latest(); }
    Shard open_shard(const Stream& of) {
        for (const Shard& shard : log->shards(of.id)) {
            if (!shard.ending) {
                return shard;
            }
        }
        ADD_FAILURE() << "no shard is open";
        return {};
    }
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
};

// If it fails, the handler's old delivery writes its position over the one that was just set.
TEST_F(TriggerMovesTest, FencesOffTheDeliveryInFlight) {
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    const SequenceNumber first = here();
    put(music, 1, "1");
    put(music, 1, "2");
    ASSERT_TRUE(drained());
    sink->hold(true);
    put(music, 1, "3");
    put(music, 1, "4");
    ASSERT_TRUE(sink->wait_for_inside(1));
    Promised<Moved> moved;
    ASSERT_TRUE(manager->move("sums", {.to = first, .reason = "again"}, keep(moved)));
    EXPECT_FALSE(drained(Milliseconds{1}));
    EXPECT_FALSE(moved.kept()) << "3 is still out";
    sink->hold(false);
    const Moved change = *moved.wait();
    ASSERT_TRUE(change) << change.error().message;
    EXPECT_EQ(change->before[0].next, SequenceNumber{first.position() + 3}) << "3 was acknowledged";
    EXPECT_EQ(change->after[0].next, first);
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "3", "1", "2", "3", "4"}));
}

// If it fails, the end of a retry that was under way is believed after the set.
TEST_F(TriggerMovesTest, PassesOverWhatFails) {
    const Stream music = stream(1);
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    auto slow = one_by_one();
    slow.retry = {.first = kLong, .longest = kLong};
    ASSERT_TRUE(manager->add(slow, sink));
    put(music, 1, "poison");
    put(music, 1, "behind it");
    ASSERT_TRUE(sink->wait_for_records(1));
    sink->answer({});
    ASSERT_TRUE(move({.to = TriggerMove::Latest{}}));
    ASSERT_TRUE(drained());
    put(music, 1, "next");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"poison", "next"}));
    ASSERT_TRUE(undo());
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"poison", "next", "poison", "behind it", "next"}));
}

// If it fails, an undo is a guess: not the state from before, or its progress since is lost when
// the undo itself is taken back.
TEST_F(TriggerMovesTest, TakesBackExactly) {
    const Stream music = stream(2);
    ASSERT_TRUE(manager->add(spec(), sink));
    const SequenceNumber first = here();
    put(music, 1, "1");
    put(music, ~std::uint64_t{0}, "2");
    ASSERT_TRUE(drained());
    EXPECT_EQ(code_of(undo()), Code::NotFound);
    auto off = spec();
    off.enabled = false;  // nothing moves but what we move
    Promised<bool> stands;
    ASSERT_TRUE(manager->update(off, sink, [keeper = stands.keeper()] { keeper(true); }));
    ASSERT_TRUE(stands.wait());
    const std::string before = stored();
    const Moved set = move({.to = first, .reason = "handler 1.4 lost them"});
    ASSERT_TRUE(set) << set.error().message;
    const std::string after = stored();
    EXPECT_NE(after, before);
    ASSERT_TRUE(undo("wrong trigger"));
    EXPECT_EQ(stored(), before);
    start_manager();
    ASSERT_TRUE(manager->add(off, sink));
    ASSERT_TRUE(undo("no, it was right"));
    EXPECT_EQ(stored(), after);
    const auto changes = must(manager->changes("sums", 10));
    ASSERT_EQ(changes.size(), 3u);
    EXPECT_EQ(changes[2].note.reason, "handler 1.4 lost them");
    EXPECT_EQ(changes[1].note.undoes, set->number);
    EXPECT_EQ(changes[0].note.undoes, changes[1].number);
    EXPECT_EQ(changes[0].note.kind, ChangeKind::Undo);
    ASSERT_TRUE(manager->update(spec(), sink, [] {}));
    ASSERT_TRUE(drained());
    EXPECT_EQ(sink->records().size(), 4u);
}

// If it fails, a shard that was finished stays finished, and nothing of it comes again.
TEST_F(TriggerMovesTest, OpensFinishedShardsAgainParentsFirst) {
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    const SequenceNumber second = here();
    put(music, 1, "2");
    must(log->roll_shard(open_shard(music).id.number()));
    put(music, 1, "3");
    must(log->split_shard(open_shard(music).id.number(), std::nullopt));
    put(music, 1, "4");
    ASSERT_TRUE(drained());
    ASSERT_TRUE(move({.to = second}));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "3", "4", "2", "3", "4"}));
    ASSERT_TRUE(move({.to = triggers::ToStart{}}));
    ASSERT_TRUE(drained());
    const Strings all = values(*sink);
    EXPECT_EQ(Strings(all.begin() + 7, all.end()), (Strings{"1", "2", "3", "4"}));
}

// If it fails, a shard's old changes come again without the newer ones of its children, or a
// neighbour's come as well.
TEST_F(TriggerMovesTest, MovesOneShardWithItsChildren) {
    constexpr std::uint64_t kHigh = ~std::uint64_t{0};
    const Stream music = stream(2);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    const auto low = log->shards(music.id)[0];
    put(music, 1, "low 1");
    put(music, kHigh, "high");
    must(log->roll_shard(low.id.number()));
    put(music, 1, "low 2");
    ASSERT_TRUE(drained());
    const std::size_t until = sink->records().size();
    ASSERT_TRUE(move({.to = triggers::ToStart{}, .shard = low.id}));
    ASSERT_TRUE(drained());
    const Strings all = values(*sink);
    EXPECT_EQ(Strings(all.begin() + static_cast<std::ptrdiff_t>(until), all.end()),
              (Strings{"low 1", "low 2"}));
    EXPECT_EQ(code_of(move({.to = triggers::ToStart{}, .shard = shardlog::ShardId{{}, {}}})),
              Code::NotFound);
}

// If it fails, "since ten past two" means another moment, or what was lost since is not told.
TEST_F(TriggerMovesTest, GoesBackToAMoment) {
    const auto next_millisecond = [this] {
        const base::WallTime now = clock.wall();
        while (clock.wall() <= now) {
        }
        return now;
    };
    const base::WallTime before = next_millisecond();
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    const base::WallTime between = next_millisecond();
    put(music, 1, "2");
    ASSERT_TRUE(drained());
    ASSERT_TRUE(move({.to = between}));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "2"}));
    ASSERT_TRUE(move({.to = before})) << "nothing is gone";
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2", "2", "1", "2"}));
}

// If it fails, a wrong word moves a trigger, or one that is refused stops it for ever.
TEST_F(TriggerMovesTest, RefusesAndGoesOn) {
    const Stream music = stream(1);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(drained());
    const std::string before = stored();
    EXPECT_EQ(code_of(move({.to = here().next()})), Code::Invalid);
    EXPECT_EQ(code_of(move({.to = clock.wall() + kLong})), Code::Invalid);
    EXPECT_EQ(code_of(move({.to = triggers::ToStart{}}, "nobody")), Code::NotFound);
    EXPECT_EQ(manager->changes("nobody", 1).error().code, Code::NotFound);
    EXPECT_EQ(stored(), before);
    auto copy = spec("copy");
    copy.copy.emplace();
    ASSERT_TRUE(manager->add(copy, std::make_shared<ScriptedSink>()));
    const Moved refused = move({.to = triggers::ToStart{}}, "copy");
    ASSERT_EQ(code_of(refused), Code::Invalid);
    EXPECT_NE(refused.error().message.find("millbeck backfill copy"), std::string::npos);
    put(music, 1, "2");
    ASSERT_TRUE(sink->wait_for_records(2));
    EXPECT_EQ(values(*sink), (Strings{"1", "2"}));
    EXPECT_TRUE(must(manager->changes("sums", 1)).empty());
}

// If it fails, the first stream of a table that was made again is mistaken for its newest.
TEST_F(TriggerMovesTest, AsksWhichStreamIsMeant) {
    const Stream before = stream(1);
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    ASSERT_TRUE(manager->add(spec(), sink));
    put(before, 1, "old");
    ASSERT_TRUE(log->disable_stream(before.id));
    const Stream after = stream(1);
    put(after, 1, "new");
    ASSERT_TRUE(sink->wait_for_records(2));
    EXPECT_FALSE(drained(Milliseconds{20}));
    EXPECT_EQ(code_of(move({.to = TriggerMove::Latest{}})), Code::InUse);
    const auto old_shard = log->shards(before.id)[0].id;
    ASSERT_TRUE(move({.to = TriggerMove::Latest{}, .shard = old_shard}));
    sink->answer({});
    ASSERT_TRUE(drained());
    const Strings all = values(*sink);
    EXPECT_EQ(all.back(), "new");
    ASSERT_TRUE(move({.to = triggers::ToStart{}})) << "the old stream is done with";
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink).back(), "new");
}

// If it fails, a node that stops leaves a request without an answer, or moves a trigger after it
// said that it did not.
TEST_F(TriggerMovesTest, IsAnsweredWhenItStops) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(sink->wait_for_inside(1));
    const auto id = manager->status()[0].spec.id;
    Promised<Moved> moved;
    ASSERT_TRUE(manager->move("sums", {.to = triggers::ToStart{}}, keep(moved)));
    manager->stop(Milliseconds{1});
    ASSERT_TRUE(moved.kept());
    EXPECT_EQ(code_of(*moved.wait()), Code::Unavailable);
    sink->hold(false);
    manager.reset();
    EXPECT_TRUE(must(checkpoints->changes(id, 1)).empty());
}

// If it fails, somebody who moves a trigger under load loses or overtakes changes of an item.
TEST_F(TriggerMovesTest, LosesNothingWhateverMovesUnderLoad) {
    constexpr std::uint64_t kKeys = 8;
    constexpr int kRounds = 60;
    const Stream music = stream(2);
    std::mutex mutex;
    std::map<std::string, int> newest;  // by key; a move lets them go back
    std::atomic<int> calls{0};
    sink->answer([&](const sinks::Batch& batch) {
        if (++calls % 5 == 0) {
            return failed("every fifth");
        }
        const std::lock_guard lock(mutex);
        for (const sinks::Message& message : batch.messages) {
            const auto record = nlohmann::json::parse(message.record)["dynamodb"];
            const auto key = record["Keys"]["id"]["S"].get<std::string>();
            const int value = std::stoi(record["NewImage"]["v"]["S"].get<std::string>());
            const auto known = newest.find(key);
            // A step of more than one forwards is a loss; backwards only as a move allows.
            EXPECT_LE(value, known == newest.end() ? 0 : known->second + 1) << key;
            newest[key] = value;
        }
        return sinks::Outcome{};
    });
    ASSERT_TRUE(manager->add(spec(), sink));
    std::vector<SequenceNumber> marks;
    for (int round = 0; round < kRounds; ++round) {
        marks.push_back(here());
        for (std::uint64_t key = 0; key < kKeys; ++key) {
            put(music, key << 61, std::to_string(round));
        }
        if (round % 4 == 1) {
            ASSERT_TRUE(drained());  // so that a move only ever goes back
            const auto shards = log->shards(music.id);
            const auto dice = random->next_u64();
            if (dice % 3 == 0) {
                ASSERT_TRUE(move(
                    {.to = triggers::ToStart{}, .shard = shards[dice / 3 % shards.size()].id}));
            } else {
                ASSERT_TRUE(move({.to = marks[dice % marks.size()]}));
            }
        }
        if (round % 10 == 3) {
            must(log->roll_shard(open_shard(music).id.number()));
        }
    }
    ASSERT_TRUE(drained());
    EXPECT_EQ(newest.size(), kKeys);
    for (const auto& [key, value] : newest) {
        EXPECT_EQ(value, kRounds - 1) << key;
    }
}

}  // namespace
}  // namespace millbeck::runtime
