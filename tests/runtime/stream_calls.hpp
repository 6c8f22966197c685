// Stream calls as short as the tests want them. Each must succeed, but for refused().
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/api_node.hpp"

namespace millbeck::tests {

using nlohmann::json;

// Makes a table with a stream; returns the stream's ARN.
inline std::string create(const ApiNode& node, const std::string& name,
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

inline void put(const ApiNode& node, const std::string& table, const std::string& key,
                const std::string& value) {
    node.ok("PutItem", R"({"TableName":")" + table + R"(","Item":{"p":{"S":")" + key +
                           R"("},"v":{"N":")" + value + "\"}}}");
}

inline json describe(const ApiNode& node, const std::string& arn, json more = json::object()) {
    more["StreamArn"] = arn;
    return json::parse(node.ok("DescribeStream", more.dump()))["StreamDescription"];
}

// By value: a loop over a member of a temporary would outlive it.
inline json shards(const ApiNode& node, const std::string& arn, json more = json::object()) {
    return describe(node, arn, std::move(more))["Shards"];
}

inline std::string iterator(const ApiNode& node, const std::string& arn, const std::string& shard,
                            const std::string& type, const std::string& sequence = "") {
    json body{{"StreamArn", arn}, {"ShardId", shard}, {"ShardIteratorType", type}};
    if (!sequence.empty()) {
        body["SequenceNumber"] = sequence;
    }
    return json::parse(node.ok("GetShardIterator", body.dump()))["ShardIterator"];
}

inline json records(const ApiNode& node, const std::string& iterator_text, int limit = 1000) {
    return json::parse(
        node.ok("GetRecords", json{{"ShardIterator", iterator_text}, {"Limit", limit}}.dump()));
}

// The shard that has records, and the numbers of these.
struct Busy {
    std::string shard;
    std::vector<std::string> sequences;
};
inline Busy find_busy(const ApiNode& node, const std::string& arn) {
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

inline std::vector<std::string> sequences_of(const json& page) {
    std::vector<std::string> sequences;
    for (const auto& record : page["Records"]) {
        sequences.push_back(record["dynamodb"]["SequenceNumber"]);
    }
    return sequences;
}

inline std::string refused(const ApiNode& node, const std::string& call, const json& body) {
    const auto response = node.call(call, body.dump());
    EXPECT_EQ(response.status, 400U) << response.body;
    const std::string type = json::parse(response.body)["__type"];
    return type.substr(type.find('#') + 1);
}

}  // namespace millbeck::tests
