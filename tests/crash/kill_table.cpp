#include "tests/crash/kill_table.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace millbeck::tests {
namespace {

using nlohmann::json;

constexpr std::size_t kKeysPerRead = 100;  // BatchGetItem's own limit
constexpr std::size_t kPaddingMax = 1500;  // so that items differ in size

// Depends on the value alone: an item mixed from two writes shows.
std::string padding(std::uint64_t value) {
    return std::string(value * 37 % kPaddingMax, static_cast<char>('a' + value % 26));
}

json key_of(const std::string& key) {
    return {{"id", {{"S", key}}}};
}

json item_of(const Operation& operation) {
    return {{"id", {{"S", operation.key}}},
            {"v", {{"N", std::to_string(*operation.value)}}},
            {"pad", {{"S", padding(*operation.value)}}}};
}

std::uint64_t value_of(const json& item) {
    const std::uint64_t value = std::stoull(item.at("v").at("N").get<std::string>());
    if (item.at("pad").at("S") != padding(value)) {
        throw BrokenPromise("an item is mixed from two writes: " + item.dump());
    }
    return value;
}

json reply_of(const base::Result<base::HttpClientResponse>& reply, const char* what) {
    if (!reply || reply->status != 200) {
        throw BrokenPromise(std::string(what) + ": " +
                            (reply ? reply->body : reply.error().message));
    }
    return json::parse(reply->body);
}

base::Result<base::HttpClientResponse> send(DynamoClient& client,
                                            const std::vector<Operation>& operations) {
    if (operations.size() > 1) {
        json requests = json::array();
        for (const Operation& operation : operations) {
            requests.push_back(operation.value
                                   ? json{{"PutRequest", {{"Item", item_of(operation)}}}}
                                   : json{{"DeleteRequest", {{"Key", key_of(operation.key)}}}});
        }
        return client.table("BatchWriteItem",
                            json{{"RequestItems", {{kKillTable, requests}}}}.dump());
    }
    const Operation& only = operations.front();
    if (only.value) {
        return client.table("PutItem",
                            json{{"TableName", kKillTable}, {"Item", item_of(only)}}.dump());
    }
    return client.table("DeleteItem",
                        json{{"TableName", kKillTable}, {"Key", key_of(only.key)}}.dump());
}

std::vector<json> list_shards(DynamoClient& client, const std::string& arn) {
    std::vector<json> shards;
    json request = {{"StreamArn", arn}};
    for (;;) {
        const json page =
            reply_of(client.stream("DescribeStream", request.dump()), "DescribeStream")
                .at("StreamDescription");
        std::ranges::copy(page.at("Shards"), std::back_inserter(shards));
        if (!page.contains("LastEvaluatedShardId")) {
            return shards;
        }
        request["ExclusiveStartShardId"] = page["LastEvaluatedShardId"];
    }
}

void read_shard(DynamoClient& client, const std::string& arn, const json& shard,
                std::vector<StreamRecord>& into) {
    const std::string id = shard.at("ShardId");
    const json start = {{"StreamArn", arn}, {"ShardId", id}, {"ShardIteratorType", "TRIM_HORIZON"}};
    json iterator = reply_of(client.stream("GetShardIterator", start.dump()), "GetShardIterator")
                        .at("ShardIterator");
    for (;;) {
        const json page = reply_of(
            client.stream("GetRecords", json{{"ShardIterator", iterator}}.dump()), "GetRecords");
        for (const json& record : page.at("Records")) {
            const json& change = record.at("dynamodb");
            const Value value =
                change.contains("NewImage") ? Value(value_of(change["NewImage"])) : Value();
            into.push_back({change.at("SequenceNumber"),
                            id,
                            change.at("Keys").at("id").at("S"),
                            {record.at("eventName"), value}});
        }
        // Nobody writes now, so an empty page of an open shard is its end.
        if (!page.contains("NextShardIterator") || page["Records"].empty()) {
            return;
        }
        iterator = page["NextShardIterator"];
    }
}

}  // namespace

bool send_operations(DynamoClient& client, const std::vector<Operation>& operations) {
    const auto reply = send(client, operations);
    if (!reply) {
        if (reply.error().code == base::Code::DeadlineExceeded) {
            throw BrokenPromise("no answer: " + reply.error().message);
        }
        return false;
    }
    if (reply->status != 200) {
        throw BrokenPromise("a write was refused: " + reply->body);
    }
    if (operations.size() > 1 && !json::parse(reply->body).at("UnprocessedItems").empty()) {
        throw BrokenPromise("a batch was left half done: " + reply->body);
    }
    return true;
}

std::optional<std::map<std::string, Value>> read_items(DynamoClient& client,
                                                       const std::vector<std::string>& keys) {
    std::map<std::string, Value> found;
    for (std::size_t begin = 0; begin < keys.size(); begin += kKeysPerRead) {
        json wanted = json::array();
        for (std::size_t i = begin; i < std::min(keys.size(), begin + kKeysPerRead); ++i) {
            wanted.push_back(key_of(keys[i]));
        }
        const auto answer = client.table(
            "BatchGetItem", json{{"RequestItems", {{kKillTable, {{"Keys", wanted}}}}}}.dump());
        if (!answer && answer.error().code != base::Code::DeadlineExceeded) {
            return std::nullopt;
        }
        const json reply = reply_of(answer, "BatchGetItem");
        if (!reply.at("UnprocessedKeys").empty()) {
            throw BrokenPromise("a read of 100 small items was left half done");
        }
        for (const json& item : reply.at("Responses").at(kKillTable)) {
            found[item.at("id").at("S")] = value_of(item);
        }
    }
    return found;
}

std::vector<StreamRecord> read_whole_stream(DynamoClient& client) {
    const json table = reply_of(
        client.table("DescribeTable", json{{"TableName", kKillTable}}.dump()), "DescribeTable");
    const std::string arn = table.at("Table").at("LatestStreamArn");
    std::vector<StreamRecord> records;
    // A parent's id is older than its child's, and so comes before it.
    for (const json& shard : list_shards(client, arn)) {
        read_shard(client, arn, shard, records);
    }
    return records;
}

}  // namespace millbeck::tests
