#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/api/request_parser.hpp"
#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using tests::create_table;
using tests::expect_refused;
using tests::kInvalid;
using tests::kOne;
using tests::on_demand;

// If it fails, tables are made that no client could use, or good ones are refused.
TEST(RequestParser, ChecksRulesOfTables) {
    const std::string type = "ValidationException";
    const std::string billing =
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
        "PROVISIONED";
    const std::string two_keys =
        R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
        R"([{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"}],)"
        R"("KeySchema":)";
    expect_refused({
        {"CreateTable", create_table(""), type, kInvalid + billing},
        {"CreateTable",
         on_demand(R"(,"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1})"),
         type,
         kInvalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                    "BillingMode is PAY_PER_REQUEST"},
        {"CreateTable",
         create_table(
             R"(,"ProvisionedThroughput":{"ReadCapacityUnits":1000000000001,"WriteCapacityUnits":1})"),
         type, "Given value 1000000000001 for ReadCapacityUnits is out of bounds"},
        {"CreateTable", two_keys + R"([{"AttributeName":"a","KeyType":"RANGE"}]})", type,
         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
        {"CreateTable",
         two_keys +
             R"([{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"HASH"}]})",
         type, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
        {"CreateTable",
         two_keys +
             R"([{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"a","KeyType":"RANGE"}]})",
         type, "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
        {"CreateTable", two_keys + R"([{"AttributeName":"a","KeyType":"HASH"}]})", type,
         kInvalid + "Number of attributes in KeySchema does not exactly match number of attributes "
                    "defined in AttributeDefinitions"},
        {"CreateTable", two_keys + R"([{"AttributeName":"c","KeyType":"HASH"}]})", type,
         kInvalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [c], "
                    "AttributeDefinitions: [a, b]"},
        {"CreateTable", on_demand(R"(,"StreamSpecification":{"StreamEnabled":true})"), type,
         kInvalid + "Table is being created with a stream enabled, UpdateViewType is required"},
        {"CreateTable",
         on_demand(
             R"(,"StreamSpecification":{"StreamEnabled":false,"StreamViewType":"NEW_IMAGE"})"),
         type,
         kInvalid + "Table is being created with a stream disabled, UpdateViewType should not be "
                    "specified"},
        {"CreateTable", on_demand(R"(,"Tags":[{"Key":"a","Value":"1"},{"Key":"a","Value":"2"}])"),
         type, "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"},
        {"UpdateTable", R"({"TableName":"tab"})", type,
         "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
         "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
         "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
         "OnDemandThroughput, WarmThroughput or TableClass is required"},
        {"UpdateTable", R"({"TableName":"tab","StreamSpecification":{"StreamEnabled":true}})", type,
         kInvalid + "If stream is being enabled then UpdateViewType is required"},
        {"UpdateTable",
         R"({"TableName":"tab","StreamSpecification":{"StreamEnabled":false,)"
         R"("StreamViewType":"NEW_IMAGE"}})",
         type, kInvalid + "If stream is being disabled, then UpdateViewType must not be specified"},
    });
}

// If it fails, an item or a batch that no reader could understand gets in.
TEST(RequestParser, ChecksRulesOfItemsAndBatches) {
    const std::string type = "ValidationException";
    std::string many = R"({"RequestItems":{"abc":{"Keys":[)";
    for (int i = 0; i < 100; ++i) {
        many += (i == 0 ? "" : ",") + (R"({"p":{"S":")" + std::to_string(i) + "\"}}");
    }
    many += R"(]},"abd":{"Keys":[{"p":{"S":"x"}}]}}})";
    expect_refused({
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"SS":[]}}})", type,
         kOne + kInvalid + "An string set  may not be empty"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{}}})", type,
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"S":"x","N":"1"}}})", type,
         "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes"},
        {"UpdateItem",
         R"({"TableName":"tab","Key":{"p":{"S":"x"}},"UpdateExpression":"SET a = :v",)"
         R"("ExpressionAttributeValues":{":v":{}}})",
         type,
         "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must "
         "contain exactly one of the supported datatypes for key :v"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"S":"x"}},"ReturnValues":"ALL_NEW"})", type,
         kOne + "ReturnValues can only be ALL_OLD or NONE"},
        {"DeleteItem", R"({"TableName":"tab","Key":{"p":{"S":"x"}},"ReturnValues":"UPDATED_NEW"})",
         type, kOne + "ReturnValues can only be ALL_OLD or NONE"},
        {"PutItem",
         R"({"TableName":"tab","Item":{"p":{"S":"x"},"v":{"S":")" + std::string(409'600, 'x') +
             R"("}}})",
         type, "Item size has exceeded the maximum allowed size"},
        {"BatchWriteItem", R"({"RequestItems":{"tab":[{}]}})", type,
         "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
         "supported datatypes"},
        {"BatchGetItem", many, type, "Too many items requested for the BatchGetItem call"},
        {"BatchGetItem",
         R"({"RequestItems":{"tab":{"Keys":[{"a":{"S":"1"},"b":{"S":"2"}},)"
         R"({"b":{"S":"2"},"a":{"S":"1"}}]}}})",
         type, "Provided list of item keys contains duplicates"},
        {"GetShardIterator",
         R"({"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/l",)"
         R"("ShardId":"shardId-00000000000000000001-00000001","ShardIteratorType":"LATEST",)"
         R"("SequenceNumber":"100000000000000000001"})",
         type, "SequenceNumber must not be specified for ShardIteratorType LATEST"},
        {"GetShardIterator",
         R"({"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/tab/stream/l",)"
         R"("ShardId":"shardId-00000000000000000001-00000001",)"
         R"("ShardIteratorType":"AT_SEQUENCE_NUMBER"})",
         type, "SequenceNumber must be specified for ShardIteratorType AT_SEQUENCE_NUMBER"},
    });
}

// The same broken value sent to every call. The service checks values in two layers, which word the
// same rules in different ways, and single writes report what is wrong as a constraint; if this
// fails, a program that reads the text takes one fault for another.
struct ValueRow {
    std::string value;
    std::string newer;
    std::string older;
};

const std::vector<ValueRow>& broken_values() {
    static const std::string overflow =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    static const std::string underflow =
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range";
    static const std::vector<ValueRow> rows{
        {R"({"N":"abc"})", "The parameter cannot be converted to a numeric value: abc",
         "The parameter cannot be converted to a numeric value: abc"},
        {R"({"N":""})", "The parameter cannot be converted to a numeric value: ",
         "The parameter cannot be converted to a numeric value"},
        {R"({"N":"1e126"})", overflow, overflow},
        {R"({"N":"1e2147483647"})", overflow, underflow},
        {R"({"N":"1e2147483648"})", overflow,
         "The parameter cannot be converted to a numeric value: 1e2147483648"},
        {R"({"NS":["1",""]})", "The parameter cannot be converted to a numeric value: ",
         "The parameter cannot be converted to a numeric value"},
        {R"({"SS":["b","a","b","c"]})",
         kInvalid + R"(Input collection ["a", "b", "b", "c"] contains duplicates.)",
         kInvalid + "Input collection [b, a, b, c] contains duplicates."},
        {R"({"BS":["/w==","AA==","AA=="]})",
         kInvalid + R"(Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.)",
         kInvalid + "Input collection [/w==, AA==, AA==]of type BS contains duplicates."},
        {R"({"NS":["2","1","2"]})", kInvalid + "Input collection contains duplicates.",
         "Input collection contains duplicates"},
        {R"({"M":{"a":{"L":[{"NULL":false}]}}})",
         kInvalid + "Null attribute value types must have the value of true",
         kInvalid + "Null attribute value types must have the value of true"},
    };
    return rows;
}

TEST(RequestParser, WordsBrokenValuesAsTheLayerOfTheCallDoes) {
    const std::string type = "ValidationException";
    for (const auto& [value, newer, older] : broken_values()) {
        const std::string key = R"({"TableName":"tab","Key":{"p":)" + value + "}";
        const std::string values = R"("ExpressionAttributeValues":{":v":)" + value + "}}";
        const std::string good = R"({"TableName":"tab","Key":{"p":{"S":"x"}},)";
        const std::string named = "ExpressionAttributeValues contains invalid value: ";
        expect_refused({
            {"PutItem", R"({"TableName":"tab","Item":{"p":)" + value + "}}", type, kOne + newer},
            {"PutItem",
             R"({"TableName":"tab","Item":{"p":{"S":"x"}},"Expected":{"a":{"Value":)" + value +
                 "}}}",
             type, kOne + newer},
            {"PutItem",
             R"({"TableName":"tab","Item":{"p":{"S":"x"}},"ConditionExpression":"a = :v",)" +
                 values,
             type, kOne + newer},
            {"UpdateItem", key + "}", type, kOne + newer},
            {"UpdateItem", good + R"("UpdateExpression":"SET a = :v",)" + values, type,
             kOne + newer},
            {"UpdateItem", good + R"("AttributeUpdates":{"a":{"Value":)" + value + "}}}", type,
             kOne + newer},
            {"DeleteItem", key + "}", type, kOne + newer},
            {"DeleteItem", good + R"("ConditionExpression":"a = :v",)" + values, type,
             kOne + newer},
            {"GetItem", key + "}", type, newer},
            {"BatchGetItem", R"({"RequestItems":{"tab":{"Keys":[{"p":)" + value + "}]}}}", type,
             newer},
            {"Query", R"({"TableName":"tab","KeyConditionExpression":"p = :v",)" + values, type,
             newer},
            {"Query",
             R"({"TableName":"tab","KeyConditions":{"p":{"ComparisonOperator":"EQ",)"
             R"("AttributeValueList":[)" +
                 value + "]}}}",
             type, newer},
            {"Query",
             R"({"TableName":"tab","KeyConditionExpression":"p = :v",)"
             R"("ExpressionAttributeValues":{":v":{"S":"x"}},"ExclusiveStartKey":{"p":)" +
                 value + "}}",
             type, newer},
            {"Scan", R"({"TableName":"tab","FilterExpression":"p = :v",)" + values, type, newer},
            {"BatchWriteItem",
             R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":)" + value + "}}}]}}", type,
             older},
            {"BatchWriteItem",
             R"({"RequestItems":{"tab":[{"DeleteRequest":{"Key":{"p":)" + value + "}}}]}}", type,
             older},
            {"TransactWriteItems",
             R"({"TransactItems":[{"Put":{"TableName":"tab","Item":{"p":)" + value + "}}}]}", type,
             older},
            {"TransactWriteItems",
             R"({"TransactItems":[{"Update":)" + good + R"("UpdateExpression":"SET a = :v",)" +
                 values + "}]}",
             type, named + older + " for key :v"},
            {"TransactGetItems", R"({"TransactItems":[{"Get":)" + key + "}}]}", type, older},
        });
    }
}

}  // namespace
}  // namespace millbeck::runtime
