// UpdateItem, conditions and projections against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/api_node.hpp"

namespace millbeck::runtime {
namespace {

using tests::ApiNode;

std::string in(const std::string& more) {
    return R"({"TableName":"tab",)" + more + "}";
}

std::string keyed(const std::string& more) {
    return in(R"("Key":{"p":{"S":"k"}})" + more);
}

void create(const ApiNode& node) {
    node.ok("CreateTable", in(R"("BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
                              R"([{"AttributeName":"p","AttributeType":"S"}],)"
                              R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}])"));
}

void put(const ApiNode& node, const std::string& attributes) {
    node.ok("PutItem", in(R"("Item":{"p":{"S":"k"})" + attributes + "}"));
}

std::string item(const ApiNode& node) {
    return node.ok("GetItem", keyed(""));
}

struct Refused {
    std::string call;
    std::string body;
    std::string answer;
};

void expect_refused(const ApiNode& node, const std::vector<Refused>& rows) {
    for (const auto& row : rows) {
        SCOPED_TRACE(row.call + " " + row.body);
        const auto response = node.call(row.call, row.body);
        EXPECT_EQ(response.status, 400U);
        EXPECT_EQ(response.body, row.answer);
    }
}

std::string validation(const std::string& message) {
    return R"({"__type":"com.amazon.coral.validate#ValidationException","message":")" + message +
           "\"}";
}

const std::string kFailed =
    R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
    R"("message":"The conditional request failed")";

// If it fails, a program that counts with UpdateItem counts wrong.
TEST(ApiUpdates, AnswersWithWhatWasAskedFor) {
    struct Row {
        std::string mode;
        std::string attributes;  // of the answer; "": none
    };
    const std::string old_n = R"({"n":{"N":"1"}})";
    const std::string new_n = R"({"n":{"N":"3"}})";
    const std::string old_all = R"({"n":{"N":"1"},"p":{"S":"k"},"z":{"S":"z"}})";
    const std::string new_all = R"({"n":{"N":"3"},"p":{"S":"k"},"z":{"S":"z"}})";
    const std::vector<Row> rows{{"NONE", ""},
                                {"ALL_OLD", old_all},
                                {"UPDATED_OLD", old_n},
                                {"ALL_NEW", new_all},
                                {"UPDATED_NEW", new_n}};
    const ApiNode node;
    create(node);
    for (const auto& row : rows) {
        put(node, R"(,"n":{"N":"1"},"z":{"S":"z"})");
        EXPECT_EQ(node.ok("UpdateItem", keyed(R"(,"UpdateExpression":"SET #n = n + :d",)"
                                              R"("ExpressionAttributeNames":{"#n":"n"},)"
                                              R"("ExpressionAttributeValues":{":d":{"N":"2"}},)"
                                              R"("ReturnValues":")" +
                                              row.mode + "\"")),
                  row.attributes.empty() ? "{}" : R"({"Attributes":)" + row.attributes + "}");
        EXPECT_EQ(item(node), R"({"Item":)" + new_all + "}") << row.mode;
    }
}

// If it fails, an update of an item that is not there makes one, or does not, against the rules.
TEST(ApiUpdates, MakesItemsByTheServicesRules) {
    const ApiNode node;
    create(node);
    EXPECT_EQ(node.ok("UpdateItem", keyed(R"(,"UpdateExpression":"REMOVE a",)"
                                          R"("ReturnValues":"ALL_NEW")")),
              "{}");
    EXPECT_EQ(item(node), "{}");
    node.ok("UpdateItem", keyed(""));
    EXPECT_EQ(item(node), R"({"Item":{"p":{"S":"k"}}})");
    node.ok("DeleteItem", keyed(""));
    EXPECT_EQ(node.ok("UpdateItem",
                      keyed(R"(,"AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"5"}}},)"
                            R"("ReturnValues":"UPDATED_NEW")")),
              R"({"Attributes":{"n":{"N":"5"}}})");
    node.ok("UpdateItem", keyed(R"(,"AttributeUpdates":{"n":{"Action":"DELETE"},)"
                                R"("l":{"Action":"ADD","Value":{"L":[{"S":"x"}]}}})"));
    EXPECT_EQ(item(node), R"({"Item":{"l":{"L":[{"S":"x"}]},"p":{"S":"k"}}})");
}

// If it fails, a write happens whose condition does not hold, or the other way round.
TEST(ApiUpdates, HoldsToConditions) {
    const ApiNode node;
    create(node);
    const std::string absent = R"_(,"ConditionExpression":"attribute_not_exists(p)")_";
    const std::string show = R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")";
    const std::string put_again = in(R"("Item":{"p":{"S":"k"},"a":{"N":"2"}})" + absent);
    node.ok("PutItem", in(R"("Item":{"p":{"S":"k"},"a":{"N":"1"}})" + absent));
    const std::string shown = kFailed + R"(,"Item":{"a":{"N":"1"},"p":{"S":"k"}}})";
    const std::string two = R"("ExpressionAttributeValues":{":two":{"N":"2"}})";
    expect_refused(
        node,
        {
            {"PutItem", put_again, kFailed + "}"},
            {"PutItem", in(R"("Item":{"p":{"S":"k"}})" + absent + show), shown},
            {"DeleteItem", keyed(absent + show), shown},
            {"DeleteItem", keyed(R"(,"ConditionExpression":"a = :two",)" + two), kFailed + "}"},
            {"UpdateItem",
             keyed(R"(,"UpdateExpression":"SET a = :two","ConditionExpression":"a > :two",)" + two +
                   show),
             shown},
            {"PutItem", in(R"("Item":{"p":{"S":"k"}},"Expected":{"a":{"Exists":false}})"),
             kFailed + "}"},
            {"UpdateItem",
             keyed(R"(,"Expected":{"a":{"Value":{"N":"7"}},"b":{"Exists":false}},)"
                   R"("ConditionalOperator":"AND")"),
             kFailed + "}"},
            // Nothing is there to be shown.
            {"DeleteItem",
             in(R"_("Key":{"p":{"S":"none"}},"ConditionExpression":"attribute_exists(p)")_" + show),
             kFailed + "}"},
        });
    EXPECT_EQ(item(node), R"({"Item":{"a":{"N":"1"},"p":{"S":"k"}}})");
    node.ok("UpdateItem", keyed(R"(,"Expected":{"a":{"Value":{"N":"7"}},"b":{"Exists":false}},)"
                                R"("ConditionalOperator":"OR")"));
    node.ok("DeleteItem", keyed(R"(,"ConditionExpression":"a < :two",)" + two));
    EXPECT_EQ(item(node), "{}");
}

// If it fails, an update destroys a key, or its mistakes are called something else.
TEST(ApiUpdates, RefusesWhatDoesNotFitTheItem) {
    const ApiNode node;
    create(node);
    put(node, R"(,"s":{"S":"text"})");
    const std::string one = R"(,"ExpressionAttributeValues":{":v":{"N":"1"}})";
    const auto update = [&](const std::string& expression, const std::string& values) {
        return keyed(R"(,"UpdateExpression":")" + expression + "\"" + values);
    };
    const std::string invalid = "One or more parameter values were invalid: ";
    expect_refused(
        node,
        {
            {"UpdateItem", update("SET p = :v", one),
             validation(invalid + "Cannot update attribute p. This attribute is part of the key")},
            {"UpdateItem", update("SET s = s + :v", one),
             validation("An operand in the update expression has an incorrect data type")},
            {"UpdateItem", update("SET x = y", ""),
             validation("The provided expression refers to an attribute that does not exist in "
                        "the item")},
            {"UpdateItem", update("SET x.y = :v", one),
             validation("The document path provided in the update expression is invalid for "
                        "update")},
            {"UpdateItem", R"({"TableName":"none","Key":{"p":{"S":"k"}}})",
             R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
             R"("message":"Requested resource not found"})"},
            {"UpdateItem", in(R"("Key":{"q":{"S":"k"}})"),
             validation("The provided key element does not match the schema")},
        });
    EXPECT_EQ(item(node), R"({"Item":{"p":{"S":"k"},"s":{"S":"text"}}})");
}

// The longest text is recorded of the service: `SET b = :pad` came to 400 KB with 409577 bytes. If
// it fails, an update is taken that the service refuses for its size, or one that it takes is not.
TEST(ApiUpdates, LimitWhatTheyWriteWithAndWhatComesOut) {
    const ApiNode node;
    create(node);
    const std::string too_large =
        validation("Item size to update has exceeded the maximum allowed size");
    const auto padded = [](const std::string& expression, std::size_t length,
                           const std::string& more = "") {
        return R"("Key":{"p":{"S":"k"}},"UpdateExpression":")" + expression +
               R"(","ExpressionAttributeValues":{":pad":{"S":")" + std::string(length, 'x') +
               "\"}}" + more;
    };
    const std::string set = "SET b = :pad";
    expect_refused(
        node, {
                  {"UpdateItem", in(padded(set, 409'578)), too_large},
                  // before any condition, and before what an update may not change
                  {"UpdateItem",
                   in(padded(set, 409'578, R"_(,"ConditionExpression":"attribute_exists(p)")_")),
                   too_large},
                  {"UpdateItem", in(padded("SET p = :pad", 409'578)), too_large},
                  {"UpdateItem", R"({"TableName":"none",)" + padded(set, 409'578) + "}",
                   R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
                   R"("message":"Requested resource not found"})"},
              });
    EXPECT_EQ(item(node), "{}");
    node.ok("UpdateItem", in(padded(set, 409'577)));
    node.ok("UpdateItem", in(padded("SET b = if_not_exists(b, :pad)", 20)));
    expect_refused(node, {{"UpdateItem", in(padded("SET c = :pad", 100)), too_large}});
    // Of other writes the item alone counts: b, p and k are three bytes.
    put(node, "");
    const auto whole = [](std::size_t length) {
        return R"("AttributeUpdates":{"b":{"Value":{"S":")" + std::string(length, 'x') + "\"}}}";
    };
    node.ok("UpdateItem", keyed("," + whole(409'597)));
    expect_refused(node, {{"UpdateItem", keyed("," + whole(409'598)), too_large}});
}

// If it fails, readers get more or less than they asked for.
TEST(ApiUpdates, ReadsWhatIsProjected) {
    const ApiNode node;
    create(node);
    put(node, R"(,"a":{"M":{"b":{"N":"1"},"c":{"N":"2"}}},"l":{"L":[{"S":"x"},{"S":"y"}]})");
    const std::string some = R"("ProjectionExpression":"a.#b, l[1]",)"
                             R"("ExpressionAttributeNames":{"#b":"b"})";
    const std::string found = R"({"a":{"M":{"b":{"N":"1"}}},"l":{"L":[{"S":"y"}]}})";
    EXPECT_EQ(node.ok("GetItem", keyed("," + some)), R"({"Item":)" + found + "}");
    EXPECT_EQ(node.ok("GetItem", keyed(R"(,"AttributesToGet":["p","z"])")),
              R"({"Item":{"p":{"S":"k"}}})");
    EXPECT_EQ(node.ok("GetItem", keyed(R"(,"ProjectionExpression":"z")")), R"({"Item":{}})");
    EXPECT_EQ(node.ok("BatchGetItem",
                      R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"k"}}],)" + some + "}}}"),
              R"({"Responses":{"tab":[)" + found + R"(]},"UnprocessedKeys":{}})");
    const std::string scalar = validation(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' "
        "are not allowed: Key: p");
    expect_refused(node, {{"GetItem", keyed(R"(,"ProjectionExpression":"p.x")"), scalar},
                          {"BatchGetItem",
                           R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"k"}}],)"
                           R"("ProjectionExpression":"p[0]"}}})",
                           scalar}});
}

// If it fails, clients that watch their spending see wrong figures.
TEST(ApiUpdates, CountsTheLargerOfTheTwoItems) {
    const ApiNode node;
    create(node);
    const std::string total = R"(,"ReturnConsumedCapacity":"TOTAL")";
    const auto units = [](const std::string& count) {
        return R"({"ConsumedCapacity":{"TableName":"tab","CapacityUnits":)" + count + "}}";
    };
    // "p", "k", "v" and 2046 bytes: one byte above 2 KB.
    EXPECT_EQ(node.ok("UpdateItem", keyed(R"(,"UpdateExpression":"SET v = :v",)"
                                          R"("ExpressionAttributeValues":{":v":{"S":")" +
                                          std::string(2046, 'x') + R"("}})" + total)),
              units("3.0"));
    EXPECT_EQ(node.ok("UpdateItem", keyed(R"(,"UpdateExpression":"REMOVE v")" + total)),
              units("3.0"));
    EXPECT_EQ(node.ok("UpdateItem", keyed(R"(,"UpdateExpression":"REMOVE v")" + total)),
              units("1.0"));
}

}  // namespace
}  // namespace millbeck::runtime
