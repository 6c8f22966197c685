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
using tests::kNull;
using tests::kOne;

// If it fails, clients cannot read off what to change, or see one fault at a time.
TEST(RequestParser, CollectsBrokenConstraints) {
    const std::string type = "ValidationException";
    const std::string pattern =
        " failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9_.-]+";
    const std::string shorter =
        " failed to satisfy constraint: Member must have length greater than or equal to 3";
    const std::string not_empty =
        " failed to satisfy constraint: Member must have length greater than or equal to 1";
    const std::string longer =
        " failed to satisfy constraint: Member must have length less than or equal to 255";
    const std::string keys_rule =
        " at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: "
        "[Member must have length less than or equal to 255, Member must have length greater than "
        "or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]";
    const std::string values_rule =
        " at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
        "[Member must have length less than or equal to 25, Member must have length greater than "
        "or equal to 1]";
    expect_refused({
        {"DeleteItem", "{}", type,
         "2 validation errors detected: Value null at 'tableName'" + kNull +
             "; Value null at 'key'" + kNull},
        {"DeleteItem", R"({"TableName":null,"Key":null})", type,
         "2 validation errors detected: Value null at 'tableName'" + kNull +
             "; Value null at 'key'" + kNull},
        {"DeleteItem", R"({"TableName":""})", type,
         "2 validation errors detected: Value '' at 'tableName'" + not_empty +
             "; Value null at 'key'" + kNull},
        {"DeleteItem", R"({"TableName":")" + std::string(256, 'a') + R"("})", type,
         "2 validation errors detected: Value '" + std::string(256, 'a') + "' at 'tableName'" +
             longer + "; Value null at 'key'" + kNull},
        {"DeleteItem",
         R"({"TableName":"abc;","ReturnConsumedCapacity":"hi","ReturnItemCollectionMetrics":"hi",)"
         R"("ReturnValues":"hi"})",
         type,
         "5 validation errors detected: Value 'hi' at 'returnConsumedCapacity' failed to satisfy "
         "constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]; Value 'abc;' at "
         "'tableName'" +
             pattern +
             "; Value 'hi' at 'returnValues' failed to satisfy constraint: Member must satisfy "
             "enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]; Value 'hi' at "
             "'returnItemCollectionMetrics' failed to satisfy constraint: Member must satisfy enum "
             "value set: [SIZE, NONE]; Value null at 'key'" +
             kNull},
        {"ListTables", R"({"ExclusiveStartTableName":"a;","Limit":500})", type,
         "3 validation errors detected: Value '500' at 'limit' failed to satisfy constraint: "
         "Member must have value less than or equal to 100; Value 'a;' at "
         "'exclusiveStartTableName'" +
             pattern + "; Value 'a;' at 'exclusiveStartTableName'" + shorter},
        {"ListTables", R"({"Limit":0})", type,
         kOne + "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater "
                "than or equal to 1"},
        {"CreateTable",
         R"({"TableName":"abc","AttributeDefinitions":[{}],"KeySchema":[],)"
         R"("ProvisionedThroughput":{"ReadCapacityUnits":-1}})",
         type,
         "5 validation errors detected: Value null at "
         "'attributeDefinitions.1.member.attributeName'" +
             kNull + "; Value null at 'attributeDefinitions.1.member.attributeType'" + kNull +
             "; Value null at 'provisionedThroughput.writeCapacityUnits'" + kNull +
             "; Value '-1' at 'provisionedThroughput.readCapacityUnits' failed to satisfy "
             "constraint: Member must have value greater than or equal to 1; Value '[]' at "
             "'keySchema' failed to satisfy constraint: Member must have length greater than or "
             "equal to 1"},
        {"CreateTable",
         create_table("").substr(0, create_table("").size() - 1) +
             R"(,"StreamSpecification":{},"BillingMode":"x"})",
         type,
         "2 validation errors detected: Value 'x' at 'billingMode' failed to satisfy constraint: "
         "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]; Value null at "
         "'streamSpecification.streamEnabled'" +
             kNull},
        {"CreateTable", R"({"KeySchema":[]})", type,
         "The parameter 'TableName' is required but was not present in the request"},
        {"BatchWriteItem", "{}", type, kOne + "Value null at 'requestItems'" + kNull},
        {"BatchWriteItem", R"({"RequestItems":{}})", type,
         kOne + "Value at 'RequestItems'" + not_empty},
        {"BatchGetItem", R"({"RequestItems":{}})", type,
         kOne + "Value at 'RequestItems'" + not_empty},
        {"BatchGetItem", R"({"RequestItems":{"tab":{"Keys":[]}}})", type,
         kOne + "Value at 'RequestItems.tab.member.Keys'" + not_empty},
        {"BatchWriteItem", R"({"RequestItems":{"a":[]}})", type,
         "2 validation errors detected: Value '{a=[]}'" + keys_rule + "; Value '{a=[]}'" +
             values_rule},
        {"BatchWriteItem",
         R"({"ReturnConsumedCapacity":"x","RequestItems":{"a!a":[{"DeleteRequest":{"Key":{}}}]}})",
         type,
         kOne + "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must "
                "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"BatchGetItem",
         R"({"ReturnConsumedCapacity":"x","RequestItems":{"a!a":{"Keys":[{"p":{"S":"x"}}]}}})",
         type,
         "2 validation errors detected: Value '{\"a!a\":{\"Keys\":[{\"p\":{\"S\":\"x\"}}]}}'" +
             keys_rule +
             "; Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must "
             "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"BatchWriteItem", R"({"RequestItems":{"aa;":[{"PutRequest":{},"DeleteRequest":{}}]}})",
         type,
         "3 validation errors detected: Value "
         "'{aa;=[WriteRequest(putRequest=PutRequest(item=null, workloadProfileName=null), "
         "deleteRequest=DeleteRequest(key=null))]}'" +
             keys_rule + "; Value null at 'requestItems.aa;.member.1.member.putRequest.item'" +
             kNull + "; Value null at 'requestItems.aa;.member.1.member.deleteRequest.key'" +
             kNull},
        {"BatchGetItem", R"({"RequestItems":{"a":{}}})", type,
         "2 validation errors detected: Value '{\"a\":{}}'" + keys_rule +
             "; Value null at 'requestItems.a.member.keys'" + kNull},
        {"DescribeStream", R"({"StreamArn":"x","Limit":101})", type,
         "2 validation errors detected: Value 'x' at 'streamArn' failed to satisfy constraint: "
         "Member must have length greater than or equal to 37; Value '101' at 'limit' failed to "
         "satisfy constraint: Member must have value less than or equal to 100"},
        {"DescribeStream",
         R"({"StreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/l","ShardFilter":)"
         R"({"Type":"OTHER","ShardId":"short"}})",
         type,
         "2 validation errors detected: Value 'OTHER' at 'shardFilter.type' failed to satisfy "
         "constraint: Member must satisfy enum value set: [CHILD_SHARDS]; Value 'short' at "
         "'shardFilter.shardId' failed to satisfy constraint: Member must have length greater than "
         "or equal to 28"},
        {"GetRecords", R"({"ShardIterator":"x","Limit":1001})", type,
         kOne + "Value '1001' at 'limit' failed to satisfy constraint: Member must have value less "
                "than or equal to 1000"},
        {"GetRecords", R"({"ShardIterator":"","Limit":-1})", type,
         "2 validation errors detected: Value '' at 'shardIterator' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1; Value '-1' at 'limit' failed to "
         "satisfy constraint: Member must have value greater than or equal to 1"},
    });
}

// If it fails, programs see faults in words that the service's newer layer no longer has.
TEST(RequestParser, ReportsMembersOfSingleWritesAsTheNewerLayerDoes) {
    const std::string type = "ValidationException";
    const std::string empty_name =
        kOne +
        "Value at 'TableName' failed to satisfy constraint: Member must have length greater "
        "than or equal to 1";
    const std::string capacity =
        "Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy "
        "enum value set: [INDEXES, TOTAL, NONE]";
    const std::string returned =
        "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, "
        "ALL_NEW, UPDATE_NEW, NONE]";
    const std::string metrics =
        "Value 'x' at 'returnItemCollectionMetrics' failed to satisfy constraint: Member must "
        "satisfy enum value set: [SIZE, NONE]";
    const std::string choices =
        R"("ReturnConsumedCapacity":"x","ReturnItemCollectionMetrics":"x","ReturnValues":"x"})";
    expect_refused({
        {"PutItem", R"({"TableName":"","Item":{},)" + choices, type, empty_name},
        {"DeleteItem", R"({"TableName":"","Key":{},)" + choices, type, empty_name},
        {"UpdateItem", R"({"TableName":"","Key":{},)" + choices, type, empty_name},
        {"PutItem", R"({"TableName":"tab","Item":{},)" + choices, type,
         "3 validation errors detected: " + capacity + "; " + returned + "; " + metrics},
        {"DeleteItem", R"({"TableName":"tab","Key":{},)" + choices, type,
         "3 validation errors detected: " + capacity + "; " + returned + "; " + metrics},
        {"UpdateItem", R"({"TableName":"tab","Key":{},)" + choices, type, kOne + returned},
        {"UpdateItem",
         R"({"TableName":"tab","ConditionalOperator":"XOR","Expected":{"a":{"Exists":false}}})",
         type,
         "2 validation errors detected: Value 'XOR' at 'conditionalOperator' failed to satisfy "
         "constraint: Member must satisfy enum value set: [OR, AND]; Value null at 'key'" +
             kNull},
    });
}

// If it fails, a list or a map that is too long is not recognised in the error about it.
TEST(RequestParser, ShowsListsAndMapsAsJavaDoes) {
    const std::string type = "ValidationException";
    const std::string item =
        R"({"a":{"S":"x"},"b":{"L":[{"N":"1"}]},"c":{"M":{"d":{"SS":["y","z"]}}}})";
    const auto value = [](const std::string& s, const std::string& n, const std::string& ss,
                          const std::string& m, const std::string& l) {
        return "AttributeValue(s=" + s + ", n=" + n +
               ", b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=" + ss +
               ", nS=null, bS=null, iNTSET=null, dECIMALSET=null, dOUBLESET=null, m=" + m +
               ", l=" + l + ", nULL=null, bOOL=null)";
    };
    const std::string none = "null";
    const std::string shown =
        "{a=" + value("x", none, none, none, none) +
        ", b=" + value(none, none, none, none, "[" + value(none, "1", none, none, none) + "]") +
        ", c=" +
        value(none, none, none, "{d=" + value(none, none, "[y, z]", none, none) + "}", none) + "}";
    expect_refused({
        {"BatchWriteItem", R"({"RequestItems":{"t!b":[{"PutRequest":{"Item":)" + item + "}}]}}",
         type,
         kOne + "Value '{t!b=[WriteRequest(putRequest=PutRequest(item=" + shown +
             ", workloadProfileName=null), deleteRequest=null)]}' at 'requestItems' failed to "
             "satisfy constraint: Map keys must satisfy constraint: [Member must have length less "
             "than or equal to 255, Member must have length greater than or equal to 3, Member "
             "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]"},
    });
}

// If it fails, one bad request can make the error about it as large as itself, or larger.
TEST(RequestParser, BoundsWhatItRepeats) {
    const auto parsed =
        tests::parse("DynamoDB_20120810.PutItem",
                     R"({"TableName":")" + std::string(2'000'000, ';') + R"(","Item":{}})");
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message.size(), 20'000U);
    std::string definitions = R"({"TableName":"tab","AttributeDefinitions":[)";
    for (int i = 0; i < 1000; ++i) {
        definitions += i == 0 ? "{}" : ",{}";
    }
    const auto many = tests::parse("DynamoDB_20120810.CreateTable", definitions + "]}");
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().message.substr(0, 32), "10 validation errors detected: V");
}

}  // namespace
}  // namespace millbeck::runtime
