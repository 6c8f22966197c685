// The item and batch calls against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

std::string in(const std::string& table, const std::string& more) {
    return R"({"TableName":")" + table + "\"," + more + "}";
}

void create(const ApiNode& node, const std::string& name, const std::string& type) {
    node.ok("CreateTable",
            in(name, R"("BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
                     R"([{"AttributeName":"p","AttributeType":")" +
                         type + R"("}],"KeySchema":[{"AttributeName":"p","KeyType":"HASH"}])"));
}

std::string refused(const ApiNode& node, const std::string& call, const std::string& body) {
    const auto response = node.call(call, body);
    EXPECT_EQ(response.status, 400U) << response.body;
    return response.body;
}

std::string validation(const std::string& message) {
    return R"({"__type":"com.amazon.coral.validate#ValidationException","message":")" + message +
           "\"}";
}

// If it fails, what is written is not what is read.
TEST(ApiItems, PutsGetsAndDeletes) {
    const ApiNode node;
    create(node, "tab", "S");
    const std::string key = R"("Key":{"p":{"S":"k"}})";
    EXPECT_EQ(node.ok("GetItem", in("tab", key)), "{}");
    EXPECT_EQ(node.ok("PutItem", in("tab", R"("Item":{"v":{"N":"01"},"p":{"S":"k"}},)"
                                           R"("ReturnValues":"ALL_OLD")")),
              "{}");
    EXPECT_EQ(node.ok("GetItem", in("tab", key)), R"({"Item":{"p":{"S":"k"},"v":{"N":"1"}}})");
    EXPECT_EQ(node.ok("PutItem", in("tab", R"("Item":{"p":{"S":"k"}},"ReturnValues":"ALL_OLD")")),
              R"({"Attributes":{"p":{"S":"k"},"v":{"N":"1"}}})");
    EXPECT_EQ(node.ok("DeleteItem", in("tab", key)), "{}");
    EXPECT_EQ(node.ok("DeleteItem", in("tab", key + R"(,"ReturnValues":"ALL_OLD")")), "{}");
    EXPECT_EQ(node.ok("GetItem", in("tab", key + R"(,"ConsistentRead":true)")), "{}");
}

// If it fails, clients that watch their spending see wrong figures.
TEST(ApiItems, ReportsCapacity) {
    const ApiNode node;
    create(node, "tab", "S");
    const std::string total = R"(,"ReturnConsumedCapacity":"TOTAL")";
    const std::string one = R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":1.0)";
    const std::string half = R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":0.5)";
    const std::string key = R"("Key":{"p":{"S":"k"}})";
    EXPECT_EQ(node.ok("GetItem", in("tab", key + total)), "{" + half + "}}");
    EXPECT_EQ(node.ok("GetItem", in("tab", key + R"(,"ConsistentRead":true)" + total)),
              "{" + one + "}}");
    EXPECT_EQ(node.ok("GetItem", in("tab", key + R"(,"ReturnConsumedCapacity":"NONE")")), "{}");
    // "p", "k", "v" and 2046 bytes: one byte above 2 KB.
    const std::string large =
        R"("Item":{"p":{"S":"k"},"v":{"S":")" + std::string(2046, 'x') + R"("}})";
    EXPECT_EQ(node.ok("PutItem", in("tab", large + R"(,"ReturnConsumedCapacity":"INDEXES")")),
              R"({"ConsumedCapacity":{"TableName":"tab","CapacityUnits":3.0,)"
              R"("Table":{"CapacityUnits":3.0}}})");
    // The old item counts when it is the larger one.
    const std::string small = R"("Item":{"p":{"S":"k"}})";
    EXPECT_EQ(node.ok("PutItem", in("tab", small + total)),
              R"({"ConsumedCapacity":{"TableName":"tab","CapacityUnits":3.0}})");
    EXPECT_EQ(node.ok("DeleteItem", in("tab", key + R"(,"ReturnValues":"ALL_OLD")" + total)),
              R"({"Attributes":{"p":{"S":"k"}},)" + one + "}}");
}

// If it fails, items that no key can find are stored, or clients cannot tell what is wrong.
TEST(ApiItems, RefusesWhatDoesNotFitTheTable) {
    const ApiNode node;
    create(node, "tab", "S");
    const std::string invalid = "One or more parameter values were invalid: ";
    EXPECT_EQ(refused(node, "PutItem", in("tab", R"("Item":{"v":{"S":"x"}})")),
              validation(invalid + "Missing the key p in the item"));
    EXPECT_EQ(refused(node, "PutItem", in("tab", R"("Item":{"p":{"N":"1"}})")),
              validation(invalid + "Type mismatch for key p expected: S actual: N"));
    EXPECT_EQ(refused(node, "GetItem", in("tab", R"("Key":{})")),
              validation("The provided key element does not match the schema"));
    EXPECT_EQ(refused(node, "DeleteItem", in("tab", R"("Key":{"p":{"S":"x"},"q":{"S":"y"}})")),
              validation("The provided key element does not match the schema"));
    EXPECT_EQ(refused(node, "PutItem",
                      in("tab", R"("Item":{"p":{"S":"k"},"v":{"S":")" + std::string(409'600, 'x') +
                                    R"("}})")),
              validation("Item size has exceeded the maximum allowed size"));
}

// If it fails, a batch loses writes, or does half of what was refused.
TEST(ApiBatches, WritesAllOrRefusesAll) {
    const ApiNode node;
    create(node, "one", "N");
    create(node, "two", "S");
    const auto write = [](const std::string& requests, const std::string& more = "") {
        return R"({"RequestItems":{)" + requests + "}" + more + "}";
    };
    EXPECT_EQ(
        node.ok("BatchWriteItem", write(R"("one":[{"PutRequest":{"Item":{"p":{"N":"1"}}}},)"
                                        R"({"PutRequest":{"Item":{"p":{"N":"2"}}}}],)"
                                        R"("two":[{"PutRequest":{"Item":{"p":{"S":"x"}}}}])",
                                        R"(,"ReturnConsumedCapacity":"TOTAL")")),
        R"({"UnprocessedItems":{},"ConsumedCapacity":[)"
        R"({"TableName":"one","CapacityUnits":2.0},{"TableName":"two","CapacityUnits":1.0}]})");
    const std::string duplicates = validation("Provided list of item keys contains duplicates");
    EXPECT_EQ(refused(node, "BatchWriteItem",
                      write(R"("one":[{"PutRequest":{"Item":{"p":{"N":"1000"}}}},)"
                            R"({"DeleteRequest":{"Key":{"p":{"N":"1e3"}}}}])")),
              duplicates);
    const std::string wrong = validation("The provided key element does not match the schema");
    for (const std::string item :
         {R"({"q":{"N":"7"}})", R"({"p":{"S":"7"}})", R"({"p":{"L":[]}})"}) {
        EXPECT_EQ(refused(node, "BatchWriteItem",
                          write(R"("one":[{"PutRequest":{"Item":{"p":{"N":"7"}}}},)"
                                R"({"PutRequest":{"Item":)" +
                                item + "}}]")),
                  wrong);
    }
    EXPECT_EQ(node.ok("GetItem", in("one", R"("Key":{"p":{"N":"7"}})")), "{}");
    EXPECT_EQ(refused(node, "BatchWriteItem",
                      write(R"("none":[{"PutRequest":{"Item":{"p":{"N":"7"}}}}])")),
              R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
              R"("message":"Requested resource not found"})");
}

// If it fails, a batch of reads misses items, or invents some.
TEST(ApiBatches, ReadsWhatIsThere) {
    const ApiNode node;
    create(node, "one", "N");
    create(node, "two", "S");
    node.ok("PutItem", in("one", R"("Item":{"p":{"N":"1"},"v":{"S":"a"}})"));
    node.ok("PutItem", in("one", R"("Item":{"p":{"N":"2"}})"));
    EXPECT_EQ(
        node.ok("BatchGetItem",
                R"({"RequestItems":{"two":{"Keys":[{"p":{"S":"none"}}]},)"
                R"("one":{"Keys":[{"p":{"N":"2"}},{"p":{"N":"3"}},{"p":{"N":"1"}}],)"
                R"("ConsistentRead":true}},"ReturnConsumedCapacity":"TOTAL"})"),
        R"({"Responses":{"two":[],"one":[{"p":{"N":"2"}},{"p":{"N":"1"},"v":{"S":"a"}}]},)"
        R"("UnprocessedKeys":{},"ConsumedCapacity":[)"
        R"({"TableName":"one","CapacityUnits":3.0},{"TableName":"two","CapacityUnits":0.5}]})");
    EXPECT_EQ(
        refused(node, "BatchGetItem", R"({"RequestItems":{"one":{"Keys":[{"q":{"N":"2"}}]}}})"),
        validation("The provided key element does not match the schema"));
}

// If it fails, a program that names its tables by ARN is refused, or does not find its answers.
TEST(ApiBatches, TakesAnArnForAName) {
    const ApiNode node;
    create(node, "one", "N");
    const std::string arn = "arn:aws:dynamodb:us-east-1:000000000000:table/one";
    EXPECT_EQ(node.ok("BatchWriteItem", R"({"RequestItems":{")" + arn +
                                            R"(":[{"PutRequest":{"Item":{"p":{"N":"1"}}}}]}})"),
              R"({"UnprocessedItems":{}})");
    EXPECT_EQ(node.ok("BatchGetItem",
                      R"({"RequestItems":{")" + arn + R"(":{"Keys":[{"p":{"N":"1"}}]}}})"),
              R"({"Responses":{")" + arn + R"(":[{"p":{"N":"1"}}]},"UnprocessedKeys":{}})");
    EXPECT_EQ(refused(node, "BatchGetItem",
                      R"({"RequestItems":{"arn:aws:dynamodb:x":{"Keys":[{"p":{"N":"1"}}]}}})"),
              validation("Invalid table ARN"));
}

// If it fails, a large answer is never given, or keys are lost on the way.
TEST(ApiBatches, HandsBackKeysAboveTheSizeOfAnAnswer) {
    const ApiNode node;
    create(node, "tab", "N");
    const std::string text(400'000, 'x');
    std::string keys;
    for (int i = 0; i < 50; ++i) {
        const std::string number = std::to_string(i);
        node.ok("PutItem",
                in("tab", R"("Item":{"p":{"N":")" + number + R"("},"v":{"S":")" + text + "\"}}"));
        keys += (i == 0 ? "" : ",") + (R"({"p":{"N":")" + number + "\"}}");
    }
    const std::string body =
        node.ok("BatchGetItem",
                R"({"RequestItems":{"tab":{"ConsistentRead":true,"Keys":[)" + keys + "]}}}");
    // 42 items of 400 KB would pass 16 MB; 9 keys are left, with the consistency that was asked
    // for.
    std::string left;
    for (int i = 41; i < 50; ++i) {
        left += (i == 41 ? "" : ",") + (R"({"p":{"N":")" + std::to_string(i) + "\"}}");
    }
    const std::string tail =
        R"("UnprocessedKeys":{"tab":{"Keys":[)" + left + R"(],"ConsistentRead":true}}})";
    ASSERT_GT(body.size(), tail.size());
    EXPECT_EQ(body.substr(body.size() - tail.size()), tail);
}

}  // namespace
}  // namespace millbeck::runtime
