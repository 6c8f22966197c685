// If these fail, a request the service refuses is stored here, or refused in other words.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/item.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";
constexpr std::string_view kManyTypes =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes";
constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";
constexpr std::string_view kStructure = "Start of structure or map found where not expected";

struct Row {
    std::string value;  // of the attribute "a"
    std::string message;
};

void expect_refused(const std::vector<Row>& rows, base::Code code) {
    for (const Row& row : rows) {
        // Alone, in a list and in a map: the rules hold at every level.
        for (const std::string& json :
             {"{\"a\":" + row.value + "}", "{\"a\":{\"L\":[{\"S\":\"x\"}," + row.value + "]}}",
              "{\"b\":{\"S\":\"x\"},\"a\":{\"M\":{\"c\":" + row.value + "}}}"}) {
            const auto item = parse_item(json);
            ASSERT_FALSE(item) << json;
            EXPECT_EQ(item.error().message, row.message) << json;
            EXPECT_EQ(item.error().code, code) << json;
        }
    }
}

TEST(ItemRules, ValuesOutsideTheRulesAreRefused) {
    const std::string invalid(kInvalid);
    expect_refused(
        {
            {"{}", std::string(kEmptyValue)},
            {"null", std::string(kEmptyValue)},
            {R"({"S":null})", std::string(kEmptyValue)},
            {R"({"XX":{"S":"a"}})", std::string(kEmptyValue)},
            {R"({"s":"a"})", std::string(kEmptyValue)},
            {R"({"S":"a","N":"1"})", std::string(kManyTypes)},
            {R"({"S":"a","N":"1","SS":["b"]})", std::string(kManyTypes)},
            // A bad value is named before the number of them.
            {R"({"S":"a","N":""})", "The parameter cannot be converted to a numeric value"},
            {R"({"S":"a","N":"b"})", "The parameter cannot be converted to a numeric value: b"},
            {R"({"NULL":false})",
             invalid + "Null attribute value types must have the value of true"},
            {R"({"SS":[]})", invalid + "An string set  may not be empty"},
            {R"({"NS":[]})", invalid + "An number set  may not be empty"},
            {R"({"BS":[]})", invalid + "Binary sets should not be empty"},
            {R"({"SS":["a","a"]})", invalid + "Input collection [a, a] contains duplicates."},
            {R"({"SS":["b","","a",""]})",
             invalid + "Input collection [b, , a, ] contains duplicates."},
            {R"({"NS":["1","1"]})", "Input collection contains duplicates"},
            {R"({"NS":["1000","5","1e3"]})", "Input collection contains duplicates"},
            {R"({"BS":["Yg==","Yg=="]})",
             invalid + "Input collection [Yg==, Yg==]of type BS contains duplicates."},
            {R"({"SS":["a",null]})",
             invalid + "An string set may not have a null string as a member"},
            {R"({"BS":[null]})", invalid + "Binary sets may not contain null or empty values"},
            {R"({"NS":["1",""]})", "The parameter cannot be converted to a numeric value"},
            {R"({"NS":["1",null]})", "The parameter cannot be converted to a numeric value"},
            {R"({"NS":["1","b"]})", "The parameter cannot be converted to a numeric value: b"},
            {R"({"N":"1e126"})",
             "Number overflow. Attempting to store a number with magnitude larger than supported "
             "range"},
            {R"({"M":{"":{"S":"x"}}})", "Empty attribute name"},
        },
        base::Code::Invalid);
}

TEST(ItemRules, JsonOfTheWrongKindIsRefused) {
    const std::string structure(kStructure);
    const std::string blob = "only base-64-encoded strings are convertible to bytes";
    const std::string model = "com.amazonaws.dynamodb.v20120810.AttributeValue";
    expect_refused(
        {
            {"5", "Unexpected value type in payload"},
            {"\"x\"", "Unexpected value type in payload"},
            {"true", "Unexpected value type in payload"},
            {"[]", "Unrecognized collection type class " + model},
            {R"({"S":1})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"S":-1})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"S":18446744073709551615})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"S":1.5})", "DECIMAL_VALUE cannot be converted to String"},
            {R"({"S":1e3})", "DECIMAL_VALUE cannot be converted to String"},
            {R"({"S":true})", "TRUE_VALUE cannot be converted to String"},
            {R"({"S":false})", "FALSE_VALUE cannot be converted to String"},
            {R"({"S":[]})", "Unrecognized collection type class java.lang.String"},
            {R"({"S":{}})", structure},
            {R"({"N":123})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"N":{"a":1}})", structure},
            {R"({"B":5})", blob},
            {R"({"B":true})", blob},
            {R"({"B":[]})", "Unrecognized collection type class java.nio.ByteBuffer"},
            {R"({"B":{}})", structure},
            {R"({"B":"23456"})",
             "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
            {R"({"B":"=+/="})", "Invalid last non-pad Base64 character dectected"},
            {R"({"BOOL":"yes"})", "Unexpected token received from parser"},
            {R"({"BOOL":1})", "NUMBER_VALUE cannot be converted to Boolean"},
            {R"({"BOOL":1.5})", "DECIMAL_VALUE cannot be converted to Boolean"},
            {R"({"BOOL":[]})", "Unrecognized collection type class java.lang.Boolean"},
            {R"({"BOOL":{}})", structure},
            {R"({"NULL":0})", "NUMBER_VALUE cannot be converted to Boolean"},
            {R"({"SS":"a"})", "Unexpected field type"},
            {R"({"SS":{}})", structure},
            {R"({"SS":[1]})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"NS":[1]})", "NUMBER_VALUE cannot be converted to String"},
            {R"({"NS":5})", "Unexpected field type"},
            {R"({"BS":true})", "Unexpected field type"},
            {R"({"BS":[5]})", blob},
            {R"({"BS":["Zh=="]})", "Invalid last non-pad Base64 character dectected"},
            {R"({"L":"a"})", "Unexpected field type"},
            {R"({"L":{}})", structure},
            {R"({"L":[5]})", "Unexpected value type in payload"},
            {R"({"M":5})", "Unexpected field type"},
            {R"({"M":[]})",
             "Unrecognized collection type java.util.Map<java.lang.String, " + model + ">"},
            {R"({"M":{"x":[]}})", "Unrecognized collection type class " + model},
        },
        base::Code::Malformed);
}

// The service reads the whole request before it looks at a value.
TEST(ItemRules, WrongKindsWinOverBrokenValues) {
    for (const std::string_view json :
         {R"({"a":{"N":"x"},"b":{"S":1}})", R"({"a":{"S":"x","N":"1"},"b":{"L":[{"S":1}]}})",
          R"({"a":{},"b":{"M":{"c":{"SS":[1]}}}})", R"({"a":{"SS":[]},"b":{"NS":[1]}})",
          R"({"":{"S":"x"},"b":{"N":1}})"}) {
        const auto item = parse_item(json);
        ASSERT_FALSE(item) << json;
        EXPECT_EQ(item.error().message, "NUMBER_VALUE cannot be converted to String") << json;
        EXPECT_EQ(item.error().code, base::Code::Malformed) << json;
    }
}

TEST(ItemRules, WhatIsNoMapOfAttributesIsRefused) {
    const std::vector<Row> rows{
        {"", ""},
        {"{", ""},
        {"{}x", ""},
        {"{'a':{}}", ""},
        {"null", ""},
        {R"({"a":{"S":"x"},})", ""},
        {"{\"a\":{\"S\":\"\xff\"}}", ""},
        {R"({"a":{"S":"\ud800"}})", ""},
        {"5", "Unexpected field type"},
        {"\"x\"", "Unexpected field type"},
        {"[]",
         "Unrecognized collection type java.util.Map<java.lang.String, "
         "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
    };
    for (const Row& row : rows) {
        const auto item = parse_item(row.value);
        ASSERT_FALSE(item) << row.value;
        EXPECT_EQ(item.error().code, base::Code::Malformed) << row.value;
        EXPECT_EQ(item.error().message, row.message) << row.value;
    }
}

// Lists and maps in turn, with a string at `levels`.
std::string nested(int levels) {
    std::string value = R"({"S":"leaf"})";
    for (int level = levels; level > 1; --level) {
        value.insert(0, level % 2 == 0 ? R"({"L":[)" : R"({"M":{"n":)");
        value.append(level % 2 == 0 ? "]}" : "}}");
    }
    return "{\"a\":" + value + "}";
}

TEST(ItemRules, NestingEndsAtThirtyTwoLevels) {
    EXPECT_TRUE(parse_item(nested(32)));
    for (const int levels : {33, 34, 100, 400}) {
        const auto item = parse_item(nested(levels));
        ASSERT_FALSE(item) << levels;
        EXPECT_EQ(item.error().code, base::Code::Invalid);
        EXPECT_EQ(item.error().message,
                  "Nesting Levels have exceeded supported limits: Attributes in the item have "
                  "nested levels beyond supported limit");
    }
    EXPECT_EQ(parse_item(nested(3'000)).error().code, base::Code::Malformed)
        << "deeper than any JSON we read";
}

TEST(ItemRules, NamesHaveOneTo65535Bytes) {
    const auto named = [](std::size_t bytes) {
        return parse_item("{\"" + std::string(bytes, 'n') + "\":{\"S\":\"x\"}}");
    };
    EXPECT_TRUE(named(1));
    EXPECT_TRUE(named(65'535));
    EXPECT_EQ(named(0).error().message, "Empty attribute name");
    EXPECT_EQ(named(65'536).error().message,
              "Attribute name is too large, must be less than 65536 bytes");
    EXPECT_EQ(named(65'536).error().code, base::Code::Invalid);
}

}  // namespace
}  // namespace millbeck::shardlog
