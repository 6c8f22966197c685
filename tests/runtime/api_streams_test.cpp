// The Streams calls against a real log.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/api_node.hpp"
#include "support/golden.hpp"

namespace millbeck::runtime {
namespace {

using nlohmann::json;
using tests::ApiNode;
using tests::expect_golden;

// Makes a table with a stream; returns the stream's ARN.
std::string create(const ApiNode& node, const std::string& name,
                   const std::string& view = "NEW_AND_OLD_IMAGES") {
    const std::string body = node.ok(
        "CreateTable", R"({"TableName":")" + name +
                           R"(","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
                           R"([{"AttributeName":"p","AttributeType":"S"}],"KeySchema":)"
                           R"([{"AttributeName":"p","KeyType":"HASH"}],"StreamSpecification":)"
                           R"({"StreamEnabled":true,"StreamViewType":")" +
                           view + "\"}}");
    return json::parse(body)["TableDescription"]["LatestStreamArn"];
}

void put(const ApiNode& node, const std::string& table, const std::string& key,
         const std::string& value) {
    node.ok("PutItem", R"({"TableName":")" + table + R"(","Item":{"p":{"S":")" + key +
                           R"("},"v":{"N":")" + value + "\"}}}");
}

json describe(const ApiNode& node, const std::string& arn, json more = json::object()) {
    more["StreamArn"] = arn;
    return json::parse(node.ok("DescribeStream", more.dump()))["StreamDescription"];
}

// By value: a loop over a member of a temporary would outlive it.
json shards(const ApiNode& node, const std::string& arn, json more = json::object()) {
    return describe(node, arn, std::move(more))["Shards"];
}

std::string iterator(const ApiNode& node, const std::string& arn, const std::string& shard,
                     const std::string& type, const std::string& sequence = "") {
    json body{{"StreamArn", arn}, {"ShardId", shard}, {"ShardIteratorType", type}};
    if (!sequence.empty()) {
        body["SequenceNumber"] = sequence;
    }
    return json::parse(node.ok("GetShardIterator", body.dump()))["ShardIterator"];
}

json records(const ApiNode& node, const std::string& iterator_text, int limit = 1000) {
    return json::parse(
        node.ok("GetRecords", json{{"ShardIterator", iterator_text}, {"Limit", limit}}.dump()));
}

// The shard that has records, and the numbers of these.
struct Busy {
    std::string shard;
    std::vector<std::string> sequences;
};
Busy find_busy(const ApiNode& node, const std::string& arn) {
    for (const auto& shard : shards(node, arn)) {
        Busy busy{shard["ShardId"], {}};
        const auto page = records(node, iterator(node, arn, busy.shard, "TRIM_HORIZON"));
        for (const auto& record : page["Records"]) {
            busy.sequences.push_back(record["dynamodb"]["SequenceNumber"]);
        }
        if (!busy.sequences.empty()) {
            return busy;
        }
    }
    ADD_FAILURE() << "no records";
    return {};
}

std::vector<std::string> sequences_of(const json& page) {
    std::vector<std::string> sequences;
    for (const auto& record : page["Records"]) {
        sequences.push_back(record["dynamodb"]["SequenceNumber"]);
    }
    return sequences;
}

std::string refused(const ApiNode& node, const std::string& call, const json& body) {
    const auto response = node.call(call, body.dump());
    EXPECT_EQ(response.status, 400U) << response.body;
    const std::string type = json::parse(response.body)["__type"];
    return type.substr(type.find('#') + 1);
}

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

// If it fails, readers start at the wrong place: records are lost or repeated.
TEST(ApiStreams, StartsWhereTheIteratorSays) {
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

// If it fails, a reader that was away too long skips records without being told.
TEST(ApiStreams, SaysWhenRecordsAreGone) {
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
TEST(ApiStreams, KeepsADisabledStreamReadable) {
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
