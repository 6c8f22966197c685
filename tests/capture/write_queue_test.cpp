#include "capture/write_queue.hpp"

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/items.hpp"

namespace millbeck::capture {
namespace {

using base::Milliseconds;

// A table `t` with the hash key `p`.
TableMap one_table() {
    auto entry = std::make_shared<TableEntry>();
    entry->description.id = shardlog::TableId{1};
    entry->description.spec.name = shardlog::TableName{"t"};
    entry->description.spec.keys.hash = {"p", shardlog::AttributeType::S};
    TableMap map;
    map.by_id[1] = entry.get();
    map.by_name["t"] = entry;
    return map;
}

WriteRequest request(std::string_view text, std::size_t commits = 1) {
    std::vector<Commit> list;
    for (std::size_t i = 0; i < commits; ++i) {
        list.push_back(
            {PutWrite{shardlog::TableName{"t"}, tests::item_of(tests::string_attribute("p", text)),
                      ReturnValues::None}});
    }
    auto prepared = prepare(one_table(), std::move(list));
    EXPECT_TRUE(prepared) << prepared.error().message;
    return std::move(*prepared);
}

std::vector<std::string> taken(WriteQueue& queue) {
    QueueBatch batch;
    queue.take(batch, Milliseconds{0});
    if (batch.command) {
        return {"command"};
    }
    std::vector<std::string> keys;
    for (const WriteRequest& one : batch.writes) {
        keys.emplace_back(one.writes[0].keys().text);
    }
    return keys;
}

constexpr const char* kA = R"({"p":{"S":"a"}})";
constexpr const char* kB = R"({"p":{"S":"b"}})";
constexpr const char* kC = R"({"p":{"S":"c"}})";

// A command in the middle of a group would change tables under writes that are not durable yet.
TEST(WriteQueue, CommandsRunAloneAndInTheirTurn) {
    WriteQueue queue({});
    WriteRequest a = request("a");
    WriteRequest b = request("b");
    WriteRequest c = request("c");
    Command command = [](const base::Status&) {};
    ASSERT_TRUE(queue.push(a));
    ASSERT_TRUE(queue.push(b));
    ASSERT_TRUE(queue.push(command));
    ASSERT_TRUE(queue.push(c));
    EXPECT_EQ(taken(queue), (std::vector<std::string>{kA, kB}));
    EXPECT_EQ(taken(queue), (std::vector<std::string>{"command"}));
    EXPECT_EQ(taken(queue), (std::vector<std::string>{kC}));
    EXPECT_TRUE(taken(queue).empty());
}

// Without a bound, one group of large items would hold everyone up, and memory with it.
TEST(WriteQueue, GroupsAreBoundedInBytesButNeverEmpty) {
    const std::size_t one = request("a").bytes;
    WriteQueue queue({.group_bytes_max = 2 * one});
    for (const char* text : {"a", "b", "c"}) {
        WriteRequest next = request(text);
        ASSERT_TRUE(queue.push(next));
    }
    WriteRequest huge = request(std::string(2000, 'h'));
    ASSERT_TRUE(queue.push(huge));
    EXPECT_EQ(taken(queue).size(), 2U);
    EXPECT_EQ(taken(queue).size(), 1U);
    EXPECT_EQ(taken(queue).size(), 1U);
}

// Full must be an answer, not an endless queue; and a place must be given back when it is free.
TEST(WriteQueue, IsFullAtItsLimitsAndSaysSo) {
    WriteQueue by_count({.commits_max = 3});
    WriteRequest two = request("a", 2);
    ASSERT_TRUE(by_count.push(two));
    WriteRequest two_more = request("b", 2);
    const base::Status full = by_count.push(two_more);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, base::Code::Unavailable);
    EXPECT_EQ(two_more.writes.size(), 2U) << "the refused request must stay whole";
    Command command = [](const base::Status&) {};
    ASSERT_TRUE(by_count.push(command));
    Command another = [](const base::Status&) {};
    EXPECT_FALSE(by_count.push(another));
    EXPECT_EQ(taken(by_count).size(), 1U);
    EXPECT_EQ(taken(by_count).size(), 1U);
    EXPECT_TRUE(by_count.push(two_more));

    const std::size_t bytes = request("a").bytes;
    WriteQueue by_bytes({.bytes_max = 2 * bytes});
    for (const char* text : {"a", "b"}) {
        WriteRequest next = request(text);
        ASSERT_TRUE(by_bytes.push(next));
    }
    WriteRequest third = request("c");
    EXPECT_FALSE(by_bytes.push(third));
    EXPECT_EQ(taken(by_bytes).size(), 2U);
    WriteRequest larger_than_all = request(std::string(2000, 'x'));
    EXPECT_TRUE(by_bytes.push(larger_than_all)) << "or it could never be written";
}

TEST(WriteQueue, AClosedQueueGivesWhatItHasAndTakesNothing) {
    WriteQueue queue({});
    WriteRequest a = request("a");
    ASSERT_TRUE(queue.push(a));
    queue.close({base::Code::Unavailable, "stopping"});
    queue.close({base::Code::Unavailable, "too late"});
    WriteRequest b = request("b");
    EXPECT_EQ(queue.push(b).error().message, "stopping");
    Command command = [](const base::Status&) {};
    EXPECT_EQ(queue.push(command).error().message, "stopping");
    EXPECT_EQ(taken(queue).size(), 1U);
    QueueBatch batch;
    queue.take(batch, Milliseconds{3'600'000});  // closed: must not wait
    EXPECT_TRUE(batch.empty());
}

// A lost wake-up would hold a write until the patience of the committer is over.
TEST(WriteQueue, APushWakesTheTaker) {
    WriteQueue queue({});
    std::vector<std::string> seen;
    std::jthread taker([&] {
        for (int i = 0; i < 100; ++i) {
            QueueBatch batch;
            queue.take(batch, Milliseconds{3'600'000});
            for (const WriteRequest& one : batch.writes) {
                seen.emplace_back(one.writes[0].keys().text);
            }
            if (seen.size() == 50) {
                return;
            }
        }
    });
    for (int i = 0; i < 50; ++i) {
        WriteRequest next = request("a");
        ASSERT_TRUE(queue.push(next));
    }
    taker.join();
    EXPECT_EQ(seen.size(), 50U);
}

TEST(PreparedWrite, AnAtomicCommitNamesEachItemOnce) {
    const auto put = [](std::string_view text) {
        return PutWrite{shardlog::TableName{"t"},
                        tests::item_of(tests::string_attribute("p", text)), ReturnValues::None};
    };
    std::vector<Commit> twice = {{put("a"), put("b"), put("a")}};
    const auto refused = prepare(one_table(), std::move(twice));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Code::Invalid);
    std::vector<Commit> apart = {{put("a")}, {put("a")}};
    EXPECT_TRUE(prepare(one_table(), std::move(apart)));
    std::vector<Commit> empty = {{put("a")}, {}};
    EXPECT_FALSE(prepare(one_table(), std::move(empty)));
}

}  // namespace
}  // namespace millbeck::capture
