// Keys that are set aside: `on_poison: park`.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/sqlite.hpp"
#include "tests/triggers/worker_harness.hpp"
#include "triggers/parking_lot.hpp"

namespace millbeck::triggers {
namespace {

using base::Milliseconds;
using shardlog::SequenceNumber;

const TriggerId kTrigger{"11111111-1111-4111-8111-111111111111"};

ParkedKey parked_key(const std::string& key, std::uint64_t hash = 5) {
    ParkedKey parked;
    parked.trigger_id = kTrigger;
    parked.trigger = "notify";
    parked.key = key;
    parked.hash = hash;
    parked.error = "it says no";
    return parked;
}

ParkedRecord record(const std::string& key, std::uint64_t position, std::string text = "{}") {
    return {.key = key,
            .sequence = SequenceNumber{position},
            .time = base::WallTime{Milliseconds{7}},
            .record = std::move(text)};
}

bool any(std::uint64_t /*hash*/) {
    return true;
}

class ParkingLotTest : public testing::Test {
  protected:
    void SetUp() override { reopen({}); }
    void reopen(ParkingOptions options) {
        lot.reset();
        auto opened = ParkingLot::open(folder.path() / "parked.db", options);
        ASSERT_TRUE(opened) << opened.error().message;
        lot = std::move(*opened);
    }
    std::vector<ParkedKey> all() { return *lot->list("", 0); }

    tests::TempFolder folder;
    std::unique_ptr<ParkingLot> lot;
};

// If it fails, a restart delivers what waits behind a poisoned record before it.
TEST_F(ParkingLotTest, RemembersAcrossReopen) {
    const std::vector records{record("a", 3), record("a", 2)};
    ASSERT_TRUE(lot->park(parked_key("a"), records));
    ASSERT_TRUE(lot->park(parked_key("b", UINT64_MAX), {}));
    ASSERT_TRUE(lot->append(kTrigger, std::vector{record("b", 9), record("a", 10)}));
    ASSERT_TRUE(lot->append(kTrigger, std::vector{record("a", 10, "again")}));
    reopen({});
    const auto keys = lot->keys_of(kTrigger);
    EXPECT_TRUE(keys->holds("a"));
    EXPECT_TRUE(keys->holds("b"));
    EXPECT_FALSE(keys->holds("c"));
    EXPECT_FALSE(lot->keys_of(TriggerId{"other"})->holds("a"));
    ASSERT_EQ(all().size(), 2u);
    EXPECT_EQ(all()[0].records, 3u);
    EXPECT_EQ(all()[0].bytes, 6u);
    EXPECT_EQ(all()[0].error, "it says no");
    EXPECT_EQ(all()[1].hash, UINT64_MAX);
    EXPECT_EQ(lot->list("notify", all()[0].number)->size(), 1u);
    EXPECT_TRUE(lot->list("nobody", 0)->empty());
    const auto waiting = *lot->records(all()[0].number, 2);
    ASSERT_EQ(waiting.size(), 2u);
    EXPECT_EQ(waiting[0].sequence, SequenceNumber{2});
    EXPECT_EQ(waiting[1].sequence, SequenceNumber{3});
    EXPECT_EQ(waiting[1].time, base::WallTime{Milliseconds{7}});
}

// If it fails, the disk fills up with what waits, or what does not fit is lost.
TEST_F(ParkingLotTest, TakesNothingAboveItsLimit) {
    reopen({.bytes_max = 5});
    ASSERT_TRUE(lot->park(parked_key("a"), std::vector{record("a", 1, "1234")}));
    const auto refused = lot->append(kTrigger, std::vector{record("a", 2, "12")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::LimitExceeded);
    EXPECT_EQ(refused.error().message,
              "the parked records are full (4 of 5 bytes); retry or drop some, or allow them more");
    EXPECT_TRUE(lot->append(kTrigger, std::vector{record("a", 1, "1234")})) << "it waits already";
    EXPECT_EQ(all()[0].records, 1u);
    ASSERT_TRUE(lot->settled(all()[0], SequenceNumber{1}));
    EXPECT_TRUE(all().empty());
    EXPECT_FALSE(lot->keys_of(kTrigger)->holds("a"));
    EXPECT_TRUE(lot->park(parked_key("a"), std::vector{record("a", 2, "12345")}));
}

// If it fails, a wish is done by a worker of another shard, twice, or never.
TEST_F(ParkingLotTest, GivesWishesToWhoeverTheyBelongTo) {
    ASSERT_TRUE(lot->park(parked_key("a", 5), std::vector{record("a", 1), record("a", 2)}));
    ASSERT_TRUE(lot->park(parked_key("b", 9), std::vector{record("b", 3)}));
    const auto keys = lot->keys_of(kTrigger);
    EXPECT_FALSE(keys->has_wishes());
    EXPECT_FALSE(*lot->wish(999, Wish::Retry));
    EXPECT_TRUE(*lot->wish(all()[1].number, Wish::Drop));
    EXPECT_TRUE(*lot->wish(all()[0].number, Wish::Retry));
    EXPECT_TRUE(keys->has_wishes());
    const auto nine = *lot->next_wish(
        kTrigger, [](std::uint64_t hash) { return hash == 9; }, 10, 100);
    ASSERT_TRUE(nine);
    EXPECT_EQ(nine->key.wish, Wish::Drop);
    EXPECT_TRUE(nine->records.empty());
    const auto one = *lot->next_wish(kTrigger, any, 1, 100);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->key.key, "a");
    EXPECT_EQ(one->records.size(), 1u);
    EXPECT_EQ((*lot->next_wish(kTrigger, any, 10, 1))->records.size(), 1u) << "by bytes";
    ASSERT_TRUE(lot->failed(one->key, "still not"));
    EXPECT_EQ(all()[0].error, "still not");
    EXPECT_EQ(all()[0].wish, Wish::None);
    ASSERT_TRUE(lot->settled(nine->key, SequenceNumber::max()));
    EXPECT_FALSE(*lot->next_wish(kTrigger, any, 10, 100));
    EXPECT_FALSE(keys->has_wishes());
    EXPECT_FALSE(keys->holds("b"));
    ASSERT_TRUE(lot->forget(kTrigger));
    EXPECT_TRUE(all().empty());
    EXPECT_FALSE(keys->holds("a"));
}

class ParkingWorkerTest : public WorkerTest {
  protected:
    ParkingWorkerTest() {
        spec.on_poison = OnPoison::Park;
        spec.maximum_retry_attempts = 0;
        reopen({});
    }
    void reopen(ParkingOptions options) {
        worker.reset();
        parking_lot.reset();
        auto opened = ParkingLot::open(folder.path() / "parked.db", options);
        ASSERT_TRUE(opened) << opened.error().message;
        parking_lot = std::move(*opened);
        parking = parking_lot.get();
    }
    void put_all(const std::string& all) {
        for (const char key : all) {
            put(std::string(1, key));
        }
    }
    void pause() { clock.advance(Milliseconds{500}); }
    void fail() {
        answer(Kind::Failed);
        pause();
    }
    void expect(const std::string& expected) { EXPECT_EQ(keys(*expect_batch()), expected); }
    void take(const std::string& expected) {
        expect(expected);
        answer(Kind::Delivered);
    }
    // How many records of each parked key wait, by number.
    std::vector<std::uint64_t> waiting() {
        std::vector<std::uint64_t> counts;
        const auto all = *parking_lot->list("", 0);
        for (const ParkedKey& key : all) {
            counts.push_back(key.records);
        }
        return counts;
    }
    void wish(Wish wish) {
        const auto all = *parking_lot->list("", 0);
        ASSERT_FALSE(all.empty());
        EXPECT_TRUE(*parking_lot->wish(all.front().number, wish));
    }
    using Counts = std::vector<std::uint64_t>;

    std::unique_ptr<ParkingLot> parking_lot;
};

// If it fails, one bad record stops all others, or a later change of its key overtakes it.
TEST_F(ParkingWorkerTest, SetsTheKeyAsideThatCannotBeDelivered) {
    put_all("axbx");
    start();
    expect("a x b x");
    fail();
    expect("a x");
    fail();
    take("a");
    expect("x");
    fail();
    EXPECT_EQ(waiting(), Counts{2}) << "also the x that was in the other half";
    take("b");
    put_all("xcx");
    take("c");
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(waiting(), Counts{4});
    EXPECT_TRUE(on_failure.taken.empty());
    EXPECT_TRUE(checkpoints->gaps(spec.id)->empty());
    EXPECT_EQ(stored_checkpoint()->next, log.latest());
}

// If it fails, a reply that names the bad record is not believed, and good ones are tried in vain.
TEST_F(ParkingWorkerTest, BelievesAReplyThatNamesTheRecord) {
    spec.report_batch_item_failures = true;
    const auto x = put("x");
    put_all("axb");
    start();
    expect("x a x b");
    reply(R"({"batchItemFailures":[{"itemIdentifier":")" + x.to_string() + R"("}]})");
    pause();
    EXPECT_EQ(waiting(), Counts{2});
    take("a b");
}

// If it fails, records of a parked key are delivered after a restart, or lost with it.
TEST_F(ParkingWorkerTest, StaysParkedOverARestart) {
    put_all("x");
    start();
    expect("x");
    fail();
    put_all("xa");
    reopen({});
    start();
    take("a");
    EXPECT_EQ(waiting(), Counts{2});
    ASSERT_TRUE(checkpoints->advance(spec.id, *stored_checkpoint()));
}

// If it fails, a shard without any other keys holds its records in memory for ever.
TEST_F(ParkingWorkerTest, StoresWhatWaitsAlsoWhenNothingElseComes) {
    put_all("x");
    start();
    expect("x");
    fail();
    put_all("xx");
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(waiting(), Counts{3});
    EXPECT_EQ(stored_checkpoint()->next, log.latest());
    ASSERT_TRUE(log.roll_shard(shard.id.number()));
    expect_finished();
}

// If it fails, what does not fit is passed over.
TEST_F(ParkingWorkerTest, AFullLotHoldsTheShard) {
    reopen({.bytes_max = 1});
    put_all("xa");
    start();
    expect("x a");
    fail();
    expect("x");
    fail();
    EXPECT_TRUE(expect_wait());
    EXPECT_TRUE(waiting().empty());
    EXPECT_NE(worker->status().last_error.find("parked records are full"), std::string::npos);
    EXPECT_FALSE(stored_checkpoint());
    reopen({});
    start();
    expect("x a");
}

// If it fails, what is retried comes in the wrong order, or beside new changes of the same key.
TEST_F(ParkingWorkerTest, RetriesInOrderAndGoesOn) {
    spec.batch_size = 2;
    put_all("x");
    start();
    expect("x");
    fail();
    put_all("xx");
    EXPECT_EQ(expect_wait(), std::nullopt);
    wish(Wish::Retry);
    put_all("x");
    take("x x");
    EXPECT_EQ(waiting(), Counts{1}) << "what came since is the next to go";
    put_all("a");
    take("x");
    EXPECT_TRUE(waiting().empty());
    take("x a");
    EXPECT_EQ(expect_wait(), std::nullopt);
}

// If it fails, a retry that fails loses records, or is repeated without end.
TEST_F(ParkingWorkerTest, AFailedRetryStaysParked) {
    put_all("x");
    start();
    expect("x");
    fail();
    wish(Wish::Retry);
    expect("x");
    answer(Kind::NotInvoked);
    pause();
    expect("x");
    answer(Kind::Failed);
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(waiting(), Counts{1});
    EXPECT_EQ(parking_lot->list("", 0)->front().wish, Wish::None);
    put_all("x");
    EXPECT_EQ(expect_wait(), std::nullopt);
    EXPECT_EQ(waiting(), Counts{2});
    wish(Wish::Drop);
    put_all("xx");
    take("x x");
    EXPECT_TRUE(waiting().empty());
}

// If it fails, two triggers or lanes deliver the same parked records.
TEST_F(ParkingWorkerTest, LeavesWishesOfOtherShardsAlone) {
    start();
    auto other = parked_key("elsewhere");
    other.trigger_id = TriggerId{"another"};
    ASSERT_TRUE(parking_lot->park(other, {}));
    wish(Wish::Retry);
    EXPECT_EQ(expect_wait(), std::nullopt);
    ASSERT_EQ(parking_lot->list("", 0)->size(), 1u);
}

// If it fails, somebody who tests against AWS's timing sees ours.
TEST_F(WorkerTest, LooksFourTimesASecondIfAsked) {
    spec.polling = Polling::Aws;
    start();
    EXPECT_EQ(expect_wait(), Milliseconds{250});
    put("a");
    const NextMove early = worker->step();
    ASSERT_TRUE(std::holds_alternative<Wait>(early));
    EXPECT_EQ(std::get<Wait>(early).bell, Bell::Ignored);
    clock.advance(Milliseconds{250});
    EXPECT_EQ(keys(*expect_batch()), "a");
    put("b");
    answer(Kind::Delivered);
    EXPECT_EQ(expect_wait(), Milliseconds{250});
    clock.advance(Milliseconds{250});
    EXPECT_EQ(keys(*expect_batch()), "b");
}

}  // namespace
}  // namespace millbeck::triggers
