// Query and Scan against a real store.
#include <string>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

std::string in(const std::string& more) {
    return R"({"TableName":"tab",)" + more + "}";
}

// Partition "x" has sort keys 1, 2, 10; partition "y" has 5.
void fill(const ApiNode& node) {
    node.ok(
        "CreateTable",
        in(R"("BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
           R"([{"AttributeName":"p","AttributeType":"S"},)"
           R"({"AttributeName":"c","AttributeType":"N"}],"KeySchema":)"
           R"([{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"c","KeyType":"RANGE"}])"));
    const auto put = [&](const std::string& p, const std::string& c, const std::string& a) {
        node.ok("PutItem", in(R"("Item":{"p":{"S":")" + p + R"("},"c":{"N":")" + c +
                              R"("},"a":{"S":")" + a + R"("}})"));
    };
    put("x", "10", "ten");
    put("x", "1", "one");
    put("x", "2", "two");
    put("y", "5", "five");
}

std::string item(const std::string& p, const std::string& c, const std::string& a) {
    return R"({"a":{"S":")" + a + R"("},"c":{"N":")" + c + R"("},"p":{"S":")" + p + R"("}})";
}

std::string key(const std::string& p, const std::string& c) {
    return R"({"c":{"N":")" + c + R"("},"p":{"S":")" + p + R"("}})";
}

const std::string kOfX =
    R"("KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"x"}})";

// If it fails, a query gives other items than the partition has, or in another order.
TEST(ApiReads, QueriesAPartitionInOrder) {
    const ApiNode node;
    fill(node);
    const std::string one = item("x", "1", "one");
    const std::string two = item("x", "2", "two");
    const std::string ten = item("x", "10", "ten");
    EXPECT_EQ(node.ok("Query", in(kOfX)),
              R"({"Count":3,"Items":[)" + one + "," + two + "," + ten + R"(],"ScannedCount":3})");
    EXPECT_EQ(node.ok("Query", in(kOfX + R"(,"ScanIndexForward":false,"Limit":2)")),
              R"({"Count":2,"Items":[)" + ten + "," + two +
                  R"(],"ScannedCount":2,"LastEvaluatedKey":)" + key("x", "2") + "}");
    EXPECT_EQ(node.ok("Query", in(kOfX + R"(,"ScanIndexForward":false,"ExclusiveStartKey":)" +
                                  key("x", "2"))),
              R"({"Count":1,"Items":[)" + one + R"(],"ScannedCount":1})");
    EXPECT_EQ(node.ok("Query", in(R"("KeyConditions":{"p":{"ComparisonOperator":"EQ",)"
                                  R"("AttributeValueList":[{"S":"x"}]},"c":{"ComparisonOperator":)"
                                  R"("BETWEEN","AttributeValueList":[{"N":"2"},{"N":"9"}]}})")),
              R"({"Count":1,"Items":[)" + two + R"(],"ScannedCount":1})");
}

// If it fails, clients count, filter or pick attributes in vain.
TEST(ApiReads, FiltersProjectsAndCounts) {
    const ApiNode node;
    fill(node);
    const std::string filtered =
        R"("KeyConditionExpression":"p = :p","FilterExpression":"a <> :a",)"
        R"("ExpressionAttributeValues":{":p":{"S":"x"},":a":{"S":"two"}})";
    EXPECT_EQ(node.ok("Query", in(filtered + R"(,"Select":"COUNT")")),
              R"({"Count":2,"ScannedCount":3})");
    EXPECT_EQ(node.ok("Query", in(filtered + R"(,"ProjectionExpression":"c, nothing")")),
              R"({"Count":2,"Items":[{"c":{"N":"1"}},{"c":{"N":"10"}}],"ScannedCount":3})");
    EXPECT_EQ(node.ok("Scan", in(R"("ScanFilter":{"c":{"ComparisonOperator":"GE",)"
                                 R"("AttributeValueList":[{"N":"5"}]},"a":{"ComparisonOperator":)"
                                 R"("EQ","AttributeValueList":[{"S":"five"}]}},)"
                                 R"("AttributesToGet":["a"])")),
              R"({"Count":1,"Items":[{"a":{"S":"five"}}],"ScannedCount":4})");
    EXPECT_EQ(node.ok("Scan", in(R"("FilterExpression":"p = :p AND a = :a",)"
                                 R"("ExpressionAttributeValues":{":p":{"S":"y"},":a":{"S":"x"}})")),
              R"({"Count":0,"Items":[],"ScannedCount":4})");
    EXPECT_EQ(
        node.ok("Query", in(kOfX + R"x(,"FilterExpression":"attribute_exists(z)","Limit":1)x")),
        R"({"Count":0,"Items":[],"ScannedCount":1,"LastEvaluatedKey":)" + key("x", "1") + "}");
}

// If it fails, clients that watch their spending see wrong figures.
TEST(ApiReads, ReportsCapacityOfWhatWasEvaluated) {
    const ApiNode node;
    fill(node);
    const std::string total = R"(,"ReturnConsumedCapacity":"TOTAL")";
    const std::string half = R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":0.5}})";
    const auto tail = [](const std::string& body) { return body.substr(body.rfind("\"Consumed")); };
    EXPECT_EQ(tail(node.ok("Query", in(kOfX + total))), half);
    // 3 items of some 5000 bytes are 15 KB: 4 units together, not 2 each.
    for (const std::string c : {"1", "2", "10"}) {
        node.ok("PutItem", in(R"("Item":{"p":{"S":"x"},"c":{"N":")" + c + R"("},"a":{"S":")" +
                              std::string(5000, 'x') + R"("}})"));
    }
    EXPECT_EQ(tail(node.ok("Query", in(kOfX + R"(,"ConsistentRead":true,"Select":"COUNT",)"
                                              R"("ReturnConsumedCapacity":"INDEXES")"))),
              R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":4.0,)"
              R"("Table":{"CapacityUnits":4.0}}})");
    EXPECT_EQ(tail(node.ok("Scan", in(R"("FilterExpression":"a = :n","ExpressionAttributeValues":)"
                                      R"({":n":{"S":"none"}})" +
                                      total))),
              R"("ConsumedCapacity":{"TableName":"tab","CapacityUnits":2.0}})");
}

// If it fails, one page takes the memory of the whole table, or ends before it must.
TEST(ApiReads, EndsAPageAtAMegabyte) {
    const ApiNode node;
    fill(node);
    for (int i = 0; i < 12; ++i) {
        node.ok("PutItem", in(R"("Item":{"p":{"S":"big"},"c":{"N":")" + std::to_string(i) +
                              R"("},"a":{"S":")" + std::string(100'000, 'x') + R"("}})"));
    }
    const std::string of_big = R"("Select":"COUNT","KeyConditionExpression":"p = :p",)"
                               R"("ExpressionAttributeValues":{":p":{"S":"big"}})";
    // 11 items of 100 KB are the first to reach 1 048 576 bytes.
    EXPECT_EQ(node.ok("Query", in(of_big)),
              R"({"Count":11,"ScannedCount":11,"LastEvaluatedKey":)" + key("big", "10") + "}");
    EXPECT_EQ(node.ok("Query", in(of_big + R"(,"ExclusiveStartKey":)" + key("big", "10"))),
              R"({"Count":1,"ScannedCount":1})");
}

// If it fails, clients cannot tell an empty answer from a question that fits no table.
TEST(ApiReads, RefusesWhatDoesNotFitTheTable) {
    const ApiNode node;
    fill(node);
    const std::string start = "The provided starting key is invalid";
    struct Case {
        std::string call;
        std::string body;
        std::string message;
    };
    const std::vector<Case> cases{
        {"Query",
         in(R"("KeyConditionExpression":"c = :c","ExpressionAttributeValues":)"
            R"({":c":{"N":"1"}})"),
         "Query condition missed key schema element: p"},
        {"Query",
         in(R"("KeyConditionExpression":"p > :p","ExpressionAttributeValues":)"
            R"({":p":{"S":"x"}})"),
         "Query key condition not supported"},
        {"Query",
         in(R"("KeyConditionExpression":"p = :p","ExpressionAttributeValues":)"
            R"({":p":{"N":"1"}})"),
         "One or more parameter values were invalid: Condition parameter type does not match "
         "schema type"},
        {"Query",
         in(R"("KeyConditionExpression":"p = :p","FilterExpression":"c > :c",)"
            R"("ExpressionAttributeValues":{":p":{"S":"x"},":c":{"N":"1"}})"),
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: c"},
        {"Query",
         in(R"("KeyConditions":{"p":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x"}]}},)"
            R"("QueryFilter":{"c":{"ComparisonOperator":"NULL"}})"),
         "QueryFilter can only contain non-primary key attributes: Primary key attribute: c"},
        {"Query", in(kOfX + R"(,"ExclusiveStartKey":)" + key("y", "1")),
         "The provided starting key is outside query boundaries based on provided conditions"},
        {"Query", in(kOfX + R"(,"ProjectionExpression":"p.a")"),
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
         "allowed: Key: p"},
        {"Query", in(kOfX + R"(,"IndexName":"nowhere")"),
         "The table does not have the specified index: nowhere"},
        {"Scan", in(R"("IndexName":"nowhere","ConsistentRead":true)"),
         "The table does not have the specified index: nowhere"},
        {"Scan", in(R"("ExclusiveStartKey":{"p":{"S":"x"}})"), start},
    };
    for (const Case& one : cases) {
        SCOPED_TRACE(one.body);
        const auto response = node.call(one.call, one.body);
        EXPECT_EQ(response.status, 400U);
        EXPECT_EQ(response.body,
                  R"({"__type":"com.amazon.coral.validate#ValidationException","message":")" +
                      one.message + "\"}");
    }
    for (const std::string more : {"", R"(,"IndexName":"abc")"}) {
        EXPECT_EQ(node.call("Scan", R"({"TableName":"none")" + more + "}").body,
                  R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
                  R"("message":"Requested resource not found"})");
    }
}

}  // namespace
}  // namespace millbeck::runtime
