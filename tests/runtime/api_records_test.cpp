// GetShardIterator and GetRecords against a real log.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/runtime/stream_calls.hpp"
#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using nlohmann::json;
using tests::ApiNode;
using tests::create;
using tests::describe;
using tests::find_busy;
using tests::iterator;
using tests::put;
using tests::records;
using tests::refused;
using tests::sequences_of;

// If it fails, readers start at the wrong place: records are lost or repeated.
TEST(ApiRecords, StartsWhereTheIteratorSays) {
    ApiNode node;
    const std::string arn = create(node, "tab");
    for (int i = 0; i < 5; ++i) {
        put(node, "tab", "k", std::to_string(i));
    }
    const auto [shard, all] = find_busy(node, arn);
    ASSERT_EQ(all.size(), 5U);
    const auto read = [&](const std::string& type, const std::string& sequence = "") {
        return sequences_of(records(node, iterator(node, arn, shard, type, sequence)));
    };
    using Numbers = std::vector<std::string>;
    EXPECT_EQ(read("TRIM_HORIZON"), all);
    EXPECT_EQ(read("LATEST"), Numbers{});
    EXPECT_EQ(read("AT_SEQUENCE_NUMBER", all[2]), Numbers(all.begin() + 2, all.end()));
    EXPECT_EQ(read("AFTER_SEQUENCE_NUMBER", all[2]), Numbers(all.begin() + 3, all.end()));
    EXPECT_EQ(read("AT_SEQUENCE_NUMBER", "000000000000000000001"), all);
    // A number nobody gave yet hides nothing that comes later.
    const std::string far =
        iterator(node, arn, shard, "AFTER_SEQUENCE_NUMBER", std::string(40, '9'));
    put(node, "tab", "k", "99");
    EXPECT_EQ(sequences_of(records(node, far)).size(), 1U);
    // Pages follow one another.
    std::string next = iterator(node, arn, shard, "TRIM_HORIZON");
    std::vector<std::size_t> sizes;
    while (sizes.empty() || sizes.back() > 0) {
        const auto page = records(node, next, 4);
        sizes.push_back(page["Records"].size());
        next = page["NextShardIterator"];
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 2, 0}));
}

// If it fails, a reader that was away too long skips records without being told.
TEST(ApiRecords, SaysWhenRecordsAreGone) {
    auto options = tests::small_log();
    options.retention = base::Milliseconds(60'000);
    ApiNode node(options);
    const std::string arn = create(node, "tab");
    put(node, "tab", "k", "1");
    const auto [shard, sequences] = find_busy(node, arn);
    const std::string start = iterator(node, arn, shard, "TRIM_HORIZON");
    const std::string filler(300'000, 'x');
    for (int i = 0; i < 20; ++i) {
        node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"k"},"v":{"N":")" +
                               std::to_string(i) + R"("},"f":{"S":")" + filler + "\"}}}");
    }
    node.clock().advance(base::Milliseconds(61'000));
    ASSERT_TRUE(node.store().maintain());
    ASSERT_TRUE(node.log().maintain());
    EXPECT_EQ(refused(node, "GetRecords", {{"ShardIterator", start}}),
              "TrimmedDataAccessException");
    const json ask{{"StreamArn", arn},
                   {"ShardId", shard},
                   {"ShardIteratorType", "AT_SEQUENCE_NUMBER"},
                   {"SequenceNumber", sequences.at(0)}};
    EXPECT_EQ(refused(node, "GetShardIterator", ask), "TrimmedDataAccessException");
    const auto rest = records(node, iterator(node, arn, shard, "TRIM_HORIZON"));
    EXPECT_TRUE(rest.contains("NextShardIterator"));
}

// If it fails, readers lose what a stream still holds when it is switched off.
TEST(ApiRecords, KeepsADisabledStreamReadable) {
    const ApiNode node;
    const std::string arn = create(node, "tab", "KEYS_ONLY");
    put(node, "tab", "k", "1");
    node.ok("UpdateTable", R"({"TableName":"tab","StreamSpecification":{"StreamEnabled":false}})");
    put(node, "tab", "k", "2");
    const auto stream = describe(node, arn);
    EXPECT_EQ(stream["StreamStatus"], "DISABLED");
    for (const auto& shard : stream["Shards"]) {
        EXPECT_TRUE(shard["SequenceNumberRange"].contains("EndingSequenceNumber"));
    }
    EXPECT_EQ(find_busy(node, arn).sequences.size(), 1U);
}

}  // namespace
}  // namespace millbeck::runtime
