// If these fail, wrong placeholder maps are taken, or refused with other words than the service's.
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

std::string refusal(std::string_view names, std::string_view values) {
    const auto placeholders = tests::placeholders_of(names, values);
    return placeholders ? "" : placeholders.error().message;
}

TEST(Placeholders, RefuseWhatIsNoPlaceholder) {
    struct Row {
        std::string names, values, message;
    };
    const std::string long_key = "#" + std::string(255, 'x');
    const std::vector<Row> rows{
        {"{}", "", "ExpressionAttributeNames must not be empty"},
        {"", "{}", "ExpressionAttributeValues must not be empty"},
        {R"({"a":"x"})", "",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {R"({"#":"x"})", "",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
        {R"({"#a-b":"x"})", "",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""},
        {R"({":a":"x"})", "",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \":a\""},
        {R"({"#a":""})", "",
         "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"},
        {"{\"" + long_key + "\":\"x\"}", "",
         "ExpressionAttributeNames contains invalid key: The expression attribute map contains a "
         "key that is too long; size of key: 256"},
        {"", R"({"v":{"N":"1"}})",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\""},
        {"", R"({":v":{"N":"1"},":w":{"N":"x"}})",
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: x for key :w"},
        {"", R"({":v":{}})",
         "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must "
         "contain exactly one of the supported datatypes for key :v"},
        {"", R"({":v":{"SS":[]}})",
         "ExpressionAttributeValues contains invalid value: One or more parameter values were "
         "invalid: An string set  may not be empty for key :v"},
        {R"({"#0":"x","#_":"y"})", R"({":0a":{"S":""}})", ""},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.names + row.values);
        EXPECT_EQ(refusal(row.names, row.values), row.message);
    }
}

// A map that says a key twice is read as every other reader of JSON reads it.
TEST(Placeholders, TakeTheLastOfEqualNames) {
    const auto placeholders = tests::placeholders_of(
        R"({"#a":"one","#b":"two","#a":"three","#c":"four","#a":"five"})", "");
    ASSERT_TRUE(placeholders);
    const PlaceholderTable& table = *placeholders->table();
    ASSERT_EQ(table.names.size(), 3U);
    const std::array<std::string, 3> expected{"five", "two", "four"};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(table.names[i].plain, expected[i]);
    }
}

TEST(Placeholders, MustAllBeUsedByOneExpressionOrAnother) {
    ExpressionCache cache;
    auto placeholders =
        tests::placeholders_of(R"({"#a":"a","#b":"b"})", R"({":v":{"N":"1"},":w":{"N":"2"}})");
    ASSERT_TRUE(placeholders);
    EXPECT_EQ(placeholders->check_all_used().error().message,
              "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}");
    // Used is what is written, not what is evaluated.
    ASSERT_TRUE(Condition::parse(Kind::Condition, "#a = :v OR #a = :v", cache, *placeholders));
    EXPECT_EQ(placeholders->check_all_used().error().message,
              "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}");
    ASSERT_TRUE(Projection::parse("#b", cache, *placeholders));
    EXPECT_EQ(placeholders->check_all_used().error().message,
              "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}");
    ASSERT_TRUE(Update::parse("SET c = :w", cache, *placeholders));
    EXPECT_TRUE(placeholders->check_all_used());
}

// The service lists keys as a Java hash set holds them.
TEST(Placeholders, AreListedInTheServicesOrder) {
    auto placeholders = tests::placeholders_of(
        R"({"#bb":"1","#z":"2","#a":"3","#name":"4","#n0":"5","#n1":"6"})", "");
    ASSERT_TRUE(placeholders);
    const std::string message = placeholders->check_all_used().error().message;
    EXPECT_EQ(message,
              "Value provided in ExpressionAttributeNames unused in expressions: keys: {#bb, #n0, "
              "#n1, #z, #a, #name}");
}

TEST(Placeholders, AreLimitedTogether) {
    std::vector<PlaceholderName> names;
    for (int i = 0; i < 40; ++i) {
        names.push_back({"#n" + std::to_string(i), std::string(60'000, 'x')});
    }
    EXPECT_FALSE(Placeholders::make(names, std::nullopt));
    names.resize(30);
    EXPECT_TRUE(Placeholders::make(names, std::nullopt));
}

TEST(Placeholders, NeedExpressionsThatMayUseThem) {
    using Given = std::vector<GivenParameter>;
    struct Row {
        Given expressions, legacy;
        bool names, values;
        std::string message;
    };
    const std::vector<Row> rows{
        {{{"ConditionExpression", true}}, {{"Expected", false}}, true, true, ""},
        {{{"ConditionExpression", false}}, {{"Expected", true}}, false, false, ""},
        {{{"UpdateExpression", true}, {"ConditionExpression", true}},
         {{"AttributeUpdates", true}, {"Expected", true}, {"ConditionalOperator", false}},
         false,
         false,
         "Can not use both expression and non-expression parameters in the same request: "
         "Non-expression parameters: {AttributeUpdates, Expected} Expression parameters: "
         "{UpdateExpression, ConditionExpression}"},
        {{{"ConditionExpression", false}},
         {},
         true,
         false,
         "ExpressionAttributeNames can only be specified when using expressions"},
        {{{"ConditionExpression", false}},
         {},
         false,
         true,
         "ExpressionAttributeValues can only be specified when using expressions: "
         "ConditionExpression is null"},
        {{{"UpdateExpression", false}, {"ConditionExpression", false}},
         {},
         false,
         true,
         "ExpressionAttributeValues can only be specified when using expressions: "
         "UpdateExpression and ConditionExpression are null"},
        {{{"ProjectionExpression", true},
          {"FilterExpression", false},
          {"KeyConditionExpression", false}},
         {},
         true,
         true,
         "ExpressionAttributeValues can only be specified when using expressions: "
         "FilterExpression and KeyConditionExpression are null"},
    };
    for (const Row& row : rows) {
        const auto status = check_parameters(row.expressions, row.legacy, row.names, row.values);
        EXPECT_EQ(status ? "" : status.error().message, row.message);
    }
}

}  // namespace
}  // namespace millbeck::capture::expression
