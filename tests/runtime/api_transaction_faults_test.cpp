// Transactions on tables with indexes, and transactions that meet themselves, against a real store.
#include <future>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::Answer;
using tests::ApiNode;

// Table `tab` (p, a): a local index by l that holds all, a global one by the binary g.
void create_indexed(const ApiNode& node) {
    node.ok(
        "CreateTable",
        R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
        R"({"AttributeName":"p","AttributeType":"S"},{"AttributeName":"a","AttributeType":"S"},)"
        R"({"AttributeName":"l","AttributeType":"S"},{"AttributeName":"g","AttributeType":"B"}],)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"a","KeyType":"RANGE"}],"LocalSecondaryIndexes":[{"IndexName":"loc",)"
        R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"},)"
        R"({"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}],)"
        R"("GlobalSecondaryIndexes":[{"IndexName":"glo",)"
        R"("KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
        R"("Projection":{"ProjectionType":"ALL"}}]})");
}

std::string keys(const std::string& a, const std::string& more = "") {
    return R"({"p":{"S":"k"},"a":{"S":")" + a + "\"}" + more + "}";
}

std::string put(const std::string& a, const std::string& attributes, const std::string& more = "") {
    return R"({"Put":{"TableName":"tab","Item":)" + keys(a, attributes) + more + "}}";
}

std::string update(const std::string& a, const std::string& value) {
    return R"({"Update":{"TableName":"tab","Key":)" + keys(a) +
           R"(,"UpdateExpression":"SET l = :v","ExpressionAttributeValues":{":v":)" + value + "}}}";
}

std::string transact(const std::vector<std::string>& actions, const std::string& more = "") {
    std::string body = R"({"TransactItems":[)";
    for (const auto& action : actions) {
        body.append(body.back() == '[' ? "" : ",").append(action);
    }
    return body + "]" + more + "}";
}

std::string validation(const std::string& message) {
    return R"({"__type":"com.amazon.coral.validate#ValidationException","message":")" + message +
           "\"}";
}

// `at`: which of the actions, the first is 0.
std::string cancelled(std::size_t actions, std::size_t at, const std::string& message) {
    std::string codes;
    std::string reasons;
    for (std::size_t i = 0; i < actions; ++i) {
        codes.append(i == 0 ? "" : ", ").append(i == at ? "ValidationError" : "None");
        reasons.append(i == 0 ? "" : ",")
            .append(i == at ? R"({"Code":"ValidationError","Message":")" + message + "\"}"
                            : R"({"Code":"None"})");
    }
    return R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",)"
           R"("Message":"Transaction cancelled, please refer cancellation reasons for specific )"
           R"(reasons [)" +
           codes + R"(]","CancellationReasons":[)" + reasons + "]}";
}

const std::string kPresent = R"_(,"ConditionExpression":"attribute_exists(p)")_";
const std::string kValues = "One or more parameter values were invalid: ";
const std::string kNotValid = "One or more parameter values are not valid. ";

// If it fails, clients take a mistake of one action for one of the request, or miss which it is.
TEST(ApiTransactionFaults, TellWhichActionAnIndexCannotHold) {
    const ApiNode node;
    create_indexed(node);
    const std::string number = R"(,"l":{"N":"1"})";
    const std::string mismatch =
        kValues + "Type mismatch for Index Key l Expected: S Actual: N IndexName: loc";
    const std::string long_key = R"(,"l":{"S":")" + std::string(1025, 'x') + "\"}";
    const std::string half = R"(,"l":{"S":"x"},"o":{"S":")" + std::string(204'800, 'o') + "\"}";
    struct Row {
        std::vector<std::string> actions;
        std::string answer;
    };
    const std::vector<Row> rows{
        {{put("1", number)}, cancelled(1, 0, mismatch)},
        {{put("1", R"(,"g":{"NULL":true})")},
         cancelled(1, 0,
                   kValues + "Type mismatch for Index Key g Expected: B Actual: NULL IndexName: "
                             "glo")},
        // The first that is invalid hides those behind it, and conditions that fail.
        {{put("1", "", kPresent), put("2", number), put("3", R"(,"l":{"NULL":true})")},
         cancelled(3, 1, mismatch)},
        {{put("1", "", kPresent), update("2", R"({"N":"1"})")},
         cancelled(2, 1,
                   "The update expression attempted to update the secondary index key to "
                   "unsupported type")},
        {{put("1", long_key)},
         cancelled(1, 0,
                   kValues + "Aggregated size of all range keys has exceeded the size limit of "
                             "1024 bytes")},
        {{put("1", ""), put("2", half)},
         cancelled(2, 1, "Item size has exceeded the maximum allowed size")},
        // An empty key is the whole request's fault.
        {{put("1", "", kPresent), put("2", R"(,"l":{"S":""})")},
         validation(kNotValid +
                    "A value specified for a secondary index key is not supported. The "
                    "AttributeValue for a key attribute cannot contain an empty string value. "
                    "IndexName: loc, IndexKey: l")},
        {{put("1", number), put("2", R"(,"g":{"B":""})")},
         validation(kNotValid +
                    "A value specified for a secondary index key is not supported. The "
                    "AttributeValue for a key attribute cannot contain an empty binary value. "
                    "IndexName: glo, IndexKey: g")},
    };
    for (const Row& row : rows) {
        const auto response = node.call("TransactWriteItems", transact(row.actions));
        EXPECT_EQ(response.status, 400U);
        EXPECT_EQ(response.body, row.answer);
    }
    EXPECT_EQ(node.ok("Scan", R"({"TableName":"tab","Select":"COUNT"})"),
              R"({"Count":0,"ScannedCount":0})");
}

// If it fails, a client that asks again too early does everything twice, or waits for itself.
TEST(ApiTransactionFaults, AreInProgressUntilTheyAreAnswered) {
    ApiNode node;
    create_indexed(node);
    // The committer stands still in the answer to another write.
    std::promise<void> go_on;
    std::promise<void> stands_still;
    std::vector<capture::Commit> other(1);
    other[0].emplace_back(
        capture::PutWrite{shardlog::TableName("tab"), *shardlog::parse_item(keys("other"))});
    node.store().submit(std::move(other), [&](const auto& results) {
        EXPECT_TRUE(results);
        stands_still.set_value();
        go_on.get_future().wait();
    });
    stands_still.get_future().wait();
    const std::string body = transact({put("1", "")}, R"(,"ClientRequestToken":"t")");
    const Answer first = node.begin("TransactWriteItems", body);
    const auto again = node.call("TransactWriteItems", body);
    EXPECT_EQ(again.status, 400U);
    EXPECT_EQ(again.body,
              R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionInProgressException",)"
              R"("Message":"The transaction with the given request token is already in )"
              R"(progress."})");
    go_on.set_value();
    EXPECT_EQ(first.wait().body, "{}");
    EXPECT_EQ(node.ok("TransactWriteItems", body), "{}");
}

// If it fails, a client that asks again after a crash does everything twice.
TEST(ApiTransactionFaults, AreKnownByTheirTokensAfterARestart) {
    ApiNode node;
    create_indexed(node);
    const auto add = [](const std::string& amount, const std::string& token) {
        return transact(
            {R"({"Update":{"TableName":"tab","Key":)" + keys("1") +
             R"(,"UpdateExpression":"ADD o :d","ExpressionAttributeValues":{":d":{"N":")" + amount +
             "\"}}}}"},
            R"(,"ReturnConsumedCapacity":"TOTAL","ClientRequestToken":")" + token + "\"");
    };
    const auto cost = [](const std::string& direction) {
        return R"({"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":2.0,")" + direction +
               R"(CapacityUnits":2.0}]})";
    };
    EXPECT_EQ(node.ok("TransactWriteItems", add("1", "made")), cost("Write"));
    const std::string cancelled =
        transact({put("2", "", kPresent)}, R"(,"ClientRequestToken":"not")");
    EXPECT_EQ(node.call("TransactWriteItems", cancelled).status, 400U);
    node.restart();
    EXPECT_EQ(node.ok("TransactWriteItems", add("1", "made")), cost("Read"));
    EXPECT_NE(node.call("TransactWriteItems", add("2", "made"))
                  .body.find("#IdempotentParameterMismatchException"),
              std::string::npos);
    EXPECT_EQ(node.ok("TransactWriteItems", add("4", "not")), cost("Write"));
    node.clock().advance(base::Milliseconds(600'000));
    node.restart();
    EXPECT_EQ(node.ok("TransactWriteItems", add("8", "made")), cost("Write"));
    EXPECT_EQ(node.ok("GetItem", R"({"TableName":"tab","Key":)" + keys("1") +
                                     R"(,"ProjectionExpression":"o"})"),
              R"({"Item":{"o":{"N":"13"}}})");
    // What they are kept in is nobody's table.
    EXPECT_EQ(node.ok("ListTables", "{}"), R"({"TableNames":["tab"]})");
    EXPECT_NE(node.call("Scan", R"({"TableName":"$tokens"})").body.find("ValidationException"),
              std::string::npos);
}

}  // namespace
}  // namespace millbeck::runtime
