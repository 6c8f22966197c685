// Nothing older ever replaces anything newer: late writers, repeated batches, removed items.
#include <thread>

#include "tests/sinks/redis/redis_harness.hpp"

namespace millbeck::sinks {
namespace {

class RedisVersions : public testing::TestWithParam<RedisLayout> {
  protected:
    void SetUp() override {
        sink = open();
        ASSERT_TRUE(sink->position_keeper()->begin("g", redis.soon()));
    }

    std::unique_ptr<Sink> open() {
        RedisOptions options = redis.options();
        options.layout = GetParam();
        return redis.open(options);
    }

    static MadeMessage change(const std::string& sequence, const std::string& id,
                              const std::string& value, Event event = Event::Modify) {
        return {.id = sequence,
                .key = key_of(id),
                .new_image = event == Event::Remove
                                 ? ""
                                 : R"({"id":{"S":")" + id + R"("},"v":{"S":")" + value + R"("}})",
                .event = event};
    }

    Outcome deliver(std::vector<MadeMessage> messages, Content content = Content::Changes,
                    const std::string& shard = "shard") {
        const std::string position = messages.back().id;
        return sink->deliver(batch_of({.messages = std::move(messages),
                                       .content = content,
                                       .shard_id = shard,
                                       .generation = "g",
                                       .position = position}),
                             redis.soon());
    }

    void delivered(std::vector<MadeMessage> messages, Content content = Content::Changes,
                   const std::string& shard = "shard") {
        const Outcome outcome = deliver(std::move(messages), content, shard);
        ASSERT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
    }

    // The item's value as a reader sees it, "nil" where there is none.
    std::string value(const std::string& id) {
        if (GetParam() == RedisLayout::Hash) {
            return redis.text({"HGET", "orders:" + id, "v"});
        }
        const std::string json = redis.text({"GET", "orders:" + id});
        const auto at = json.find(R"("v":")");
        return at == std::string::npos ? json : json.substr(at + 5, json.size() - at - 7);
    }

    std::string position(const std::string& shard = "shard") {
        auto found = sink->position_keeper()->positions("g", redis.soon());
        EXPECT_TRUE(found && *found);
        return found && *found ? (**found)[shard] : "?";
    }

    RedisHarness redis;
    std::unique_ptr<Sink> sink;
};

TEST_P(RedisVersions, ComparesNumbersOfFortyDigits) {
    const std::string long_one(39, '9');
    delivered({change("99", "a", "99")});
    delivered({change("100", "a", "100")});
    delivered({change(long_one, "a", "long")});
    delivered({change("1" + std::string(39, '0'), "a", "longer")});
    EXPECT_EQ(value("a"), "longer");
    delivered({change(long_one, "a", "long again")});
    EXPECT_EQ(value("a"), "longer");
    // 2^53 and one more: equal as doubles.
    delivered({change("9007199254740993", "b", "new")}, Content::Changes, "other");
    delivered({change("9007199254740992", "b", "old")}, Content::Changes, "other");
    EXPECT_EQ(value("b"), "new");
}

TEST_P(RedisVersions, ARepeatedBatchChangesNothing) {
    delivered({change("10", "a", "first"), change("11", "b", "x"), change("12", "a", "second")});
    delivered({change("13", "b", "y", Event::Remove)});
    delivered({change("14", "c", "z")});
    delivered({change("10", "a", "first"), change("11", "b", "x"), change("12", "a", "second")});
    EXPECT_EQ(value("a"), "second");
    EXPECT_EQ(value("b"), "nil");
    EXPECT_EQ(position(), "14");
}

// What is late is not all old: the other keys of the batch are written.
TEST_P(RedisVersions, ALateBatchWritesWhatIsNewer) {
    delivered({change("20", "a", "new")});
    delivered({change("18", "b", "b"), change("19", "a", "old"), change("21", "c", "c")});
    EXPECT_EQ(value("a"), "new");
    EXPECT_EQ(value("b"), "b");
    EXPECT_EQ(value("c"), "c");
    EXPECT_EQ(position(), "21");
}

// If it fails, a removed item comes back for ever.
TEST_P(RedisVersions, ARemovedItemStaysRemoved) {
    delivered({change("20", "a", "v")});
    delivered({change("21", "a", "", Event::Remove)});
    EXPECT_EQ(value("a"), "nil");
    delivered({change("19", "a", "old")});
    EXPECT_EQ(value("a"), "nil");
    delivered({change("20", "a", "v")}, Content::Changes, "another");
    EXPECT_EQ(value("a"), "nil");
    delivered({change("22", "a", "back")});
    EXPECT_EQ(value("a"), "back");
    const long long left = redis.ask({"TTL", "millbeck:{cache}:item:orders:a"}).integer;
    if (GetParam() == RedisLayout::Hash) {
        EXPECT_GT(left, 47 * 3'600);
        EXPECT_LE(left, 48 * 3'600);
    } else {
        EXPECT_EQ(left, -1);
    }
}

// A repair sends rows between changes: neither goes behind the other.
TEST_P(RedisVersions, RowsAfterChangesAreComparedToo) {
    delivered({change("10", "a", "row", Event::Insert), change("10", "b", "row", Event::Insert)},
              Content::Rows, "rows");
    delivered({change("20", "a", "change")});
    delivered({change("15", "a", "repair", Event::Insert), change("30", "b", "repair")},
              Content::Rows, "rows");
    EXPECT_EQ(value("a"), "change");
    EXPECT_EQ(value("b"), "repair");
    // The change is older than the row that was read after it.
    delivered({change("25", "b", "change"), change("26", "a", "newer")});
    EXPECT_EQ(value("b"), "repair");
    EXPECT_EQ(value("a"), "newer");
    delivered({change("31", "b", "change")});
    EXPECT_EQ(value("b"), "change");
}

// A server that stood still takes what a cut-off connection had sent, after what came later.
TEST_P(RedisVersions, ACutOffWriterIsTooLate) {
    const auto old = open();
    for (int round = 0; round < 10; ++round) {
        const std::string first = std::to_string(100 + 10 * round);
        const std::string second = std::to_string(101 + 10 * round);
        // Both connections are there before the server stops.
        delivered({change(std::to_string(99 + 10 * round), "b", "b")});
        redis.server().signal(SIGSTOP);
        const auto cut = old->deliver(
            batch_of({.messages = {change(first, "a", first)}, .generation = "g", .position = "p"}),
            redis.clock().instant() + std::chrono::milliseconds{30});
        EXPECT_EQ(cut.kind, Outcome::Kind::Failed);
        redis.server().signal(SIGCONT);
        delivered({change(first, "a", first), change(second, "a", second)});
        delivered({change(std::to_string(102 + 10 * round), "c", "c")});
        EXPECT_EQ(value("a"), second);
        EXPECT_EQ(position(), std::to_string(102 + 10 * round));
    }
}

// Two sinks that both believe to be the one: whatever the order, each key ends at its newest.
TEST_P(RedisVersions, WritersOfTheSameKeysConverge) {
    constexpr int kBatches = 50;
    const auto second = open();
    const auto write_all = [&](Sink& writer) {
        for (int i = 0; i < kBatches; ++i) {
            std::vector<MadeMessage> messages;
            for (int key = 0; key < 5; ++key) {
                const int sequence = 1'000 + 10 * i + key;
                messages.push_back(change(std::to_string(sequence), std::to_string(key),
                                          std::to_string(sequence)));
            }
            const Outcome outcome = writer.deliver(batch_of({.messages = std::move(messages),
                                                             .generation = "g",
                                                             .position = std::to_string(i)}),
                                                   redis.soon());
            EXPECT_EQ(outcome.kind, Outcome::Kind::Delivered) << outcome.error.message;
        }
    };
    {
        const std::jthread one([&] { write_all(*sink); });
        const std::jthread other([&] { write_all(*second); });
    }
    for (int key = 0; key < 5; ++key) {
        EXPECT_EQ(value(std::to_string(key)), std::to_string(1'000 + 10 * (kBatches - 1) + key));
    }
}

// If it fails, an evicted mark lets old data in.
TEST_P(RedisVersions, AMarkThatIsGoneMakesTheSinkLook) {
    delivered({change("20", "a", "new")});
    redis.ask({"DEL", "millbeck:{cache}:newest:shard"});
    delivered({change("19", "a", "old")});
    EXPECT_EQ(value("a"), "new");
}

INSTANTIATE_TEST_SUITE_P(Layouts, RedisVersions,
                         testing::Values(RedisLayout::Hash, RedisLayout::Json),
                         [](const auto& row) {
                             return row.param == RedisLayout::Hash ? "Hash" : "Json";
                         });

}  // namespace
}  // namespace millbeck::sinks
