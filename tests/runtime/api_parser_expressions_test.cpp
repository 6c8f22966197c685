// What is refused about expressions and the parameters before them by looking at the request alone.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using tests::expect_refused;
using tests::kInvalid;
using tests::kNull;
using tests::kOne;
using tests::Row;

const std::string kType = "ValidationException";

std::string put(const std::string& more) {
    return R"({"TableName":"tab","Item":{"p":{"S":"x"}},)" + more + "}";
}

std::string keyed(const std::string& more) {
    return R"({"TableName":"tab","Key":{"p":{"S":"x"}},)" + more + "}";
}

std::string batch(const std::string& more) {
    return R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"x"}}],)" + more + "}}}";
}

std::string transact(const std::string& actions) {
    return R"({"TransactItems":[)" + actions + "]}";
}

std::string action(const std::string& kind, const std::string& more) {
    return transact("{\"" + kind + "\":" + keyed(more) + "}");
}

// If it fails, old and new parameters are mixed and one of them is dropped in silence.
TEST(RequestParser, RefusesParametersThatDoNotGoTogether) {
    const auto mixed = [](const std::string& old, const std::string& used) {
        return "Can not use both expression and non-expression parameters in the same request: "
               "Non-expression parameters: {" +
               old + "} Expression parameters: {" + used + "}";
    };
    const std::string names = R"("ExpressionAttributeNames":{"#a":"a"})";
    const std::string values = R"("ExpressionAttributeValues":{":a":{"S":"a"}})";
    const std::string only_values =
        "ExpressionAttributeValues can only be specified when using expressions";
    const std::string only_names =
        "ExpressionAttributeNames can only be specified when using expressions";
    expect_refused({
        {"PutItem", put(R"("ConditionExpression":"p = p","Expected":{})"), kType,
         kOne + mixed("Expected", "ConditionExpression")},
        {"DeleteItem", keyed(R"("ConditionExpression":"a","ConditionalOperator":"OR")"), kType,
         kOne + mixed("ConditionalOperator", "ConditionExpression")},
        {"UpdateItem",
         keyed(R"("UpdateExpression":"","ConditionExpression":"","AttributeUpdates":{},)"
               R"("Expected":{})"),
         kType,
         kOne + mixed("AttributeUpdates, Expected", "UpdateExpression, ConditionExpression")},
        {"GetItem", keyed(R"("ProjectionExpression":"a","AttributesToGet":["a"])"), kType,
         mixed("AttributesToGet", "ProjectionExpression")},
        {"BatchGetItem", batch(R"("ProjectionExpression":"a","AttributesToGet":["a"])"), kType,
         mixed("AttributesToGet", "ProjectionExpression")},
        {"BatchGetItem",
         R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"x"}}],"ProjectionExpression":"a"},)"
         R"("two":{"Keys":[{"p":{"S":"x"}}],"AttributesToGet":["a"]}}})",
         kType, mixed("AttributesToGet", "ProjectionExpression")},
        {"PutItem", put(names), kType, kOne + only_names},
        {"DeleteItem", keyed(R"("Expected":{"a":{"Exists":false}},)" + names), kType,
         kOne + only_names},
        {"GetItem", keyed(names), kType, only_names},
        {"BatchGetItem", batch(names), kType, only_names},
        {"PutItem", put(values), kType, kOne + only_values},
        {"UpdateItem", keyed(values), kType, kOne + only_values},
        {"TransactWriteItems", action("Delete", names), kType, only_names},
        {"TransactWriteItems", action("Delete", values), kType,
         only_values + ": ConditionExpression is null"},
        {"TransactGetItems", action("Get", names), kType, only_names},
    });
}

// If it fails, mistakes in expressions are found too late, or named in words clients do not know.
TEST(RequestParser, RefusesExpressionsInTheServicesOrder) {
    const std::string x = R"("ExpressionAttributeValues":{":x":{"S":"a"}})";
    const std::string unused =
        "Value provided in ExpressionAttributeValues unused in expressions: "
        "keys: {:x}";
    const auto empty = [](const std::string& kind) {
        return "Invalid " + kind + ": The expression can not be empty;";
    };
    std::vector<Row> rows{
        {"UpdateItem", keyed(R"("UpdateExpression":"")"), kType, kOne + empty("UpdateExpression")},
        {"GetItem", keyed(R"("ProjectionExpression":"")"), kType, empty("ProjectionExpression")},
        {"UpdateItem", keyed(R"("UpdateExpression":"SET a = :y",)" + x), kType,
         kOne + "Invalid UpdateExpression: An expression attribute value used in expression is not "
                "defined; attribute value: :y"},
        {"UpdateItem", keyed(R"("UpdateExpression":"REMOVE b","ConditionExpression":"a = b",)" + x),
         kType, kOne + unused},
        {"PutItem", put(R"("ConditionExpression":"#a = b","ExpressionAttributeNames":{})"), kType,
         kOne + "ExpressionAttributeNames must not be empty"},
        {"PutItem", put(R"("ReturnValues":"ALL_NEW","ConditionExpression":"")"), kType,
         kOne + "ReturnValues can only be ALL_OLD or NONE"},
        {"TransactWriteItems", action("Update", R"("UpdateExpression":"")"), kType,
         empty("UpdateExpression")},
    };
    for (const std::string kind : {"Delete", "ConditionCheck"}) {
        rows.push_back({"TransactWriteItems", action(kind, R"("ConditionExpression":"")"), kType,
                        empty("ConditionExpression")});
        rows.push_back(
            {"TransactWriteItems", action(kind, R"("ConditionExpression":"attribute_not_exists(")"),
             kType, "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\""});
        rows.push_back({"TransactWriteItems",
                        action(kind, R"_("ConditionExpression":"attribute_exists(p)",)_" + x),
                        kType, unused});
    }
    expect_refused(rows);
}

// If it fails, expressions above the limit get in, or are refused in words of another call.
TEST(RequestParser, RefusesLargeExpressions) {
    const std::string large(4097, 'a');
    const auto refused = [](const std::string& kind) {
        return "Invalid " + kind + ": Expression size has exceeded the maximum allowed size;";
    };
    const std::string counted = " expression size: 4097";
    expect_refused({
        {"PutItem", put(R"("ConditionExpression":")" + large + '"'), kType,
         kOne + refused("ConditionExpression")},
        {"UpdateItem", keyed(R"("UpdateExpression":")" + large + '"'), kType,
         kOne + refused("UpdateExpression")},
        {"GetItem", keyed(R"("ProjectionExpression":")" + large + '"'), kType,
         refused("ProjectionExpression")},
        {"Scan", R"({"TableName":"tab","FilterExpression":")" + large + R"("})", kType,
         refused("FilterExpression")},
        {"TransactWriteItems", action("Delete", R"("ConditionExpression":")" + large + '"'), kType,
         refused("ConditionExpression") + counted},
        {"TransactWriteItems", action("Update", R"("UpdateExpression":")" + large + '"'), kType,
         refused("UpdateExpression")},
    });
}

// If it fails, old programs do something else than they ask for.
TEST(RequestParser, RefusesWrongLegacyParameters) {
    const std::string one = R"("Expected":{"a":{"Exists":false}})";
    const std::string two = R"("Expected":{"a":{"Exists":false},"b":{"Exists":false}})";
    const std::string join = R"("ConditionalOperator":"XOR")";
    expect_refused({
        {"PutItem", put(R"("ConditionalOperator":"AND")"), kType,
         kOne + "ConditionalOperator cannot be used without Filter or Expected"},
        // Whether it may be there is looked at before what it says.
        {"PutItem", put(join), kType,
         kOne + "ConditionalOperator cannot be used without Filter or Expected"},
        {"DeleteItem", keyed(join + "," + one), kType,
         kOne + "ConditionalOperator can only be used when Filter or Expected has two or more "
                "elements"},
        {"UpdateItem", keyed(join + "," + two), kType,
         kOne + "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"},
        {"PutItem", put(join + R"(,"ConditionExpression":"p = p")"), kType,
         kOne + "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {ConditionalOperator} Expression parameters: "
                "{ConditionExpression}"},
        {"PutItem", put(R"("Expected":{"a":{"Exists":true}})"), kType,
         kOne + kInvalid + "Value must be provided when Exists is true for Attribute: a"},
        {"PutItem", put(R"("Expected":{"a":{"ComparisonOperator":"eq"}})"), kType,
         kOne + kInvalid + "Invalid comparison operator"},
        {"PutItem", put(R"("Expected":{"a":{"Value":{}}})"), kType,
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"UpdateItem", keyed(R"("AttributeUpdates":{"a":{"Action":"ADD"}})"), kType,
         kOne + kInvalid + "Only DELETE action is allowed when no attribute value is specified"},
        {"UpdateItem", keyed(R"("AttributeUpdates":{"a":{"Action":"DELETE","Value":{"S":"x"}}})"),
         kType, kOne + kInvalid + "DELETE action with value is not supported for the type S"},
        {"UpdateItem", keyed(R"("AttributeUpdates":{"a":{"Action":"SET"}})"), kType,
         kOne + "Member must satisfy enum value set: [ADD, DELETE, PUT]' for Action"},
        {"GetItem", keyed(R"("AttributesToGet":["a",""])"), kType, "Empty attribute name"},
        {"GetItem", keyed(R"("AttributesToGet":["a","a"])"), kType,
         kInvalid + "Duplicate value in attribute name: a"},
        {"GetItem", keyed(R"("AttributesToGet":[])"), kType,
         kOne + "Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"},
        {"PutItem", put(R"("Expected":{"a":{"Value":{"S":1}}})"), "SerializationException",
         "NUMBER_VALUE cannot be converted to String"},
        {"PutItem", put(R"("Expected":[])"), "SerializationException",
         "Unrecognized collection type java.util.Map<java.lang.String, "
         "com.amazonaws.dynamodb.v20120810.ExpectedAttributeValue>"},
        {"PutItem", put(R"("ExpressionAttributeNames":[])"), "SerializationException",
         "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"},
        {"PutItem", put(R"("ExpressionAttributeNames":{"#a":1})"), "SerializationException",
         "NUMBER_VALUE cannot be converted to String"},
    });
}

// If it fails, half a transaction is made, or one that nobody asked for.
TEST(RequestParser, RefusesWrongTransactions) {
    const std::string writes = "TransactWriteItems";
    const std::string pattern =
        " failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9_.-]+";
    const std::string good = R"({"Put":{"TableName":"tab","Item":{"p":{"S":"x"}}}})";
    expect_refused({
        {writes, "{}", kType, kOne + "Value null at 'transactItems'" + kNull},
        {writes, transact(""), kType,
         kOne + "Value at 'TransactItems' failed to satisfy constraint: Member must have length "
                "greater than or equal to 1"},
        {"TransactGetItems", transact(""), kType,
         kOne + "Value at 'TransactItems' failed to satisfy constraint: Member must have length "
                "greater than or equal to 1"},
        {writes, transact("{}"), kType,
         "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"},
        {writes,
         transact(R"({"Put":{"TableName":"tab","Item":{"p":{"S":"x"}}},)"
                  R"("Delete":{"TableName":"tab","Key":{"p":{"S":"x"}}}})"),
         kType, "TransactItems can only contain one of Check, Put, Update or Delete"},
        {writes, transact(R"({"Put":{"TableName":"tab"}})"), kType,
         kOne + "Value null at 'transactItems.1.member.put.item'" + kNull},
        {writes, action("ConditionCheck", R"("x":1)"), kType,
         kOne + "Value null at 'transactItems.1.member.conditionCheck.conditionExpression'" +
             kNull},
        {writes, action("Update", R"("x":1)"), kType,
         kOne + "Value null at 'transactItems.1.member.update.updateExpression'" + kNull},
        {writes, transact(good + R"(,{"Delete":{"TableName":"bad!name","Key":{"p":{"S":"x"}}}})"),
         kType, kOne + "Value 'bad!name' at 'transactItems.2.member.delete.tableName'" + pattern},
        {"TransactGetItems", transact(R"({"Get":{"TableName":"bad!name","Key":{"p":{"S":"x"}}}})"),
         kType, kOne + "Value 'bad!name' at 'transactItems.1.member.get.tableName'" + pattern},
        {"TransactGetItems", transact("{}"), kType,
         kOne + "Value null at 'transactItems.1.member.get'" + kNull},
        {writes, R"({"ClientRequestToken":"","TransactItems":[)" + good + "]}", kType,
         kOne + "Value '' at 'clientRequestToken' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"},
        {writes, transact(R"({"Put":[]})"), "SerializationException",
         "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.Put"},
        {writes, transact("1"), "SerializationException", "Unexpected value type in payload"},
    });
}

// If it fails, a transaction far above the service's size takes the log's room.
TEST(RequestParser, RefusesTransactionsAbove4Megabytes) {
    std::string actions;
    for (int i = 0; i < 11; ++i) {
        actions += (i == 0 ? "" : ",") +
                   (R"({"Put":{"TableName":"tab","Item":{"p":{"N":")" + std::to_string(i) +
                    R"("},"v":{"S":")" + std::string(400'000, 'x') + R"("}}}})");
    }
    expect_refused({{"TransactWriteItems", transact(actions), kType,
                     "The aggregate size of the items in the transaction cannot exceed 4 MB"}});
}

std::optional<TransactionToken> token_of(const std::string& body) {
    const auto parsed = tests::parse("DynamoDB_20120810.TransactWriteItems", body);
    if (!parsed) {
        ADD_FAILURE() << parsed.error().message;
        return std::nullopt;
    }
    return std::get<TransactWriteItemsRequest>(*parsed).token;
}

// If it fails, a client that asks again is told it asks for something else, or gets it twice.
TEST(RequestParser, KnowsTheSameTransactionAgain) {
    const std::string items = R"("TransactItems":[{"Put":{"TableName":"tab","Item":)";
    const std::string token = R"(,"ClientRequestToken":"t"})";
    const auto first = token_of("{" + items + R"({"p":{"S":"x"},"q":{"N":"1"}}}}])" + token);
    ASSERT_TRUE(first);
    const auto reordered = token_of("{" + items + R"({"q": {"N":"1"}, "p":{"S":"x"}}}}],)" +
                                    R"("ReturnConsumedCapacity":"TOTAL")" + token);
    ASSERT_TRUE(reordered);
    EXPECT_EQ(reordered->token, first->token);
    EXPECT_EQ(reordered->content, first->content);
    const auto other = token_of("{" + items + R"({"p":{"S":"x"},"q":{"N":"2"}}}}])" + token);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->token, first->token);
    EXPECT_NE(other->content, first->content);
    EXPECT_FALSE(token_of("{" + items + R"({"p":{"S":"x"}}}}]})"));
}

}  // namespace
}  // namespace millbeck::runtime
