// The Streams calls against a real log.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/runtime/stream_calls.hpp"
#include "tests/support/api_node.hpp"
#include "tests/support/golden.hpp"

namespace millbeck::runtime {
namespace {

using nlohmann::json;
using tests::ApiNode;
using tests::create;
using tests::describe;
using tests::expect_golden;
using tests::find_busy;
using tests::iterator;
using tests::put;
using tests::records;
using tests::refused;
using tests::sequences_of;
using tests::shards;

// If it fails, stream clients misread what they are sent.
TEST(ApiStreams, AnswersAsTheServiceDoes) {
    const ApiNode node;
    const std::string arn = create(node, "tab");
    put(node, "tab", "k", "1");
    put(node, "tab", "k", "1");  // changes nothing: no record
    put(node, "tab", "k", "2");
    node.ok("DeleteItem", R"({"TableName":"tab","Key":{"p":{"S":"k"}}})");
    expect_golden("api/list_streams.json", node.ok("ListStreams", R"({"TableName":"tab"})"));
    expect_golden("api/describe_stream.json",
                  node.ok("DescribeStream", json{{"StreamArn", arn}}.dump()));
    const auto busy = find_busy(node, arn);
    ASSERT_EQ(busy.sequences.size(), 3U);
    const json ask{{"StreamArn", arn}, {"ShardId", busy.shard}, {"ShardIteratorType", "LATEST"}};
    expect_golden("api/get_shard_iterator.json", node.ok("GetShardIterator", ask.dump()));
    const std::string start = iterator(node, arn, busy.shard, "TRIM_HORIZON");
    expect_golden("api/get_records.json",
                  node.ok("GetRecords", json{{"ShardIterator", start}}.dump()));
}

// If it fails, a consumer never learns that a shard has ended, or loses its children.
TEST(ApiStreams, ShowsLineageAndTheEndOfShards) {
    ApiNode node;
    const std::string arn = create(node, "tab");
    put(node, "tab", "k", "1");
    const auto [parent, before] = find_busy(node, arn);
    node.clock().advance(base::Milliseconds(1000));
    ASSERT_TRUE(node.store().roll_shard(*shardlog::ShardId::parse(parent)));
    put(node, "tab", "k", "2");
    const auto children =
        shards(node, arn, {{"ShardFilter", {{"Type", "CHILD_SHARDS"}, {"ShardId", parent}}}});
    ASSERT_EQ(children.size(), 1U);
    EXPECT_EQ(children[0]["ParentShardId"], parent);
    EXPECT_FALSE(children[0]["SequenceNumberRange"].contains("EndingSequenceNumber"));
    const auto last = records(node, iterator(node, arn, parent, "TRIM_HORIZON"));
    EXPECT_EQ(sequences_of(last), before);
    EXPECT_FALSE(last.contains("NextShardIterator"));
    const auto child = records(node, iterator(node, arn, children[0]["ShardId"], "TRIM_HORIZON"));
    EXPECT_EQ(child["Records"].size(), 1U);
    EXPECT_TRUE(child.contains("NextShardIterator"));
    EXPECT_EQ(records(node, iterator(node, arn, parent, "LATEST"))["Records"].size(), 0U);
    for (const auto& shard : shards(node, arn)) {
        EXPECT_EQ(shard["SequenceNumberRange"].contains("EndingSequenceNumber"),
                  shard["ShardId"] == parent);
    }
}

// If it fails, pages of shards or streams miss some, repeat some or never end.
TEST(ApiStreams, PagesOverShardsAndStreams) {
    const ApiNode node;
    const std::string arn = create(node, "tab-a");
    create(node, "tab-b");
    create(node, "tab-c");
    std::vector<std::string> all;
    for (const auto& shard : shards(node, arn)) {
        all.push_back(shard["ShardId"]);
    }
    ASSERT_EQ(all.size(), 4U);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    std::vector<std::string> paged;
    json more{{"Limit", 1}};
    while (true) {
        const auto page = describe(node, arn, more);
        for (const auto& shard : page["Shards"]) {
            paged.push_back(shard["ShardId"]);
        }
        if (!page.contains("LastEvaluatedShardId")) {
            break;
        }
        more["ExclusiveStartShardId"] = page["LastEvaluatedShardId"];
    }
    EXPECT_EQ(paged, all);
    more["ExclusiveStartShardId"] = "shardId-99999999999999999999-ffffffff";
    EXPECT_EQ(shards(node, arn, more).size(), 0U);

    std::vector<std::string> tables;
    json ask{{"Limit", 1}};
    while (true) {
        const auto page = json::parse(node.ok("ListStreams", ask.dump()));
        for (const auto& stream : page["Streams"]) {
            tables.push_back(stream["TableName"]);
        }
        if (!page.contains("LastEvaluatedStreamArn")) {
            break;
        }
        ask["ExclusiveStartStreamArn"] = page["LastEvaluatedStreamArn"];
    }
    EXPECT_EQ(tables, (std::vector<std::string>{"tab-a", "tab-b", "tab-c"}));
}

// If it fails, clients that act on the type of a refusal stop, skip or repeat wrongly.
TEST(ApiStreams, RefusesWithTheServicesTypes) {
    ApiNode node;
    const std::string arn = create(node, "tab");
    const std::string unknown = arn.substr(0, arn.size() - 23) + "2001-01-01T00:00:00.000";
    const std::string shard = shards(node, arn)[0]["ShardId"];
    const std::string no_shard = "shardId-00000000000000000001-00000000";
    const auto unknown_stream =
        node.call("DescribeStream", json{{"StreamArn", unknown}}.dump()).body;
    EXPECT_EQ(unknown_stream,
              R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":)"
              R"("Requested resource not found: Stream: )" +
                  unknown + R"( not found"})");
    EXPECT_EQ(refused(node, "DescribeStream", {{"StreamArn", std::string(40, 'x')}}),
              "ValidationException");
    const json ask{{"StreamArn", arn}, {"ShardId", no_shard}, {"ShardIteratorType", "LATEST"}};
    EXPECT_EQ(refused(node, "GetShardIterator", ask), "ResourceNotFoundException");
    EXPECT_EQ(refused(node, "GetRecords", {{"ShardIterator", "garbage"}}), "ValidationException");
    const std::string old = iterator(node, arn, shard, "LATEST");
    node.clock().advance(base::Milliseconds(15 * 60'000 - 1));
    EXPECT_TRUE(records(node, old).contains("NextShardIterator"));
    node.clock().advance(base::Milliseconds(2));
    EXPECT_EQ(refused(node, "GetRecords", {{"ShardIterator", old}}), "ExpiredIteratorException");
}

}  // namespace
}  // namespace millbeck::runtime
