// Query, Scan and the small calls: what is refused before a table is asked.
#include <string>
#include <utility>
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

const std::string kValidation = "ValidationException";

std::string tab(const std::string& more) {
    return R"({"TableName":"tab")" + more + "}";
}

// A Query that is right but for `more`.
std::string query(const std::string& more) {
    return tab(R"(,"KeyConditionExpression":"p = :p")" + more);
}

std::string values(const std::string& more = "") {
    return R"(,"ExpressionAttributeValues":{":p":{"S":"x"})" + more + "}";
}

// If it fails, a client that sends a wrong page size or segment reads too much, or nothing.
TEST(ReadParser, ChecksConstraints) {
    const std::string select =
        " failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, "
        "COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]";
    const std::string least =
        " failed to satisfy constraint: Member must have value greater than "
        "or equal to ";
    expect_refused({
        {"Query", "{}", kValidation, kOne + "Value null at 'tableName'" + kNull},
        {"Query", query(R"(,"Limit":0)" + values()), kValidation,
         kOne + "Value at 'Limit' failed to satisfy constraint: Member must have value greater "
                "than or equal to 1"},
        {"Scan", tab(R"(,"Limit":0)"), kValidation, kOne + "Value at 'Limit'" + least + "1"},
        {"Query", R"({"TableName":"","Limit":0,"Select":"count","KeyConditionExpression":"p"})",
         kValidation,
         "2 validation errors detected: Value at 'Limit'" + least +
             "1; Value at 'TableName' failed to satisfy constraint: Member must have length "
             "greater than or equal to 1"},
        {"Query", R"({"Limit":0,"Select":"count"})", kValidation,
         "3 validation errors detected: Value 'count' at 'select'" + select +
             "; Value null at 'tableName'" + kNull + "; Value '0' at 'limit'" + least + "1"},
        {"Query", query(R"(,"Select":"count")" + values()), kValidation,
         kOne + "Value 'count' at 'select'" + select},
        {"Scan", tab(R"(,"Select":"ALL","Segment":-1,"TotalSegments":1000001)"), kValidation,
         "2 validation errors detected: Value at 'Segment'" + least +
             "0; Value at 'TotalSegments' failed to satisfy constraint: Member must have value "
             "less than or equal to 1000000"},
        {"Scan", tab(R"(,"Select":"ALL","ReturnConsumedCapacity":"ALL")"), kValidation,
         kOne + "Value 'ALL' at 'returnConsumedCapacity' failed to satisfy constraint: Member must "
                "satisfy enum value set: [INDEXES, TOTAL, NONE]"},
        {"Scan", tab(R"(,"Select":"ALL")"), kValidation, kOne + "Value 'ALL' at 'select'" + select},
        // The first that is wrong with the name.
        {"Scan", R"({"TableName":"a!"})", kValidation,
         kOne + "Value 'a!' at 'tableName' failed to satisfy constraint: Member must have length "
                "greater than or equal to 3"},
        {"Query", R"({"TableName":"bad!name","KeyConditionExpression":"p"})", kValidation,
         kOne + "Value 'bad!name' at 'tableName' failed to satisfy constraint: Member must satisfy "
                "regular expression pattern: [a-zA-Z0-9_.-]+"},
        {"Scan", tab(R"(,"IndexName":"a")"), kValidation,
         kOne + "Value 'a' at 'indexName' failed to satisfy constraint: Member must have length "
                "greater than or equal to 3"},
        {"Query", tab(R"(,"KeyConditions":{"p":{"ComparisonOperator":"eq"}})"), kValidation,
         kInvalid + "Invalid comparison operator"},
        // A condition without its operator makes the request one of the older layer.
        {"Scan", tab(R"(,"Limit":0,"ScanFilter":{"p":{}})"), kValidation,
         "2 validation errors detected: Value null at 'scanFilter.p.member.comparisonOperator'" +
             kNull + "; Value '0' at 'limit'" + least + "1"},
        {"Scan", tab(R"(,"ScanFilter":{"p":{}})"), kValidation,
         kOne + "Value null at 'scanFilter.p.member.comparisonOperator'" + kNull},
        {"Scan", tab(R"(,"AttributesToGet":[])"), kValidation,
         kOne + "Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"},
        {"Query", tab(R"(,"ScanIndexForward":"maybe")"), "SerializationException",
         "Unexpected token received from parser"},
        {"Scan", tab(R"(,"Limit":"1")"), "SerializationException",
         "STRING_VALUE cannot be converted to Integer"},
    });
}

// If it fails, clients get other attributes than they asked for.
TEST(ReadParser, ChecksSelectAgainstTheProjection) {
    const std::string projection = R"(,"ProjectionExpression":"a")";
    const std::string names = R"(,"AttributesToGet":["a"])";
    const std::vector<std::pair<std::string, std::string>> bad{
        {R"(,"Select":"SPECIFIC_ATTRIBUTES")",
         "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
         "SPECIFIC_ATTRIBUTES"},
        {R"(,"Select":"ALL_PROJECTED_ATTRIBUTES")",
         "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"},
        {R"(,"Select":"COUNT")" + projection,
         "Cannot specify the ProjectionExpression when choosing to get only the Count"},
        {R"(,"Select":"ALL_ATTRIBUTES")" + projection,
         "Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES"},
        {R"(,"Select":"ALL_PROJECTED_ATTRIBUTES")" + projection,
         "Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES"},
        {R"(,"Select":"COUNT")" + names,
         "Cannot specify the AttributesToGet when choosing to get only the Count"},
    };
    const std::string key_conditions =
        R"(,"KeyConditions":{"p":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"x"}]}})";
    std::vector<Row> rows;
    for (const auto& [more, message] : bad) {
        rows.push_back({"Scan", tab(more), kValidation, kOne + message});
        rows.push_back({"Query", tab(key_conditions + more), kValidation, kOne + message});
    }
    expect_refused(rows);
}

// If it fails, a filter that the client believes in is never applied.
TEST(ReadParser, ChecksWhichParametersGoTogether) {
    const std::string mixed =
        "Can not use both expression and non-expression parameters in the same request: "
        "Non-expression parameters: ";
    expect_refused({
        {"Query", tab(""), kValidation,
         "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
         "request."},
        {"Query", query(R"(,"QueryFilter":{},"KeyConditions":{},"AttributesToGet":["a"])"),
         kValidation,
         mixed + "{AttributesToGet, QueryFilter, KeyConditions} Expression parameters: "
                 "{KeyConditionExpression}"},
        {"Scan",
         tab(R"(,"ScanFilter":{},"ConditionalOperator":"OR","FilterExpression":"a = :a",)"
             R"("ProjectionExpression":"a")"),
         kValidation,
         mixed + "{ScanFilter, ConditionalOperator} Expression parameters: {ProjectionExpression, "
                 "FilterExpression}"},
        {"Scan", tab(R"(,"ExpressionAttributeNames":{"#a":"a"})"), kValidation,
         "ExpressionAttributeNames can only be specified when using expressions"},
        {"Scan", tab(values()), kValidation,
         "ExpressionAttributeValues can only be specified when using expressions"},
        {"Query", tab(R"(,"ProjectionExpression":"a")" + values()), kValidation,
         "ExpressionAttributeValues can only be specified when using expressions: "
         "FilterExpression and KeyConditionExpression are null"},
        {"Scan", tab(R"(,"ConditionalOperator":"AND","Select":"ALL")"), kValidation,
         "ConditionalOperator cannot be used without Filter or Expected"},
        {"Scan",
         tab(R"(,"ConditionalOperator":"XOR","ScanFilter":{"a":{"ComparisonOperator":"NULL"},)"
             R"("b":{"ComparisonOperator":"NULL"}})"),
         kValidation,
         "Failed to satisfy constraint: Member must satisfy enum value set: [ALL, OR]"},
        {"Scan", tab(R"(,"AttributesToGet":["a",""],"ConditionalOperator":"AND")"), kValidation,
         "Empty attribute name"},
        {"Scan", tab(R"(,"FilterExpression":"a = = b","Select":"SPECIFIC_ATTRIBUTES")"),
         kValidation, "Invalid FilterExpression: Syntax error; token: \"=\", near: \"= = b\""},
        {"Scan", tab(R"(,"AttributesToGet":["a","b","a"])"), kValidation,
         kInvalid + "Duplicate value in attribute name: a"},
        {"Scan", tab(R"(,"ScanFilter":{"a":{"ComparisonOperator":"EQ"}})"), kValidation,
         kInvalid + "Invalid number of argument(s) for the EQ ComparisonOperator"},
    });
}

// If it fails, two workers scan the same items, or some are scanned by none.
TEST(ReadParser, ChecksSegments) {
    expect_refused({
        {"Scan", tab(R"(,"Segment":0)"), kValidation,
         "The TotalSegments parameter is required but was not present in the request when Segment "
         "parameter is present"},
        {"Scan", tab(R"(,"TotalSegments":4)"), kValidation,
         "The Segment parameter is required but was not present in the request when parameter "
         "TotalSegments is present"},
        {"Scan", tab(R"(,"Segment":4,"TotalSegments":4)"), kValidation,
         "The Segment parameter is zero-based and must be less than parameter TotalSegments"},
        {"Scan", tab(R"(,"Segment":4,"TotalSegments":4,"FilterExpression":"")"), kValidation,
         "Invalid FilterExpression: The expression can not be empty;"},
    });
}

// If it fails, a wrong condition reads the wrong items instead of saying what is wrong.
TEST(ReadParser, ChecksExpressionsInTheServicesOrder) {
    const auto key_condition = [](const std::string& text, const std::string& more) {
        return tab(R"(,"KeyConditionExpression":")" + text + "\"" + more);
    };
    const std::string two = values(R"(,":q":{"S":"y"})");
    expect_refused({
        {"Query", key_condition("", values()), kValidation,
         "Invalid KeyConditionExpression: The expression can not be empty;"},
        {"Query", key_condition("((p = :p))", values()), kValidation,
         "Invalid KeyConditionExpression: The expression has redundant parentheses;"},
        {"Query", query(R"(,"FilterExpression":"#m = :p")" + values()), kValidation,
         "Invalid FilterExpression: An expression attribute name used in the document path is not "
         "defined; attribute name: #m"},
        {"Query", query(R"(,"ExpressionAttributeNames":{"#u":"u"})" + values()), kValidation,
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#u}"},
        {"Query", key_condition("p = :p OR c = :q", two), kValidation,
         "Invalid operator used in KeyConditionExpression: OR"},
        {"Query", key_condition("p = :p AND p > :q", two), kValidation,
         "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition "
         "per key"},
        {"Query", key_condition("p.a = :p", values()), kValidation,
         "KeyConditionExpressions cannot have conditions on nested attributes"},
        {"Query", tab(R"(,"KeyConditions":{})"), kValidation,
         "Conditions can be of length 1 or 2 only"},
        {"Query", query(R"(,"ExclusiveStartKey":{"p":{}})"), kValidation,
         "The provided starting key is invalid: Supplied AttributeValue is empty, must contain "
         "exactly one of the supported datatypes"},
        // A Scan looks at expressions first, then at the segments, then at the starting key.
        {"Scan", tab(R"(,"ExclusiveStartKey":{"p":{"N":"x"}},"Segment":1)"), kValidation,
         "The TotalSegments parameter is required but was not present in the request when Segment "
         "parameter is present"},
        {"Scan", tab(R"(,"ExclusiveStartKey":{"p":{"N":"x"}})"), kValidation,
         "The parameter cannot be converted to a numeric value: x"},
        {"Scan", tab(R"(,"ProjectionExpression":"a, a.b")"), kValidation,
         "Invalid ProjectionExpression: Two document paths overlap with each other; must remove "
         "or rewrite one of these paths; path one: [a], path two: [a, b]"},
        {"Scan", tab(R"(,"ExclusiveStartKey":{"p":{"S":1}})"), "SerializationException",
         "NUMBER_VALUE cannot be converted to String"},
        {"Scan",
         tab(R"(,"ScanFilter":{"a":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":1}]}})"),
         "SerializationException", "NUMBER_VALUE cannot be converted to String"},
    });
}

// If it fails, a read returns more, less or other than the client asked for.
TEST(ReadParser, ReadsCorrectRequests) {
    const auto parsed = tests::parse(
        "DynamoDB_20120810.Query",
        query(R"(,"ScanIndexForward":false,"Limit":7,"Select":"COUNT","ConsistentRead":true,)"
              R"("ExclusiveStartKey":{"p":{"S":"x"},"c":{"N":"1e1"}},"FilterExpression":"a = :p",)"
              R"("ReturnConsumedCapacity":"INDEXES","IndexName":"abc")" +
              values()));
    ASSERT_TRUE(parsed) << parsed.error().message;
    const ReadRequest& read = std::get<QueryRequest>(*parsed).read;
    EXPECT_EQ(read.page.table.value(), "tab");
    ASSERT_TRUE(read.page.terms);
    ASSERT_EQ(read.page.terms->size(), 1U);
    EXPECT_EQ(read.page.terms->front().first, R"({"S":"x"})");
    EXPECT_EQ(read.page.order, capture::Order::Descending);
    EXPECT_EQ(read.page.limit, 7U);
    EXPECT_EQ(read.page.select, capture::Select::Count);
    ASSERT_TRUE(read.page.start_after);
    EXPECT_EQ(read.page.start_after->text(), R"({"c":{"N":"10"},"p":{"S":"x"}})");
    EXPECT_TRUE(read.page.filter);
    EXPECT_FALSE(read.page.projection);
    EXPECT_EQ(read.page.index, "abc");
    EXPECT_EQ(read.page.consistency, capture::Consistency::Strong);
    EXPECT_EQ(read.capacity, ReturnCapacity::Indexes);

    // Conditions on keys from before expressions may stand beside a filter of today.
    const auto old = tests::parse(
        "DynamoDB_20120810.Query",
        tab(R"(,"KeyConditions":{"p":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"y"}]},)"
            R"("c":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"01"}]}},)"
            R"("FilterExpression":"a = :p")" +
            values()));
    ASSERT_TRUE(old) << old.error().message;
    EXPECT_EQ(std::get<QueryRequest>(*old).read.page.terms->at(1).first, R"({"N":"1"})");

    const auto scan = tests::parse(
        "DynamoDB_20120810.Scan", tab(R"(,"Segment":2,"TotalSegments":5,"AttributesToGet":["a"])"));
    ASSERT_TRUE(scan) << scan.error().message;
    const ReadRequest& segment = std::get<ScanRequest>(*scan).read;
    EXPECT_FALSE(segment.page.terms);
    EXPECT_EQ(segment.page.segment.index, 2U);
    EXPECT_EQ(segment.page.segment.total, 5U);
    EXPECT_TRUE(segment.page.projection);
}

// If it fails, tags that AWS refuses are taken, and a template that works here fails there.
TEST(SettingParser, ChecksTagsAndArns) {
    const std::string arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tab";
    const auto on = [](const std::string& resource, const std::string& more) {
        return R"({"ResourceArn":")" + resource + "\"" + more + "}";
    };
    const auto tags = [&](const std::string& list) { return on(arn, R"(,"Tags":)" + list); };
    const std::string key = "The Tag Key provided is invalid, Key: ";
    const std::string value = "The Tag Value provided is invalid, Value: ";
    const std::string too_many =
        "Number of Tags exceed the current limit for the provided ResourceArn";
    std::string many;
    std::string keys;
    for (int i = 0; i <= 50; ++i) {
        const std::string name = std::to_string(i);
        many.append(i == 0 ? "" : ",").append(R"({"Key":")" + name + R"(","Value":""})");
        keys.append(i == 0 ? "\"" : ",\"").append(name).append("\"");
    }
    const std::string long_key(129, 'k');
    const std::string long_value(257, 'v');
    const std::string one = R"([{"Key":"k","Value":"v"}])";
    expect_refused({
        {"ListTagsOfResource", "{}", kValidation, "Invalid TableArn"},
        {"ListTagsOfResource", on("tab", ""), kValidation,
         kInvalid + "ARNs must start with 'arn:': tab"},
        {"ListTagsOfResource", on("", ""), kValidation, kInvalid + "ARNs must start with 'arn:': "},
        {"ListTagsOfResource", on("arn:aws:s3:::bucket", ""), kValidation,
         kInvalid + "Provided Arn is not a DynamoDB resource arn: arn:aws:s3:::bucket"},
        {"ListTagsOfResource", on(arn + "/index/abc", ""), kValidation,
         kInvalid +
             "Invalid resource arn provided, only table or stream is accepted. Provided "
             "resource arn: " +
             arn + "/index/abc"},
        {"ListTagsOfResource", on("arn:aws:dynamodb:us-east-1:000000000000:table/ab", ""),
         kValidation,
         "Invalid TableArn: Invalid ResourceArn provided as input "
         "arn:aws:dynamodb:us-east-1:000000000000:table/ab"},
        {"ListTagsOfResource", on(arn, R"(,"NextToken":"x")"), kValidation, "Invalid NextToken"},
        {"TagResource", on(arn, ""), kValidation, kOne + "Value null at 'tags'" + kNull},
        {"TagResource", on("tab", R"(,"Tags":)" + one), kValidation,
         kInvalid + "ARNs must start with 'arn:': tab"},
        {"TagResource", tags("[]"), kValidation, "Atleast one Tag needs to be provided as Input."},
        {"TagResource", tags(R"([{"Key":"","Value":"v"}])"), kValidation, key},
        {"TagResource", tags(R"([{"Value":"v"}])"), kValidation, key + "null"},
        {"TagResource", tags(R"([{"Key":"k"}])"), kValidation, value + "null"},
        {"TagResource", tags(R"([{"Key":")" + long_key + R"(","Value":""}])"), kValidation,
         key + long_key},
        {"TagResource", tags(R"([{"Key":"k","Value":")" + long_value + R"("}])"), kValidation,
         value + long_value},
        {"TagResource", tags(R"([{"Key":"a,b","Value":""}])"), kValidation, key + "a,b"},
        {"TagResource", tags(R"([{"Key":"k","Value":"100%"}])"), kValidation, value + "100%"},
        {"TagResource", tags(R"([{"Key":"aws:k","Value":""}])"), kValidation,
         "Tag Key cannot be prefixed with aws:, Key: aws:k"},
        {"TagResource", tags(R"([{"Key":"d","Value":"1"},{"Key":"d","Value":"2"}])"), kValidation,
         "Duplicate Tag Keys provided as input: Duplicate Tag Key found d"},
        {"TagResource", tags("[" + many + "]"), kValidation, too_many},
        {"UntagResource", on(arn, R"(,"TagKeys":[])"), kValidation,
         "Atleast one Tag Key needs to be provided as Input."},
        {"UntagResource", on(arn, R"(,"TagKeys":[")" + long_key + "\"]"), kValidation,
         key + long_key},
        {"UntagResource", on(arn, R"(,"TagKeys":[)" + keys + "]"), kValidation, too_many},
        {"CreateTable", tests::on_demand(R"(,"Tags":[)" + many + "]"), kValidation, too_many},
        {"DescribeTimeToLive", "{}", kValidation, kOne + "Value null at 'tableName'" + kNull},
        {"DescribeContinuousBackups", R"({"TableName":"ab"})", kValidation,
         kOne + "Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length "
                "greater than or equal to 3"},
        {"UpdateTimeToLive", R"({"TableName":"tab"})", kValidation,
         kOne + "Value null at 'timeToLiveSpecification'" + kNull},
    });
}

}  // namespace
}  // namespace millbeck::runtime
