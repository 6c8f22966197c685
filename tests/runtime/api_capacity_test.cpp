// ReturnConsumedCapacity of tables with indexes, against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

// Table `tab` (p, a): a local index by l that holds keys, a global one by g that holds all.
void create_indexed(const ApiNode& node) {
    node.ok(
        "CreateTable",
        R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
        R"({"AttributeName":"p","AttributeType":"S"},{"AttributeName":"a","AttributeType":"S"},)"
        R"({"AttributeName":"l","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"a","KeyType":"RANGE"}],"LocalSecondaryIndexes":[{"IndexName":"loc",)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"l","KeyType":"RANGE"}],)"
        R"("Projection":{"ProjectionType":"KEYS_ONLY"}}],"GlobalSecondaryIndexes":[{)"
        R"("IndexName":"glo","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
        R"("Projection":{"ProjectionType":"ALL"}}]})");
}

std::string item(const std::string& a, const std::string& more) {
    return R"({"p":{"S":"a"},"a":{"S":")" + a + "\"}" + more + "}";
}

std::string attribute(const std::string& name, const std::string& text) {
    return ",\"" + name + R"(":{"S":")" + text + "\"}";
}

std::string request(const std::string& more, const std::string& kind) {
    return R"({"TableName":"tab",)" + more + R"(,"ReturnConsumedCapacity":")" + kind + "\"}";
}

std::string put(const std::string& item, const std::string& kind = "INDEXES") {
    return request(R"("Item":)" + item, kind);
}

std::string key(const std::string& a) {
    return R"("Key":)" + item(a, "");
}

// One table's element; "" for an index that was not charged.
std::string consumed(const std::string& total, const std::string& table, const std::string& loc,
                     const std::string& glo) {
    const auto index = [](const char* kind, const char* name, const std::string& units) {
        return units.empty() ? ""
                             : std::string(",\"") + kind + R"(":{")" + name +
                                   R"(":{"CapacityUnits":)" + units + "}}";
    };
    return R"({"TableName":"tab","CapacityUnits":)" + total + R"(,"Table":{"CapacityUnits":)" +
           table + "}" + index("LocalSecondaryIndexes", "loc", loc) +
           index("GlobalSecondaryIndexes", "glo", glo) + "}";
}

std::string answer(const std::string& consumed) {
    return R"({"ConsumedCapacity":)" + consumed + "}";
}

// The figures are those of DynamoDB Local. If it fails, bills are predicted wrongly.
TEST(ApiCapacity, CountsTheIndexesOfSingleWrites) {
    const ApiNode node;
    create_indexed(node);
    const std::string l = attribute("l", "x");
    const std::string g = attribute("g", "y");
    const std::string long_text(3000, 'z');
    struct Row {
        std::string call, body, answer;
    };
    const std::vector<Row> rows{
        {"PutItem", put(item("1", "")), consumed("1.0", "1.0", "", "")},
        {"PutItem", put(item("1", l + g)), consumed("3.0", "1.0", "1.0", "1.0")},
        {"PutItem", put(item("1", l + g)), consumed("1.0", "1.0", "", "")},
        {"PutItem", put(item("1", l + g + attribute("o", "z"))), consumed("2.0", "1.0", "", "1.0")},
        {"PutItem", put(item("1", attribute("l", "x2") + g + attribute("o", "z"))),
         consumed("4.0", "1.0", "2.0", "1.0")},
        {"PutItem",
         put(item("1", attribute("l", "x2") + attribute("g", "y2") + attribute("o", long_text))),
         consumed("7.0", "3.0", "", "4.0")},
        {"DeleteItem", request(key("1"), "INDEXES"), consumed("7.0", "3.0", "1.0", "3.0")},
        {"DeleteItem", request(key("1"), "INDEXES"), consumed("1.0", "1.0", "", "")},
        {"UpdateItem",
         request(key("1") + R"(,"UpdateExpression":"SET g = :g",)"
                            R"("ExpressionAttributeValues":{":g":{"S":"q"}})",
                 "INDEXES"),
         consumed("2.0", "1.0", "", "1.0")},
        {"PutItem", put(item("2", l + g), "TOTAL"), R"({"TableName":"tab","CapacityUnits":3.0})"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(node.ok(row.call, row.body), answer(row.answer)) << row.body.substr(0, 200);
    }
}

TEST(ApiCapacity, CountsTheIndexesOfBatchesAndTransactions) {
    const ApiNode node;
    create_indexed(node);
    node.ok("PutItem", put(item("1", attribute("g", "q"))));
    const std::string old_with_l = item("1", attribute("l", "x"));
    const std::string new_with_both = item("2", attribute("l", "x") + attribute("g", "h"));
    const auto in_batch = [](const std::string& item) {
        return R"({"PutRequest":{"Item":)" + item + "}}";
    };
    EXPECT_EQ(
        node.ok("BatchWriteItem", R"({"RequestItems":{"tab":[)" + in_batch(old_with_l) + "," +
                                      in_batch(new_with_both) + "," + in_batch(item("3", "")) +
                                      R"(]},"ReturnConsumedCapacity":"INDEXES"})"),
        R"({"UnprocessedItems":{},"ConsumedCapacity":[)" + consumed("7.0", "3.0", "2.0", "2.0") +
            "]}");
    // Preparing and committing: everything twice. A check touches no index.
    const auto in_transaction = [](const std::string& item) {
        return R"({"Put":{"TableName":"tab","Item":)" + item + "}}";
    };
    const std::string check = R"({"ConditionCheck":{"TableName":"tab",)" + key("3") +
                              R"_(,"ConditionExpression":"attribute_exists(p)"}})_";
    const auto twice = [](const std::string& units) {
        return R"({"CapacityUnits":)" + units + R"(,"WriteCapacityUnits":)" + units + "}";
    };
    EXPECT_EQ(node.ok("TransactWriteItems",
                      R"({"TransactItems":[)" + in_transaction(item("1", attribute("l", "y"))) +
                          "," + in_transaction(item("4", attribute("g", "h"))) + "," + check +
                          R"(],"ReturnConsumedCapacity":"INDEXES"})"),
              R"({"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":12.0,)"
              R"("WriteCapacityUnits":12.0,"Table":)" +
                  twice("6.0") + R"(,"LocalSecondaryIndexes":{"loc":)" + twice("4.0") +
                  R"(},"GlobalSecondaryIndexes":{"glo":)" + twice("2.0") + "}}]}");
}

// What a local index does not hold is read from the table, each item rounded up by itself.
TEST(ApiCapacity, CountsWhatALocalIndexFetches) {
    const ApiNode node;
    create_indexed(node);
    for (const int size : {10, 4000, 4100, 9000, 20}) {
        node.ok("PutItem", put(item(std::to_string(size),
                                    attribute("l", std::to_string(size)) +
                                        attribute("o", std::string(std::size_t(size), 'z')))));
    }
    const auto query = [&](const std::string& more) {
        const std::string body =
            node.ok("Query", request(R"("IndexName":"loc","KeyConditionExpression":"p = :p",)"
                                     R"("ExpressionAttributeValues":{":p":{"S":"a"}})" +
                                         more,
                                     "INDEXES"));
        return body.substr(body.find(R"("ConsumedCapacity":)"));
    };
    const auto tail = [](const std::string& consumed) {
        return R"("ConsumedCapacity":)" + consumed + "}";
    };
    const std::string all = R"(,"Select":"ALL_ATTRIBUTES")";
    EXPECT_EQ(query(all), tail(consumed("4.5", "4.0", "0.5", "")));
    EXPECT_EQ(query(all + R"(,"ConsistentRead":true)"), tail(consumed("9.0", "8.0", "1.0", "")));
    EXPECT_EQ(query(R"(,"ProjectionExpression":"o")"), tail(consumed("4.5", "4.0", "0.5", "")));
    EXPECT_EQ(query(R"(,"Select":"COUNT")"), tail(consumed("0.5", "0.0", "0.5", "")));
    EXPECT_EQ(query(all + R"(,"Limit":1)"), tail(consumed("1.0", "0.5", "0.5", "")));
}

// If it fails, a program that watches its item collections sees none, or others.
TEST(ApiCapacity, TellsItemCollectionsOfTablesWithLocalIndexes) {
    const ApiNode node;
    create_indexed(node);
    node.ok("CreateTable",
            R"({"TableName":"plain","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
            R"({"AttributeName":"p","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    const std::string size = R"(,"ReturnItemCollectionMetrics":"SIZE"})";
    const std::string one =
        R"({"ItemCollectionKey":{"p":{"S":"a"}},"SizeEstimateRangeGB":[0.0,1.0]})";
    const std::string other =
        R"({"ItemCollectionKey":{"p":{"S":"b"}},"SizeEstimateRangeGB":[0.0,1.0]})";
    const std::string member = R"("ItemCollectionMetrics":)";
    const auto in = [](const std::string& table, const std::string& more) {
        return R"({"TableName":")" + table + "\"," + more;
    };
    const std::string whole = R"("Item":)" + item("1", "");
    const std::string plain = R"("Item":{"p":{"S":"a"}})";
    EXPECT_EQ(node.ok("PutItem", in("tab", whole) + size), "{" + member + one + "}");
    EXPECT_EQ(node.ok("PutItem",
                      in("tab", whole) +
                          R"(,"ReturnValues":"ALL_OLD","ReturnConsumedCapacity":"TOTAL")" + size),
              R"({"Attributes":)" + std::string(R"({"a":{"S":"1"},"p":{"S":"a"}})") +
                  R"(,"ConsumedCapacity":{"TableName":"tab","CapacityUnits":1.0},)" + member + one +
                  "}");
    EXPECT_EQ(node.ok("UpdateItem", in("tab", key("1")) + size), "{" + member + one + "}");
    EXPECT_EQ(node.ok("DeleteItem", in("tab", key("1")) + size), "{" + member + one + "}");
    EXPECT_EQ(node.ok("PutItem", in("tab", whole) + R"(,"ReturnItemCollectionMetrics":"NONE"})"),
              "{}");
    EXPECT_EQ(node.ok("PutItem", in("plain", plain) + size), "{}");
    const auto b = [](const std::string& a) { return R"({"p":{"S":"b"},"a":{"S":")" + a + "\"}}"; };
    const auto batched = [](const std::string& item) {
        return R"({"PutRequest":{"Item":)" + item + "}}";
    };
    EXPECT_EQ(node.ok("BatchWriteItem", R"({"RequestItems":{"tab":[)" + batched(b("1")) + "," +
                                            batched(b("2")) + "," + batched(item("1", "")) +
                                            R"(],"plain":[)" + batched(R"({"p":{"S":"a"}})") +
                                            "]}" + size),
              R"({"UnprocessedItems":{},)" + member + R"({"tab":[)" + one + "," + other + "]}}");
    EXPECT_EQ(node.ok("BatchWriteItem", R"({"RequestItems":{"plain":[)" +
                                            batched(R"({"p":{"S":"a"}})") + "]}" + size),
              R"({"UnprocessedItems":{}})");
    EXPECT_EQ(node.ok("TransactWriteItems",
                      R"({"TransactItems":[{"Put":)" + in("tab", R"("Item":)" + b("1")) +
                          R"(}},{"ConditionCheck":)" + in("tab", key("1")) +
                          R"_(,"ConditionExpression":"attribute_exists(p)"}}],)_"
                          R"("ReturnConsumedCapacity":"TOTAL")" +
                          size),
              "{" + member + R"({"tab":[)" + other +
                  R"(]},"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":4.0,)"
                  R"("WriteCapacityUnits":4.0}]})");
    // The table's word about a write comes before any about its collection.
    EXPECT_EQ(node.call("PutItem", in("none", whole) + size).status, 400U);
    EXPECT_EQ(node.call("PutItem", in("tab", R"("Item":{"p":{"N":"1"}})") + size).status, 400U);
}

// If it fails, who gave an ARN finds the figures under a name that was not asked for.
TEST(ApiCapacity, NamesTablesAsTheRequestDid) {
    const ApiNode node;
    create_indexed(node);
    const std::string arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";
    const std::string told = R"("TableName":")" + arn + R"(","CapacityUnits":)";
    const std::string keyed = key("1");
    const std::string whole = R"("Item":)" + item("1", "");
    struct Row {
        std::string call, members;
    };
    const std::vector<Row> single{
        {"PutItem", whole},
        {"GetItem", keyed},
        {"UpdateItem", keyed},
        {"DeleteItem", keyed},
        {"Scan", R"("Limit":1)"},
        {"Query", R"("KeyConditionExpression":"p = :p","ExpressionAttributeValues":)"
                  R"({":p":{"S":"a"}})"},
    };
    const std::string total = R"("ReturnConsumedCapacity":"TOTAL")";
    for (const Row& row : single) {
        const std::string answer =
            node.ok(row.call, R"({"TableName":")" + arn + "\"," + row.members + "," + total + "}");
        EXPECT_NE(answer.find(told), std::string::npos) << row.call << ": " << answer;
    }
    const auto items = [&](const std::string& list) {
        return R"({"RequestItems":{")" + arn + "\":" + list + "}," + total + "}";
    };
    const auto transact = [&](const std::string& action, const std::string& members) {
        return R"({"TransactItems":[{")" + action + R"(":{"TableName":")" + arn + "\"," + members +
               "}}]," + total + "}";
    };
    const std::vector<Row> lists{
        {"BatchWriteItem", items(R"([{"PutRequest":{)" + whole + "}}]")},
        {"BatchGetItem", items(R"({"Keys":[)" + item("1", "") + "]}")},
        {"TransactWriteItems", transact("Put", whole)},
        {"TransactGetItems", transact("Get", keyed)},
    };
    for (const Row& row : lists) {
        const std::string answer = node.ok(row.call, row.members);
        EXPECT_NE(answer.find(told), std::string::npos) << row.call << ": " << answer;
    }
}

}  // namespace
}  // namespace millbeck::runtime
