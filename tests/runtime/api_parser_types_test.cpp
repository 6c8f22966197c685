#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/api/request_parser.hpp"
#include "tests/runtime/refused_rows.hpp"

namespace millbeck::runtime {
namespace {

using tests::expect_refused;
const std::string kCast =
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class "
    "java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
    "java.lang.Class are in module java.base of loader 'bootstrap')";

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

}  // namespace
}  // namespace millbeck::runtime
