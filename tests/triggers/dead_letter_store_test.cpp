#include "triggers/dead_letter_store.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/sqlite.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::triggers {
namespace {

using base::Code;
using base::Milliseconds;
using base::WallTime;

FailedBatch failed_batch(const std::string& trigger, const std::string& record) {
    auto batch = std::make_shared<sinks::Batch>();
    auto text = std::make_shared<const std::string>(record);
    batch->request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    batch->shard_id = "shardId-00000001573689197000-00000001";
    batch->messages = {{.id = "100000000000000000001", .key = "", .record = *text},
                       {.id = "100000000000000000007", .key = "", .record = *text}};
    batch->memory = text;
    return {.trigger = {},
            .trigger_name = trigger,
            .function = "on-order",
            .stream_arn = "arn:stream",
            .condition = FailureCondition::RecordAgeExceeded,
            .invoke_count = 3,
            .error = "handler says no",
            .failed_at = WallTime{Milliseconds{1'573'690'429'717}},
            .batch = std::move(batch)};
}

class DeadLetterStoreTest : public testing::Test {
  protected:
    DeadLetterStoreTest() { open(); }

    void open() {
        store.reset();
        auto opened = DeadLetterStore::open(file(), options, output_of);
        ASSERT_TRUE(opened) << opened.error().message;
        store = std::move(*opened);
    }
    [[nodiscard]] base::Path file() const { return folder.path() / "dead-letters.db"; }
    std::string numbers(const DeadLetterQuery& query) {
        std::string out;
        const auto found = store->list(query);
        EXPECT_TRUE(found) << found.error().message;
        for (const DeadLetter& letter : found.value_or(std::vector<DeadLetter>{})) {
            out += std::to_string(letter.number) + ":" + letter.trigger + " ";
        }
        return out;
    }

    tests::TempFolder folder;
    DeadLetterOptions options;
    OutputOf output_of;
    std::unique_ptr<DeadLetterStore> store;
};

// If it fails, what was given up cannot be looked at or sent again.
TEST_F(DeadLetterStoreTest, KeepsTheWholeBatchThroughARestart) {
    ASSERT_TRUE(store->take(failed_batch("notify", R"({"n":1})")));
    open();
    const auto found = store->find(1);
    ASSERT_TRUE(found && *found);
    const DeadLetter& letter = **found;
    EXPECT_EQ(letter.number, 1);
    EXPECT_EQ(letter.trigger, "notify");
    EXPECT_EQ(letter.function, "on-order");
    EXPECT_EQ(letter.stream_arn, "arn:stream");
    EXPECT_EQ(letter.shard_id, "shardId-00000001573689197000-00000001");
    EXPECT_EQ(letter.request_id, "6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
    EXPECT_EQ(letter.first_sequence, "100000000000000000001");
    EXPECT_EQ(letter.last_sequence, "100000000000000000007");
    EXPECT_EQ(letter.records, 2u);
    EXPECT_EQ(letter.invoke_count, 3u);
    EXPECT_EQ(letter.condition, "RecordAgeExceeded");
    EXPECT_EQ(letter.error, "handler says no");
    EXPECT_EQ(letter.failed_at, WallTime{Milliseconds{1'573'690'429'717}});
    EXPECT_EQ(letter.event, R"({"Records":[{"n":1},{"n":1}]})");
    EXPECT_EQ(letter.event_bytes, letter.event.size());
}

// If it fails, a call of type Event that was given up is lost.
TEST_F(DeadLetterStoreTest, KeepsCallsBesideBatches) {
    ASSERT_TRUE(store->take(failed_batch("notify", "{}")));
    FinishedCall call{.function = "on-order",
                      .qualifier = "live",
                      .request_id = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
                      .condition = "EventAgeExceeded",
                      .invoke_count = 2,
                      .payload = R"({"n":1})",
                      .error = "it says no",
                      .ended_at = WallTime{Milliseconds{1'573'690'429'717}}};
    ASSERT_TRUE(store->take(call));
    open();
    const DeadLetter letter = **store->find(2);
    EXPECT_EQ(letter.trigger, "");
    EXPECT_EQ(letter.function, "on-order:live");
    EXPECT_EQ(letter.request_id, call.request_id);
    EXPECT_EQ(letter.condition, "EventAgeExceeded");
    EXPECT_EQ(letter.invoke_count, 2u);
    EXPECT_EQ(letter.records, 0u);
    EXPECT_EQ(letter.error, "it says no");
    EXPECT_EQ(letter.failed_at, call.ended_at);
    EXPECT_EQ(letter.event, call.payload);
    EXPECT_EQ(numbers({}), "1:notify 2: ");
    options.bytes_max = 40;
    open();
    call.payload = std::string(60, ' ');
    EXPECT_EQ(store->take(call).error().code, Code::LimitExceeded);
}

TEST_F(DeadLetterStoreTest, ListsInOrderByTriggerAndPageWithoutEvents) {
    for (const char* trigger : {"a", "b", "a", "a"}) {
        ASSERT_TRUE(store->take(failed_batch(trigger, "{}")));
    }
    EXPECT_EQ(numbers({}), "1:a 2:b 3:a 4:a ");
    EXPECT_EQ(numbers({.trigger = "a"}), "1:a 3:a 4:a ");
    EXPECT_EQ(numbers({.trigger = "a", .above = 1, .limit = 1}), "3:a ");
    EXPECT_EQ(numbers({.trigger = "c"}), "");
    EXPECT_EQ(store->list({}).value().front().event, "");
    EXPECT_EQ(store->list({}).value().front().event_bytes, 19u);
    for (const std::uint32_t limit : {0u, 1'001u}) {
        const auto refused = store->list({.limit = limit});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().message,
                  "a list has 1 to 1000 dead letters, not " + std::to_string(limit));
    }
}

TEST_F(DeadLetterStoreTest, NumbersAreNotUsedAgain) {
    ASSERT_TRUE(store->take(failed_batch("a", "{}")));
    EXPECT_TRUE(store->remove(1).value());
    EXPECT_FALSE(store->remove(1).value());
    EXPECT_FALSE(store->find(1).value());
    ASSERT_TRUE(store->take(failed_batch("b", "{}")));
    EXPECT_EQ(numbers({}), "2:b ");
}

// If it fails, dead letters fill the disk, or go for good to make room for others.
TEST_F(DeadLetterStoreTest, TakesNothingMoreWhenItIsFullAlsoAfterARestart) {
    options.bytes_max = 40;
    open();
    ASSERT_TRUE(store->take(failed_batch("a", "{}")));
    ASSERT_TRUE(store->take(failed_batch("a", "{}")));
    for (int i = 0; i < 2; ++i) {
        const auto refused = store->take(failed_batch("a", "{}"));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::LimitExceeded);
        EXPECT_EQ(refused.error().message,
                  "the dead letters are full (38 of 40 bytes); remove some or allow them more");
        open();
    }
    ASSERT_TRUE(store->remove(1).value());
    EXPECT_TRUE(store->take(failed_batch("a", "{}")));
    EXPECT_EQ(numbers({}), "2:a 3:a ");
}

// If it fails, why a function failed is only in a log that has moved on.
TEST_F(DeadLetterStoreTest, KeepsWhatTheFunctionWroteAroundTheFailure) {
    std::string said = std::string("Traceback\n\0\xff\n", 13);
    output_of = [&](std::string_view function) { return std::string(function) + ": " + said; };
    open();
    ASSERT_TRUE(store->take(failed_batch("notify", "{}")));
    said = "later\n";
    EXPECT_EQ(store->find(1).value()->output, std::string("on-order: Traceback\n\0\xff\n", 23));
    EXPECT_EQ(store->list({}).value().front().output, "");
    FinishedCall call{.function = "on-order",
                      .qualifier = "live",
                      .request_id = "1",
                      .condition = "RetriesExhausted",
                      .payload = "{}",
                      .ended_at = {}};
    ASSERT_TRUE(store->take(call));
    open();
    EXPECT_EQ(store->find(2).value()->output, "on-order:live: later\n");
}

// If it fails, a redrive that fails looks as if nobody had tried.
TEST_F(DeadLetterStoreTest, CountsAnotherFailure) {
    std::string said = "one\n";
    output_of = [&](std::string_view) { return said; };
    open();
    ASSERT_TRUE(store->take(failed_batch("notify", "{}")));
    said = "two\n";
    const WallTime later{Milliseconds{1'573'690'500'000}};
    EXPECT_TRUE(store->failed_again(1, "still no", later).value());
    EXPECT_FALSE(store->failed_again(2, "still no", later).value());
    open();
    const DeadLetter letter = **store->find(1);
    EXPECT_EQ(letter.invoke_count, 4u);
    EXPECT_EQ(letter.error, "still no");
    EXPECT_EQ(letter.failed_at, later);
    EXPECT_EQ(letter.output, "two\n");
    EXPECT_EQ(letter.condition, "RecordAgeExceeded");
}

TEST_F(DeadLetterStoreTest, CountsWhatFunctionsWroteAmongItsBytes) {
    output_of = [](std::string_view) { return std::string(30, 'x'); };
    options.bytes_max = 60;
    open();
    ASSERT_TRUE(store->take(failed_batch("a", "{}")));
    EXPECT_EQ(store->take(failed_batch("a", "{}")).error().code, Code::LimitExceeded);
    EXPECT_TRUE(store->remove(1).value());
    EXPECT_TRUE(store->take(failed_batch("a", "{}")));
}

// If it fails, an upgrade loses what was given up before it.
TEST_F(DeadLetterStoreTest, OpensWhatTheVersionBeforeWrote) {
    store.reset();
    std::filesystem::remove(file());
    {
        auto old = base::Database::open(file(), base::Durability::Full);
        ASSERT_TRUE(old);
        ASSERT_TRUE(old->execute(R"sql(
            CREATE TABLE dead_letters (number INTEGER PRIMARY KEY AUTOINCREMENT,
                trigger TEXT NOT NULL, function TEXT NOT NULL, stream_arn TEXT NOT NULL,
                shard TEXT NOT NULL, request_id TEXT NOT NULL, first_sequence TEXT NOT NULL,
                last_sequence TEXT NOT NULL, records INTEGER NOT NULL,
                invoke_count INTEGER NOT NULL, condition TEXT NOT NULL, error TEXT NOT NULL,
                failed_ms INTEGER NOT NULL, event BLOB NOT NULL) STRICT;
            INSERT INTO dead_letters VALUES (7, 'notify', 'on-order', 'arn', 's', 'r', '1', '2', 2,
                3, 'RecordAgeExceeded', 'no', 5, x'7b7d');
            PRAGMA user_version = 1;)sql"));
    }
    open();
    const DeadLetter letter = **store->find(7);
    EXPECT_EQ(letter.event, "{}");
    EXPECT_EQ(letter.output, "");
    ASSERT_TRUE(store->take(failed_batch("b", "{}")));
    EXPECT_EQ(numbers({}), "7:notify 8:b ");
}

}  // namespace
}  // namespace millbeck::triggers
