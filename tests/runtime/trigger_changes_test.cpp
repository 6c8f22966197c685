// Triggers that are changed and removed while they run.
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/runtime/trigger_manager_harness.hpp"

namespace millbeck::runtime {
namespace {

using tests::failed;
using tests::Promised;
using tests::ScriptedSink;

class TriggerChangesTest : public TriggerManagerTest {
  protected:
    static std::function<void()> keep(Promised<bool>& promise) {
        return [keeper = promise.keeper()] { keeper(true); };
    }
    bool update(const triggers::TriggerSpec& to, const std::shared_ptr<ScriptedSink>& by) {
        Promised<bool> stands;
        EXPECT_TRUE(manager->update(to, by, keep(stands)));
        return stands.wait().value_or(false);
    }
    bool remove(const std::string& name) {
        Promised<bool> gone;
        EXPECT_TRUE(manager->remove(name, keep(gone)));
        return gone.wait().value_or(false);
    }
    std::string arn(const shardlog::Stream& of) {
        return shardlog::stream_arn({}, of.table_name, of.label);
    }
    static triggers::TriggerSpec one_by_one() {
        auto small = spec();
        small.batch_size = 1;
        return small;
    }
    std::shared_ptr<ScriptedSink> sink = std::make_shared<ScriptedSink>();
    std::shared_ptr<ScriptedSink> next = std::make_shared<ScriptedSink>();
};

sinks::Outcome outcome(sinks::Outcome::Kind kind, std::string failed_id = "") {
    sinks::Outcome made;
    made.kind = kind;
    if (!failed_id.empty()) {
        made.failed.push_back(std::move(failed_id));
    }
    return made;
}

using Strings = std::vector<std::string>;

// If it fails, an update repeats or skips the batch that is in flight, or two workers run at once.
TEST_F(TriggerChangesTest, UpdatesAfterTheBatchInFlight) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    put(music, 1, "1");
    put(music, 1, "2");
    ASSERT_TRUE(sink->wait_for_inside(1));
    Promised<bool> stands;
    ASSERT_TRUE(manager->update(spec(), next, keep(stands)));
    put(music, 1, "3");
    EXPECT_FALSE(drained(Milliseconds{1}));
    EXPECT_FALSE(stands.kept()) << "the old batch is still out";
    EXPECT_TRUE(next->records().empty());
    sink->hold(false);
    EXPECT_EQ(stands.wait(), true);
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), Strings{"1"});
    EXPECT_EQ(values(*next), (Strings{"2", "3"}));
    EXPECT_EQ(manager->status()[0].spec.batch_size, 100u);
}

// If it fails, a mapping that is switched off delivers, or one that is switched on begins anew.
TEST_F(TriggerChangesTest, KeepsItsPlaceWhileItIsDisabled) {
    const Stream music = stream(2);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "before");
    ASSERT_TRUE(drained());
    auto off = spec();
    off.enabled = false;
    ASSERT_TRUE(update(off, sink));
    put(music, 1, "meanwhile");
    EXPECT_TRUE(drained()) << "nobody waits for a trigger that is off";
    EXPECT_EQ(sink->records().size(), 1u);
    EXPECT_EQ(manager->status()[0].records_behind, 1u);
    ASSERT_TRUE(update(spec(), sink));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"before", "meanwhile"}));
}

// If it fails, whoever waits for everything waits for ever when a trigger is switched off or goes.
TEST_F(TriggerChangesTest, NobodyWaitsForWhatIsGone) {
    const Stream music = stream(1);
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    ASSERT_TRUE(manager->add(spec("off"), sink));
    ASSERT_TRUE(manager->add(spec("gone"), sink));
    put(music, 1, "x");
    Promised<bool> answer;
    manager->wait_drained(kLong, answer.keeper());
    ASSERT_TRUE(sink->wait_for_records(2));
    auto off = spec("off");
    off.enabled = false;
    ASSERT_TRUE(update(off, sink));
    EXPECT_FALSE(answer.kept());
    ASSERT_TRUE(remove("gone"));
    EXPECT_EQ(answer.wait(), true);
}

// If it fails, a waiter is forgotten when its trigger gets a new function.
TEST_F(TriggerChangesTest, WaitersWaitForTheChangedTrigger) {
    const Stream music = stream(1);
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "x");
    Promised<bool> answer;
    manager->wait_drained(kLong, answer.keeper());
    ASSERT_TRUE(sink->wait_for_records(2));
    next->hold(true);
    ASSERT_TRUE(update(spec(), next));
    ASSERT_TRUE(next->wait_for_inside(1));
    EXPECT_FALSE(answer.kept());
    next->hold(false);
    EXPECT_EQ(answer.wait(), true);
}

// If it fails, a removed mapping delivers on, forgets what was in flight, or leaves its place
// behind.
TEST_F(TriggerChangesTest, RemovesAfterTheBatchInFlight) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    put(music, 1, "1");
    put(music, 1, "2");
    ASSERT_TRUE(sink->wait_for_inside(1));
    const auto id = manager->status()[0].spec.id;
    Promised<bool> gone;
    ASSERT_TRUE(manager->remove("sums", keep(gone)));
    EXPECT_EQ(manager->remove("sums", [] {}).error().code, base::Code::NotFound);
    EXPECT_EQ(manager->update(spec(), sink, [] {}).error().code, base::Code::NotFound);
    EXPECT_EQ(manager->add(spec(), next).error().code, base::Code::InUse);
    EXPECT_FALSE(gone.kept());
    sink->hold(false);
    EXPECT_EQ(gone.wait(), true);
    EXPECT_EQ(values(*sink), Strings{"1"});
    EXPECT_TRUE(manager->status().empty());
    EXPECT_TRUE(must(checkpoints->load(id)).empty());
    ASSERT_TRUE(manager->add(spec(), next));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*next), (Strings{"1", "2"})) << "a new trigger begins anew";
    EXPECT_NE(manager->status()[0].spec.id, id);
}

// If it fails, removing one trigger takes as long as another one's slowest call.
TEST_F(TriggerChangesTest, DoesNotWaitForAPlaceItNoLongerNeeds) {
    const Stream music = stream(1);
    const auto narrow = std::make_shared<ScriptedSink>(1);
    narrow->hold(true);
    ASSERT_TRUE(manager->add(spec("inside"), narrow));
    put(music, 1, "x");
    ASSERT_TRUE(narrow->wait_for_inside(1));
    ASSERT_TRUE(manager->add(spec("waits"), narrow));
    EXPECT_FALSE(drained(Milliseconds{20}));
    EXPECT_TRUE(remove("waits"));
    narrow->hold(false);
    ASSERT_TRUE(drained());
    EXPECT_EQ(narrow->records().size(), 1u);
}

// If it fails, a backing-off trigger cannot be changed before its wait is over.
TEST_F(TriggerChangesTest, EndsATriggerThatBacksOff) {
    const Stream music = stream(1);
    sink->answer([](const sinks::Batch&) { return failed("never"); });
    auto slow = spec();
    slow.retry = {.first = kLong, .longest = kLong};
    ASSERT_TRUE(manager->add(slow, sink));
    put(music, 1, "x");
    ASSERT_TRUE(sink->wait_for_records(1));
    ASSERT_TRUE(update(spec(), next));
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*next), Strings{"x"});
}

// If it fails, several changes in a row lose one, or end in another state than the last.
TEST_F(TriggerChangesTest, CarriesChangesOutInTheirOrder) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(one_by_one(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(sink->wait_for_inside(1));
    std::mutex mutex;
    std::vector<int> order;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(manager->update(spec(), next, [&, i] {
            const std::lock_guard lock(mutex);
            order.push_back(i);
        }));
    }
    Promised<bool> gone;
    ASSERT_TRUE(manager->remove("sums", keep(gone)));
    sink->hold(false);
    EXPECT_EQ(gone.wait(), true);
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

// If it fails, a client that asks without end fills the memory.
TEST_F(TriggerChangesTest, RefusesWhatIsTooMuchOrMakesNoSense) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "1");
    ASSERT_TRUE(sink->wait_for_inside(1));
    EXPECT_EQ(manager->update(spec("nobody"), sink, [] {}).error().code, base::Code::NotFound);
    EXPECT_EQ(manager->update(spec("sums", "other"), sink, [] {}).error().code,
              base::Code::Invalid);
    auto bound = spec();
    bound.stream_arn = arn(music);
    EXPECT_EQ(manager->update(bound, sink, [] {}).error().code, base::Code::Invalid);
    base::Status asked;
    int taken = 0;
    while ((asked = manager->update(spec(), sink, [] {}))) {
        ASSERT_LE(++taken, 101);
    }
    EXPECT_EQ(asked.error().code, base::Code::Unavailable);
    sink->hold(false);
}

// If it fails, a node that stops leaves a request without an answer, or a removed trigger comes
// back with its old place.
TEST_F(TriggerChangesTest, AnswersChangesWhenItStops) {
    const Stream music = stream(1);
    sink->hold(true);
    ASSERT_TRUE(manager->add(spec("updated"), sink));
    ASSERT_TRUE(manager->add(spec("removed"), sink));
    put(music, 1, "x");
    ASSERT_TRUE(sink->wait_for_inside(2));
    const auto all = manager->status();
    const auto id = all[all[0].spec.name == "removed" ? 0 : 1].spec.id;
    Promised<bool> updated;
    Promised<bool> removed;
    ASSERT_TRUE(manager->update(spec("updated"), next, keep(updated)));
    ASSERT_TRUE(manager->remove("removed", keep(removed)));
    manager->stop(Milliseconds{1});
    EXPECT_TRUE(updated.kept());
    EXPECT_TRUE(removed.kept());
    EXPECT_EQ(manager->remove("updated", [] {}).error().code, base::Code::Unavailable);
    sink->hold(false);
    manager.reset();
    EXPECT_TRUE(must(checkpoints->load(id)).empty());
    start_manager();
    ASSERT_TRUE(manager->add(spec("updated"), next));
    ASSERT_TRUE(drained());
    EXPECT_TRUE(next->records().empty()) << "what was in flight at the stop is checkpointed";
}

// If it fails, a mapping on one stream delivers another stream's records, or none of its own.
TEST_F(TriggerChangesTest, StaysWithTheStreamItIsBoundTo) {
    const Stream before = stream(2);
    auto bound = spec();
    bound.stream_arn = arn(before);
    bound.id = triggers::TriggerId{"11111111-2222-4333-8444-555555555555"};
    ASSERT_TRUE(manager->add(bound, sink));
    EXPECT_EQ(manager->status()[0].spec.id, bound.id);
    put(before, 1, "1");
    ASSERT_TRUE(drained());
    put(before, 1, "2");
    ASSERT_TRUE(log->disable_stream(before.id));
    const Stream after = stream(2);
    put(after, 1, "another stream");
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*sink), (Strings{"1", "2"}));
    EXPECT_EQ(manager->status().size(), 1u);
    auto late = spec("late");
    late.stream_arn = arn(before);
    ASSERT_TRUE(manager->add(late, next)) << "a disabled stream can still be read";
    ASSERT_TRUE(drained());
    EXPECT_EQ(values(*next), (Strings{"1", "2"}));
    ASSERT_TRUE(remove("sums"));
    EXPECT_TRUE(must(checkpoints->load(bound.id)).empty());
    ASSERT_TRUE(manager->add(bound, sink)) << "the id is free again";
}

// If it fails, a mapping on a wrong stream stands and does nothing, or takes another one's place.
TEST_F(TriggerChangesTest, RefusesStreamsAndIdsThatAreNotIts) {
    const Stream music = stream(1);
    auto bound = spec();
    bound.stream_arn = arn(music) + "0";
    EXPECT_EQ(manager->add(bound, sink).error().code, base::Code::NotFound);
    bound.stream_arn = "";
    bound.id = triggers::TriggerId{"11111111-2222-4333-8444-555555555555"};
    EXPECT_EQ(manager->add(bound, sink).error().code, base::Code::Invalid);
    bound.stream_arn = arn(music);
    ASSERT_TRUE(manager->add(bound, sink));
    bound.name = "other";
    EXPECT_EQ(manager->add(bound, sink).error().code, base::Code::InUse);
}

// If it fails, people see a mapping that works as one that failed, or the other way round.
TEST_F(TriggerChangesTest, TellsTheLastResult) {
    const Stream music = stream(1);
    std::atomic<int> calls{0};
    const auto last_result = [this] { return manager->status()[0].last_result; };
    sink->answer([&](const sinks::Batch& batch) {
        switch (++calls) {
            case 1:
                EXPECT_EQ(last_result(), LastResult::None);
                return failed("not now");
            case 2:
                EXPECT_EQ(last_result(), LastResult::Failed);
                return outcome(sinks::Outcome::Kind::NotInvoked);
            case 3:
                EXPECT_EQ(last_result(), LastResult::Failed) << "a refusal is no call";
                return sinks::Outcome{};
            default:
                return outcome(sinks::Outcome::Kind::PartlyFailed,
                               std::string(batch.messages[0].id));
        }
    });
    ASSERT_TRUE(manager->add(spec(), sink));
    put(music, 1, "x");
    ASSERT_TRUE(drained());
    EXPECT_EQ(manager->status()[0].last_result, LastResult::Ok);
    put(music, 1, "y");
    ASSERT_TRUE(sink->wait_for_records(6));
    EXPECT_EQ(manager->status()[0].last_result, LastResult::Ok) << "a valid report is no failure";
    ASSERT_TRUE(update(spec(), next));
    ASSERT_TRUE(drained());
    EXPECT_EQ(manager->status()[0].last_result, LastResult::Ok);
}

// If it fails, a retry that somebody asks for waits for the next write, or a removed trigger's keys
// stay parked.
TEST_F(TriggerChangesTest, RetriesParkedKeysAtOnce) {
    const auto lot = must(triggers::ParkingLot::open(folder.path() / "parked.db", {}));
    start_manager({.parking = lot.get()});
    const Stream music = stream(2);
    auto parking = spec();
    parking.on_poison = triggers::OnPoison::Park;
    parking.maximum_retry_attempts = 0;
    sink->answer([](const sinks::Batch&) { return failed("it says no"); });
    ASSERT_TRUE(manager->add(parking, sink));
    put(music, 1, "one");
    ASSERT_TRUE(drained());
    put(music, 1, "two");
    put(music, ~std::uint64_t{0}, "three");
    ASSERT_TRUE(drained());
    const auto keys = must(lot->list("", 0));
    ASSERT_EQ(keys.size(), 2u);
    EXPECT_EQ(keys[0].records, 2u);
    ASSERT_TRUE(update(parking, next));
    ASSERT_TRUE(must(lot->wish(keys[0].number, triggers::Wish::Retry)));
    EXPECT_TRUE(manager->look_again(keys[0].trigger_id));
    ASSERT_TRUE(next->wait_for_records(2));
    EXPECT_EQ(values(*next), (Strings{"one", "two"}));
    EXPECT_FALSE(manager->look_again(triggers::TriggerId{"nobody"}));
    ASSERT_TRUE(remove("sums"));
    EXPECT_TRUE(must(lot->list("", 0)).empty());
}

// What is true of deliveries however often their trigger changes meanwhile.
class Ledger {
  public:
    explicit Ledger(std::uint64_t keys) : newest_(keys, -1) {}

    sinks::Outcome deliver(const sinks::Batch& batch) {
        std::vector<std::pair<std::uint64_t, int>> records;
        std::set<std::uint64_t> keys;
        for (const sinks::Message& message : batch.messages) {
            const auto record = nlohmann::json::parse(message.record)["dynamodb"];
            const auto key = std::stoull(record["Keys"]["id"]["S"].get<std::string>()) >> 61;
            records.emplace_back(key, std::stoi(record["NewImage"]["v"]["S"].get<std::string>()));
            keys.insert(key);
        }
        enter(keys);
        std::this_thread::yield();
        const std::lock_guard lock(mutex_);
        for (const std::uint64_t key : keys) {
            inside_.erase(key);
        }
        const bool fails = ++calls_ % 5 == 0;
        auto newest = newest_;
        for (const auto& [key, value] : records) {
            EXPECT_LE(value, newest[key] + 1) << "a change of key " << key << " was passed over";
            newest[key] = std::max(newest[key], value);
        }
        if (!fails) {
            newest_ = newest;
        }
        return fails ? failed("every fifth") : sinks::Outcome{};
    }
    [[nodiscard]] std::vector<int> newest() const {
        const std::lock_guard lock(mutex_);
        return newest_;
    }

  private:
    void enter(const std::set<std::uint64_t>& keys) {
        const std::lock_guard lock(mutex_);
        for (const std::uint64_t key : keys) {
            EXPECT_TRUE(inside_.insert(key).second) << "two deliveries of one key at once";
        }
    }

    mutable std::mutex mutex_;
    std::set<std::uint64_t> inside_;
    std::vector<int> newest_;
    int calls_ = 0;
};

// If it fails, changing a trigger under load loses, overtakes or doubles its changes, or a stop in
// the middle leaves somebody waiting.
TEST_F(TriggerChangesTest, LosesNothingWhateverChangesUnderLoad) {
    constexpr std::uint64_t kKeys = 8;
    constexpr int kRounds = 60;
    const Stream music = stream(2);
    Ledger ledger(kKeys);
    for (const auto& each : {sink, next}) {
        each->answer([&](const sinks::Batch& batch) { return ledger.deliver(batch); });
    }
    ASSERT_TRUE(manager->add(spec(), sink));
    std::atomic<int> stood{0};
    int asked = 0;
    for (int round = 0; round < kRounds; ++round) {
        for (std::uint64_t key = 0; key < kKeys; ++key) {
            put(music, key << 61, std::to_string(round));
        }
        auto changed = spec();
        changed.batch_size = 1 + static_cast<std::uint32_t>(random->next_u64() % 7);
        changed.parallelization_factor = 1 + static_cast<std::uint32_t>(random->next_u64() % 3);
        changed.enabled = random->next_u64() % 4 != 0;
        asked += manager->update(changed, round % 2 == 0 ? next : sink, [&] { ++stood; }) ? 1 : 0;
        if (round % 10 == 3) {
            for (const shardlog::Shard& shard : log->shards(music.id)) {
                if (!shard.ending) {
                    must(log->roll_shard(shard.id.number()));
                }
            }
        }
        if (round % 20 == 9) {
            start_manager();
            ASSERT_TRUE(manager->add(spec(), sink));
        }
    }
    ASSERT_TRUE(update(spec(), sink));
    ASSERT_TRUE(drained());
    EXPECT_EQ(stood.load(), asked);
    EXPECT_EQ(ledger.newest(), std::vector<int>(kKeys, kRounds - 1));
}

}  // namespace
}  // namespace millbeck::runtime
