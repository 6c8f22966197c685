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
         "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, DeletionProtectionEnabled "
         "or TableClass is required"},
        {"UpdateTable", R"({"TableName":"tab","StreamSpecification":{"StreamEnabled":true}})", type,
         kInvalid + "If stream is being enabled then UpdateViewType is required"},
        {"UpdateTable",
         R"({"TableName":"tab","StreamSpecification":{"StreamEnabled":false,)"
         R"("StreamViewType":"NEW_IMAGE"}})",
         type, kInvalid + "If stream is being disabled, then UpdateViewType must not be specified"},
        {"UpdateTable",
         R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST","StreamSpecification":)"
         R"({"StreamEnabled":false}})",
         type, kInvalid + "You cannot modify stream status while updating table IOPS"},
        {"UpdateTable", R"({"TableName":"tab","BillingMode":"PROVISIONED"})", type,
         kInvalid + billing},
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
         kInvalid + "An string set  may not be empty"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{}}})", type,
         "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"N":"x"}}})", type,
         "The parameter cannot be converted to a numeric value: x"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"S":"x"}},"ReturnValues":"ALL_NEW"})", type,
         "ReturnValues can only be ALL_OLD or NONE"},
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

}  // namespace
}  // namespace millbeck::runtime
