#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/api/error_map.hpp"
#include "runtime/api/request_parser.hpp"

namespace millbeck::runtime {
namespace {

struct Row {
    std::string call;
    std::string body;
    std::string error;    // the part of __type behind the #
    std::string message;  // exact
};

const std::string kInvalid = "One or more parameter values were invalid: ";
const std::string kOne = "1 validation error detected: ";
const std::string kNull = " failed to satisfy constraint: Member must not be null";
const std::string kCast =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')";

std::string target_of(const std::string& call) {
    const bool stream = call.find("Stream") != std::string::npos || call == "GetRecords" ||
                        call == "GetShardIterator";
    return (stream ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + call;
}

std::string short_type(base::Code code) {
    const std::string_view type = wire_error(code).type;
    return std::string(type.substr(type.find('#') + 1));
}

void expect_refused(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        SCOPED_TRACE(row.call + " " + row.body.substr(0, 300));
        const auto parsed = parse_request(target_of(row.call), row.body);
        if (parsed) {
            ADD_FAILURE() << "accepted";
            continue;
        }
        EXPECT_EQ(short_type(parsed.error().code), row.error);
        EXPECT_EQ(parsed.error().message, row.message);
    }
}

std::string create_table(const std::string& more) {
    return R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],)"
           R"("KeySchema":[{"AttributeName":"p","KeyType":"HASH"}])" +
           more + "}";
}

std::string on_demand(const std::string& more) {
    return create_table(R"(,"BillingMode":"PAY_PER_REQUEST")" + more);
}

// If it fails, a client that sends a wrong JSON type gets another error than from the service.
TEST(RequestParser, RefusesWrongJsonTypes) {
    const std::string type = "SerializationException";
    expect_refused({
        {"PutItem", "", type, ""},
        {"PutItem", "hi", type, ""},
        {"PutItem", R"({"TableName":"tab")", type, ""},
        {"PutItem", "[]", type, ""},
        {"PutItem", "\"word\"", type, ""},
        {"PutItem", "{\"TableName\":\"\xFF\"}", type, ""},
        {"PutItem", R"({"TableName":23})", type, "NUMBER_VALUE cannot be converted to String"},
        {"PutItem", R"({"TableName":2.5})", type, "DECIMAL_VALUE cannot be converted to String"},
        {"PutItem", R"({"TableName":true})", type, "TRUE_VALUE cannot be converted to String"},
        {"PutItem", R"({"TableName":false})", type, "FALSE_VALUE cannot be converted to String"},
        {"PutItem", R"({"TableName":[]})", type,
         "Unrecognized collection type class java.lang.String"},
        {"PutItem", R"({"TableName":{}})", type,
         "Start of structure or map found where not expected"},
        {"PutItem", R"({"Item":"23"})", type, "Unexpected field type"},
        {"PutItem", R"({"Item":[]})", type,
         "Unrecognized collection type java.util.Map<java.lang.String, "
         "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":"x"}})", type,
         "Unexpected value type in payload"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"N":123}}})", type,
         "NUMBER_VALUE cannot be converted to String"},
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"SS":"x"}}})", type,
         "Unexpected field type"},
        {"GetItem", R"({"ConsistentRead":"23"})", type, "Unexpected token received from parser"},
        {"GetItem", R"({"ConsistentRead":23})", type,
         "NUMBER_VALUE cannot be converted to Boolean"},
        {"ListTables", R"({"Limit":"23"})", type, "STRING_VALUE cannot be converted to Integer"},
        {"ListTables", R"({"Limit":[]})", type,
         "Unrecognized collection type class java.lang.Integer"},
        {"CreateTable", R"({"ProvisionedThroughput":{"ReadCapacityUnits":"1"}})", type,
         "STRING_VALUE cannot be converted to Long"},
        {"CreateTable", R"({"ProvisionedThroughput":[]})", type,
         "Unrecognized collection type class "
         "com.amazonaws.dynamodb.v20120810.ProvisionedThroughput"},
        {"CreateTable", R"({"KeySchema":{}})", type,
         "Start of structure or map found where not expected"},
        {"CreateTable", R"({"KeySchema":"x"})", type, "Unexpected field type"},
        {"CreateTable", R"({"KeySchema":["x"]})", type, "Unexpected value type in payload"},
        {"BatchWriteItem", R"({"RequestItems":[]})", type,
         "Unrecognized collection type java.util.Map<java.lang.String, "
         "java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>>"},
        {"BatchWriteItem", R"({"RequestItems":{"tab":23}})", type, kCast},
        {"BatchWriteItem", R"({"RequestItems":{"tab":[[]]}})", type,
         "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.WriteRequest"},
        {"BatchGetItem", R"({"RequestItems":{"tab":{"Keys":[1]}}})", type, kCast},
        {"BatchGetItem", R"({"RequestItems":{"tab":"x"}})", type,
         "Unexpected value type in payload"},
        {"GetRecords", R"({"ShardIterator":1})", type,
         "NUMBER_VALUE cannot be converted to String"},
    });
}

// If it fails, a request wrong in two ways is told of the lesser one first.
TEST(RequestParser, NamesWrongTypesBeforeBrokenRules) {
    const std::string type = "SerializationException";
    const std::string text = "NUMBER_VALUE cannot be converted to String";
    expect_refused({
        // no table name, and a number where text must be
        {"PutItem", R"({"Item":{"p":{"S":1}}})", type, text},
        // an empty set before, a number after
        {"PutItem", R"({"TableName":"tab","Item":{"a":{"SS":[]},"p":{"S":1}}})", type, text},
        {"BatchWriteItem",
         R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"a":{"SS":[]}}}},)"
         R"({"PutRequest":{"Item":{"a":{"N":1}}}}]}})",
         type, text},
    });
}

// If it fails, clients cannot read off what to change, or see one fault at a time.
TEST(RequestParser, CollectsBrokenConstraints) {
    const std::string type = "ValidationException";
    const std::string pattern =
        " failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "[a-zA-Z0-9_.-]+";
    const std::string shorter =
        " failed to satisfy constraint: Member must have length greater than or equal to 3";
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
         "3 validation errors detected: Value '' at 'tableName'" + pattern +
             "; Value '' at 'tableName'" + shorter + "; Value null at 'key'" + kNull},
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
        {"BatchWriteItem", "{}", type, kOne + "Value null at 'requestItems'" + kNull},
        {"BatchWriteItem", R"({"RequestItems":{}})", type,
         kOne + "Value '{}' at 'requestItems' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"},
        {"BatchWriteItem", R"({"RequestItems":{"a":[]}})", type,
         "2 validation errors detected: Value '{\"a\":[]}'" + keys_rule + "; Value '{\"a\":[]}'" +
             values_rule},
        {"BatchWriteItem", R"({"RequestItems":{"aa;":[{"PutRequest":{},"DeleteRequest":{}}]}})",
         type,
         "3 validation errors detected: Value "
         "'{\"aa;\":[{\"PutRequest\":{},\"DeleteRequest\":{}}]}'" +
             keys_rule + "; Value null at 'requestItems.aa;.member.1.member.deleteRequest.key'" +
             kNull + "; Value null at 'requestItems.aa;.member.1.member.putRequest.item'" + kNull},
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
         type, kInvalid + "Duplicate tag key: a"},
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

// If it fails, a parameter that is not built is dropped in silence, and a write happens that the
// client meant to be conditional.
TEST(RequestParser, RefusesByNameWhatIsNotBuilt) {
    const std::vector<std::pair<std::string, std::string>> calls{
        {"PutItem", R"({"TableName":"tab","Item":{"p":{"S":"x"}})"},
        {"DeleteItem", R"({"TableName":"tab","Key":{"p":{"S":"x"}})"},
    };
    std::vector<Row> rows;
    for (const auto& [call, body] : calls) {
        for (const std::string name :
             {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues",
              "Expected", "ConditionalOperator"}) {
            rows.push_back({call, body + ",\"" + name + "\":{}}", "ValidationException",
                            name + " is not supported by Millbeck yet"});
        }
    }
    for (const std::string name :
         {"ProjectionExpression", "ExpressionAttributeNames", "AttributesToGet"}) {
        rows.push_back({"GetItem",
                        R"({"TableName":"tab","Key":{"p":{"S":"x"}},")" + name + "\":[]}",
                        "ValidationException", name + " is not supported by Millbeck yet"});
        rows.push_back({"BatchGetItem",
                        R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"x"}}],")" + name + "\":[]}}}",
                        "ValidationException", name + " is not supported by Millbeck yet"});
    }
    for (const std::string name :
         {"LocalSecondaryIndexes", "GlobalSecondaryIndexes", "SSESpecification", "WarmThroughput",
          "ResourcePolicy", "OnDemandThroughput", "GlobalTableSourceArn"}) {
        rows.push_back({"CreateTable", on_demand(",\"" + name + "\":{}"), "ValidationException",
                        name + " is not supported by Millbeck yet"});
    }
    for (const std::string name : {"GlobalSecondaryIndexUpdates", "SSESpecification",
                                   "ReplicaUpdates", "AttributeDefinitions", "WarmThroughput"}) {
        rows.push_back({"UpdateTable", R"({"TableName":"tab",")" + name + "\":[]}",
                        "ValidationException", name + " is not supported by Millbeck yet"});
    }
    for (const std::string call : {"UpdateItem", "Query", "Scan", "TransactWriteItems",
                                   "ExecuteStatement", "DescribeTimeToLive"}) {
        rows.push_back(
            {call, "{}", "ValidationException", call + " is not supported by Millbeck yet"});
    }
    for (const std::string call : {"ListTable", "", "CreateTables", "putItem"}) {
        rows.push_back({call, "{}", "UnknownOperationException", ""});
    }
    expect_refused(rows);
}

// If it fails, calls of one service reach the other's, or a bad header is taken for a call.
TEST(RequestParser, TakesOnlyTargetsOfTheModel) {
    for (const std::string target :
         {"", "whatever", "DynamoDB_20111205.PutItem", "DynamoDBStreams_20120810.PutItem",
          "DynamoDB_20120810.GetRecords", "DynamoDB_20120810", "DynamoDB_20120810.PutItem."}) {
        const auto parsed = parse_request(target, "{}");
        ASSERT_FALSE(parsed) << target;
        EXPECT_EQ(parsed.error().code, base::Code::UnknownOperation) << target;
    }
}

// If it fails, correct requests are refused, or come out as something else.
TEST(RequestParser, ReadsCorrectRequests) {
    const auto put = parse_request(
        "DynamoDB_20120810.PutItem",
        R"({"Unknown":{"x":1},"ReturnConsumedCapacity":"TOTAL","TableName":"first","TableName":"tab",)"
        R"("Item":{"p":{"S":"x"},"n":{"N":"1e1"}},"ReturnValues":"ALL_OLD",)"
        R"("ConditionExpression":null,"ReturnItemCollectionMetrics":"SIZE"})");
    ASSERT_TRUE(put) << put.error().message;
    const auto& write = std::get<PutItemRequest>(*put);
    EXPECT_EQ(write.write.table.value(), "tab");
    EXPECT_EQ(write.write.item.text(), R"({"n":{"N":"10"},"p":{"S":"x"}})");
    EXPECT_EQ(write.write.return_values, capture::ReturnValues::AllOld);
    EXPECT_EQ(write.capacity, ReturnCapacity::Total);

    const auto create = parse_request(
        "DynamoDB_20120810.CreateTable",
        on_demand(R"(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"OLD_IMAGE"},)"
                  R"("Tags":[{"Key":"a","Value":""}],"DeletionProtectionEnabled":true,)"
                  R"("TableClass":"STANDARD")"));
    ASSERT_TRUE(create) << create.error().message;
    const auto& spec = std::get<CreateTableRequest>(*create).spec;
    EXPECT_EQ(spec.keys.hash.name, "p");
    EXPECT_FALSE(spec.keys.range);
    EXPECT_EQ(spec.stream, shardlog::StreamViewType::OldImage);
    EXPECT_TRUE(spec.deletion_protection);
    ASSERT_EQ(spec.tags.size(), 1U);

    const auto arn =
        parse_request("DynamoDB_20120810.DescribeTable",
                      R"({"TableName":"arn:aws:dynamodb:us-east-1:000000000000:table/from-arn"})");
    ASSERT_TRUE(arn) << arn.error().message;
    EXPECT_EQ(std::get<DescribeTableRequest>(*arn).table.value(), "from-arn");

    const auto batch =
        parse_request("DynamoDB_20120810.BatchGetItem",
                      R"({"RequestItems":{"tab":{"ConsistentRead":true,"Keys":[{"p":{"N":"1000"}},)"
                      R"({"p":{"N":"1e3"}}]}}})");
    ASSERT_TRUE(batch) << batch.error().message;
    EXPECT_EQ(std::get<BatchGetItemRequest>(*batch).tables.at(0).keys.size(), 2U);
    EXPECT_TRUE(std::get<BatchGetItemRequest>(*batch).tables.at(0).consistent);
}

// If it fails, one bad request can make the error about it as large as itself, or larger.
TEST(RequestParser, BoundsWhatItRepeats) {
    const auto parsed =
        parse_request("DynamoDB_20120810.PutItem",
                      R"({"TableName":")" + std::string(2'000'000, ';') + R"(","Item":{}})");
    ASSERT_FALSE(parsed);
    EXPECT_LT(parsed.error().message.size(), 20'000U);
    std::string definitions = R"({"AttributeDefinitions":[)";
    for (int i = 0; i < 1000; ++i) {
        definitions += i == 0 ? "{}" : ",{}";
    }
    const auto many = parse_request("DynamoDB_20120810.CreateTable", definitions + "]}");
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().message.substr(0, 32), "10 validation errors detected: V");
}

}  // namespace
}  // namespace millbeck::runtime
