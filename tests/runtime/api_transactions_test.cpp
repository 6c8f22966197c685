// Transactions against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

void create(const ApiNode& node, const std::string& name, const std::string& type) {
    node.ok("CreateTable", R"({"TableName":")" + name +
                               R"(","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
                               R"([{"AttributeName":"p","AttributeType":")" +
                               type +
                               R"("}],"KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
}

std::string transact(const std::vector<std::string>& actions, const std::string& more = "") {
    std::string body = R"({"TransactItems":[)";
    for (const auto& action : actions) {
        body.append(body.back() == '[' ? "" : ",").append(action);
    }
    return body + "]" + more + "}";
}

std::string put(const std::string& key, const std::string& more = "",
                const std::string& attributes = "") {
    return R"({"Put":{"TableName":"tab","Item":{"p":{"S":")" + key + "\"}" + attributes + "}" +
           more + "}}";
}

// Get, Delete, Update, ConditionCheck by key.
std::string by_key(const std::string& action, const std::string& key,
                   const std::string& more = "") {
    return "{\"" + action + R"(":{"TableName":"tab","Key":{"p":{"S":")" + key + "\"}}" + more +
           "}}";
}

std::string item(const ApiNode& node, const std::string& key) {
    return node.ok("GetItem", R"({"TableName":"tab","Key":{"p":{"S":")" + key + "\"}}}");
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

std::string cancelled(const std::string& codes, const std::string& reasons) {
    return R"({"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",)"
           R"("Message":"Transaction cancelled, please refer cancellation reasons for specific )"
           R"(reasons [)" +
           codes + R"(]","CancellationReasons":[)" + reasons + "]}";
}

const std::string kNone = R"({"Code":"None"})";
const std::string kFailed =
    R"("Code":"ConditionalCheckFailed","Message":"The conditional request failed")";
const std::string kAbsent = R"_(,"ConditionExpression":"attribute_not_exists(p)")_";
const std::string kPresent = R"_(,"ConditionExpression":"attribute_exists(p)")_";

// If it fails, half of a transaction is made.
TEST(ApiTransactions, WriteAllOrNothing) {
    const ApiNode node;
    create(node, "tab", "S");
    node.ok("TransactWriteItems", transact({put("a", kAbsent, R"(,"n":{"N":"1"})"), put("b")}));
    const std::string add =
        R"(,"UpdateExpression":"ADD n :d","ExpressionAttributeValues":{":d":{"N":"4"}})";
    EXPECT_EQ(
        node.ok("TransactWriteItems", transact({by_key("Update", "a", add), by_key("Delete", "b"),
                                                put("c"), by_key("ConditionCheck", "d", kAbsent)})),
        "{}");
    EXPECT_EQ(item(node, "a"), R"({"Item":{"n":{"N":"5"},"p":{"S":"a"}}})");
    EXPECT_EQ(item(node, "b"), "{}");
    EXPECT_EQ(item(node, "d"), "{}");
    const std::string show = R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")";
    EXPECT_EQ(refused(node, "TransactWriteItems",
                      transact({by_key("Update", "a", add), put("c", kAbsent + show),
                                by_key("ConditionCheck", "d", kPresent + show), put("e")})),
              cancelled("None, ConditionalCheckFailed, ConditionalCheckFailed, None",
                        kNone + ",{" + kFailed + R"(,"Item":{"p":{"S":"c"}}},{)" + kFailed + "}," +
                            kNone));
    EXPECT_EQ(item(node, "a"), R"({"Item":{"n":{"N":"5"},"p":{"S":"a"}}})");
    EXPECT_EQ(item(node, "e"), "{}");
}

// If it fails, clients take a mistake of one action for one of the request, or miss which it is.
TEST(ApiTransactions, TellWhichActionIsInvalid) {
    const ApiNode node;
    create(node, "tab", "S");
    node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"a"},"s":{"S":"x"}}})");
    const auto invalid = [](const std::string& message) {
        return R"({"Code":"ValidationError","Message":")" + message + "\"}";
    };
    const std::string prefix = "One or more parameter values were invalid: ";
    const std::string number = R"({"Put":{"TableName":"tab","Item":{"p":{"N":"5"}}}})";
    const std::string schema = "The provided key element does not match the schema";
    const std::string wrong_key = R"({"Delete":{"TableName":"tab","Key":{"p":{"L":[{"S":"x"}]}}}})";
    const auto set = [](const std::string& path) {
        return by_key("Update", "a",
                      R"(,"UpdateExpression":"SET )" + path +
                          R"( + :d","ExpressionAttributeValues":{":d":{"N":"1"}})");
    };
    struct Row {
        std::vector<std::string> actions;
        std::string answer;
    };
    const std::vector<Row> rows{
        {{number},
         cancelled("ValidationError",
                   invalid(prefix + "Type mismatch for key p expected: S actual: N"))},
        {{put("z"), wrong_key, number},
         cancelled("None, ValidationError, None", kNone + "," + invalid(schema) + "," + kNone)},
        {{set("p = s")},
         cancelled(
             "ValidationError",
             invalid(prefix + "Cannot update attribute p. This attribute is part of the key"))},
        // Found when the item is there: the condition that fails is not looked at.
        {{by_key("ConditionCheck", "none", kPresent), set("s = s")},
         cancelled("None, ValidationError",
                   kNone + "," +
                       invalid("An operand in the update expression has an incorrect data "
                               "type"))},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(refused(node, "TransactWriteItems", transact(row.actions)), row.answer);
    }
    EXPECT_EQ(item(node, "z"), "{}");
    EXPECT_EQ(refused(node, "TransactGetItems",
                      transact({by_key("Get", "a"), R"({"Get":{"TableName":"tab","Key":{}}})"})),
              cancelled("None, ValidationError", kNone + "," + invalid(schema)));
}

// If it fails, what concerns the whole request looks like a cancelled transaction.
TEST(ApiTransactions, RefuseWrongRequestsAsAWhole) {
    const ApiNode node;
    create(node, "tab", "S");
    create(node, "num", "N");
    const std::string twice =
        validation("Transaction request cannot include multiple operations on one item");
    const auto number = [](const std::string& text) {
        return R"({"Delete":{"TableName":"num","Key":{"p":{"N":")" + text + R"("}}}})";
    };
    const std::string empty = validation(
        "One or more parameter values are not valid. The AttributeValue for a key "
        "attribute cannot contain an empty string value. Key: p");
    const std::string unknown =
        R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
        R"("message":"Requested resource not found"})";
    struct Row {
        std::string call;
        std::vector<std::string> actions;
        std::string answer;
    };
    const std::vector<Row> rows{
        {"TransactWriteItems", {put("a"), by_key("ConditionCheck", "a", kAbsent)}, twice},
        {"TransactWriteItems", {number("1000"), number("1e3")}, twice},
        {"TransactGetItems", {by_key("Get", "a"), by_key("Get", "a")}, twice},
        {"TransactWriteItems", {put("")}, empty},
        {"TransactWriteItems", {by_key("Delete", "")}, empty},
        {"TransactGetItems", {by_key("Get", "")}, empty},
        {"TransactWriteItems",
         {put("a"), R"({"Put":{"TableName":"none","Item":{"p":{"S":"a"}}}})"},
         unknown},
        {"TransactGetItems", {R"({"Get":{"TableName":"none","Key":{"p":{"S":"a"}}}})"}, unknown},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(refused(node, row.call, transact(row.actions)), row.answer);
    }
    EXPECT_EQ(item(node, "a"), "{}");
}

// If it fails, a client that did not hear the answer does everything twice.
TEST(ApiTransactions, AreMadeOnceForAToken) {
    ApiNode node;
    create(node, "tab", "S");
    const auto add = [](const std::string& amount, const std::string& more) {
        return transact({by_key("Update", "a",
                                R"(,"UpdateExpression":"ADD n :d",)"
                                R"("ExpressionAttributeValues":{":d":{"N":")" +
                                    amount + "\"}}")},
                        more);
    };
    const std::string token = R"(,"ClientRequestToken":"t")";
    const std::string total = R"(,"ReturnConsumedCapacity":"TOTAL")";
    EXPECT_EQ(node.ok("TransactWriteItems", add("1", token + total)),
              R"({"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":2.0,)"
              R"("WriteCapacityUnits":2.0}]})");
    EXPECT_EQ(node.ok("TransactWriteItems", add("1", token + total)),
              R"({"ConsumedCapacity":[{"TableName":"tab","CapacityUnits":2.0,)"
              R"("ReadCapacityUnits":2.0}]})");
    EXPECT_EQ(item(node, "a"), R"({"Item":{"n":{"N":"1"},"p":{"S":"a"}}})");
    EXPECT_NE(refused(node, "TransactWriteItems", add("2", token))
                  .find("#IdempotentParameterMismatchException"),
              std::string::npos);
    node.clock().advance(base::Milliseconds(600'000));
    EXPECT_EQ(node.ok("TransactWriteItems", add("2", token)), "{}");
    EXPECT_EQ(item(node, "a"), R"({"Item":{"n":{"N":"3"},"p":{"S":"a"}}})");
    // One that was cancelled changed nothing and may be tried again, also with other content.
    const std::string other = R"(,"ClientRequestToken":"u")";
    refused(node, "TransactWriteItems", transact({put("a", kAbsent)}, other));
    refused(node, "TransactWriteItems",
            transact({R"({"Put":{"TableName":"none","Item":{"p":{"S":"a"}}}})"}, other));
    EXPECT_EQ(node.ok("TransactWriteItems", transact({put("a")}, other)), "{}");
}

// If it fails, readers see items of different moments, or not what they asked for.
TEST(ApiTransactions, ReadInOrderAndInPart) {
    const ApiNode node;
    create(node, "tab", "S");
    node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"a"},"n":{"N":"1"}}})");
    node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":"b"},"n":{"N":"2"}}})");
    const std::string part =
        R"(,"ProjectionExpression":"#n","ExpressionAttributeNames":{"#n":"n"})";
    EXPECT_EQ(
        node.ok("TransactGetItems",
                transact({by_key("Get", "b", part), by_key("Get", "none"), by_key("Get", "a")},
                         R"(,"ReturnConsumedCapacity":"INDEXES")")),
        R"({"Responses":[{"Item":{"n":{"N":"2"}}},{},{"Item":{"n":{"N":"1"},"p":{"S":"a"}}}],)"
        R"("ConsumedCapacity":[{"TableName":"tab","CapacityUnits":6.0,)"
        R"("ReadCapacityUnits":6.0,"Table":{"CapacityUnits":6.0,"ReadCapacityUnits":6.0}}]})");
}

// If it fails, an answer above the service's size is given, or a good one is not.
TEST(ApiTransactions, ReadNoMoreThan4Megabytes) {
    const ApiNode node;
    create(node, "tab", "S");
    std::vector<std::string> gets;
    for (int i = 0; i < 11; ++i) {
        const std::string key = std::to_string(i);
        node.ok("PutItem", R"({"TableName":"tab","Item":{"p":{"S":")" + key + R"("},"v":{"S":")" +
                               std::string(400'000, 'x') + "\"}}}");
        gets.push_back(by_key("Get", key, R"(,"ProjectionExpression":"p")"));
    }
    EXPECT_EQ(refused(node, "TransactGetItems", transact(gets)),
              validation("The aggregate size of the items in the transaction cannot exceed 4 MB"));
    gets.pop_back();
    EXPECT_EQ(node.call("TransactGetItems", transact(gets)).status, 200U);
}

}  // namespace
}  // namespace millbeck::runtime
