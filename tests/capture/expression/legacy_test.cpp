// If these fail, clients that use the parameters from before expressions get other answers.
#include "capture/expression/legacy.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

constexpr std::string_view kPrefix = "One or more parameter values were invalid: ";

std::string answer(const base::Result<std::optional<Condition>>& condition,
                   const std::string& item) {
    if (!condition) {
        return condition.error().message;
    }
    if (!*condition) {
        return "none";
    }
    return (*condition)->matches(item.empty() ? "" : tests::item_of(item).text()) ? "true"
                                                                                  : "false";
}

TEST(LegacyConditions, CompareWithEveryOperator) {
    const std::string item = R"({"n":{"N":"5"},"s":{"S":"abc"},"ss":{"SS":["a","b"]}})";
    struct Row {
        LegacyCondition condition;
        std::string expected;
    };
    using Op = LegacyOperator;
    const std::string five = R"({"N":"5"})";
    const std::string four = R"({"N":"4"})";
    const std::vector<Row> rows{
        {{"n", Op::Eq, {five}}, "true"},
        {{"n", Op::Ne, {five}}, "false"},
        {{"gone", Op::Ne, {five}}, "true"},
        {{"n", Op::Le, {five}}, "true"},
        {{"n", Op::Lt, {five}}, "false"},
        {{"n", Op::Ge, {five}}, "true"},
        {{"n", Op::Gt, {four}}, "true"},
        {{"n", Op::Between, {four, five}}, "true"},
        {{"n", Op::In, {four, five}}, "true"},
        {{"n", Op::In, {four}}, "false"},
        {{"n", Op::NotNull, {}}, "true"},
        {{"n", Op::Null, {}}, "false"},
        {{"gone", Op::Null, {}}, "true"},
        {{"s", Op::BeginsWith, {R"({"S":"ab"})"}}, "true"},
        {{"s", Op::Contains, {R"({"S":"bc"})"}}, "true"},
        {{"ss", Op::Contains, {R"({"S":"b"})"}}, "true"},
        {{"ss", Op::NotContains, {R"({"S":"b"})"}}, "false"},
        {{"ss", Op::NotContains, {R"({"S":"c"})"}}, "true"},
        // Unlike NE, not of an attribute that is not there.
        {{"gone", Op::NotContains, {R"({"S":"c"})"}}, "false"},
        {{"ss", Op::Eq, {R"({"SS":["a","b"]})"}}, "true"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.condition.name + " " + std::string(to_string(row.condition.op)));
        EXPECT_EQ(answer(make_filter({&row.condition, 1}, std::nullopt), item), row.expected);
        EXPECT_EQ(parse_legacy_operator(to_string(row.condition.op)), row.condition.op);
    }
    EXPECT_EQ(parse_legacy_operator("eq"), std::nullopt);
    EXPECT_EQ(parse_legacy_operator(""), std::nullopt);
}

TEST(LegacyConditions, AreJoinedByAndUnlessByOr) {
    const std::vector<LegacyCondition> both{{"a", LegacyOperator::NotNull, {}},
                                            {"b", LegacyOperator::NotNull, {}}};
    const std::string item = R"({"a":{"N":"1"}})";
    EXPECT_EQ(answer(make_filter(both, std::nullopt), item), "false");
    EXPECT_EQ(answer(make_filter(both, ConditionalOperator::And), item), "false");
    EXPECT_EQ(answer(make_filter(both, ConditionalOperator::Or), item), "true");
    EXPECT_EQ(answer(make_filter({}, std::nullopt), item), "none");
    EXPECT_EQ(answer(make_filter({}, ConditionalOperator::And), item),
              "ConditionalOperator cannot be used without Filter or Expected");
    EXPECT_EQ(answer(make_filter({both.data(), 1}, ConditionalOperator::Or), item),
              "ConditionalOperator can only be used when Filter or Expected has two or more "
              "elements");
}

TEST(LegacyConditions, AreRefusedInTheServicesWords) {
    using Op = LegacyOperator;
    struct Row {
        LegacyCondition condition;
        std::string message;
    };
    const std::string prefix(kPrefix);
    const std::vector<Row> rows{
        {{"a", Op::Eq, {}}, prefix + "Invalid number of argument(s) for the EQ ComparisonOperator"},
        {{"a", Op::Null, {R"({"N":"1"})"}},
         prefix + "Invalid number of argument(s) for the NULL ComparisonOperator"},
        {{"a", Op::Between, {R"({"N":"1"})"}},
         prefix + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
        {{"a", Op::In, {}}, prefix + "Invalid number of argument(s) for the IN ComparisonOperator"},
        {{"a", Op::In, {R"({"N":"1"})", R"({"S":"1"})"}},
         prefix + "AttributeValues inside AttributeValueList must be of same type"},
        {{"a", Op::Lt, {R"({"SS":["1"]})"}},
         prefix + "ComparisonOperator LT is not valid for SS AttributeValue type"},
        {{"a", Op::BeginsWith, {R"({"N":"1"})"}},
         prefix + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
        {{"a", Op::Contains, {R"({"BOOL":true})"}},
         prefix + "ComparisonOperator CONTAINS is not valid for BOOL AttributeValue type"},
        {{"a", Op::Between, {R"({"N":"2"})", R"({"N":"1"})"}},
         "The BETWEEN condition was provided a range where the lower bound is greater than the "
         "upper bound"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(answer(make_filter({&row.condition, 1}, std::nullopt), "{}"), row.message);
    }
}

TEST(LegacyExpected, TakesEitherFormAndNotBoth) {
    const std::string item = R"({"a":{"N":"1"}})";
    const std::string one = R"({"N":"1"})";
    const std::vector<std::string> ones{one};
    const std::string prefix(kPrefix);
    struct Row {
        ExpectedAttribute expected;
        std::string answer;
    };
    const std::vector<Row> rows{
        {{"a", std::nullopt, one, {}, {}}, "true"},
        {{"a", true, one, {}, {}}, "true"},
        {{"b", false, {}, {}, {}}, "true"},
        {{"a", false, {}, {}, {}}, "false"},
        {{"a", {}, one, LegacyOperator::Ge, {}}, "true"},
        {{"a", {}, {}, LegacyOperator::In, ones}, "true"},
        {{"a", {}, {}, LegacyOperator::NotNull, {}}, "true"},
        {{"a", {}, one, {}, ones},
         prefix + "Value and AttributeValueList cannot be used together for Attribute: a"},
        {{"a", true, {}, LegacyOperator::Lt, {}},
         prefix + "Exists and ComparisonOperator cannot be used together for Attribute: a"},
        {{"a", {}, {}, LegacyOperator::Lt, {}},
         prefix + "Value or AttributeValueList must be used with ComparisonOperator: LT for "
                  "Attribute: a"},
        {{"a", true, {}, {}, ones},
         prefix + "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
        {{"a", true, {}, {}, {}},
         prefix + "Value must be provided when Exists is true for Attribute: a"},
        {{"a", {}, {}, {}, {}},
         prefix + "Value must be provided when Exists is null for Attribute: a"},
        {{"a", false, one, {}, {}},
         prefix + "Value cannot be used when Exists is false for Attribute: a"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(answer(make_expected({&row.expected, 1}, std::nullopt), item), row.answer);
    }
}

TEST(LegacyUpdates, PutAddAndDelete) {
    const std::string item =
        R"({"id":{"S":"k"},"l":{"L":[{"N":"1"}]},"n":{"N":"1"},"ss":{"SS":["a","b"]}})";
    struct Row {
        std::vector<AttributeUpdate> updates;
        std::string before;
        std::string after;
    };
    const std::vector<Row> rows{
        {{{"a.b", UpdateAction::Put, R"({"S":"x"})"}},
         item,
         R"({"a.b":{"S":"x"},"id":{"S":"k"},"l":{"L":[{"N":"1"}]},"n":{"N":"1"},"ss":{"SS":["a","b"]}})"},
        {{{"n", UpdateAction::Add, R"({"N":"2"})"}, {"ss", UpdateAction::Delete, std::nullopt}},
         item,
         R"({"id":{"S":"k"},"l":{"L":[{"N":"1"}]},"n":{"N":"3"}})"},
        {{{"ss", UpdateAction::Delete, R"({"SS":["a"]})"},
          {"l", UpdateAction::Add, R"({"L":[{"S":"z"}]})"}},
         item,
         R"({"id":{"S":"k"},"l":{"L":[{"N":"1"},{"S":"z"}]},"n":{"N":"1"},"ss":{"SS":["b"]}})"},
        {{{"l", UpdateAction::Add, R"({"L":[{"S":"z"}]})"}},
         "",
         R"({"id":{"S":"k"},"l":{"L":[{"S":"z"}]}})"},
        {{}, "", R"({"id":{"S":"k"}})"},
        {{{"n", UpdateAction::Delete, std::nullopt}}, "", ""},
        {{{"l", UpdateAction::Add, R"({"N":"1"})"}}, item, "Type mismatch for attribute to update"},
        {{{"n", UpdateAction::Add, R"({"L":[]})"}}, item, "Type mismatch for attribute to update"},
    };
    for (const Row& row : rows) {
        const auto update = make_update(row.updates);
        ASSERT_TRUE(update) << update.error().message;
        EXPECT_EQ(tests::updated(*update, row.before), row.after);
    }
}

TEST(LegacyUpdates, AreRefusedInTheServicesWords) {
    struct Row {
        AttributeUpdate update;
        std::string message;
    };
    const std::vector<Row> rows{
        {{"a", UpdateAction::Put, std::nullopt},
         "Only DELETE action is allowed when no attribute value is specified"},
        {{"a", UpdateAction::Add, std::nullopt},
         "Only DELETE action is allowed when no attribute value is specified"},
        {{"a", UpdateAction::Delete, R"({"S":"x"})"},
         "DELETE action with value is not supported for the type S"},
        {{"a", UpdateAction::Add, R"({"M":{}})"}, "ADD action is not supported for the type M"},
    };
    for (const Row& row : rows) {
        const auto update = make_update({&row.update, 1});
        ASSERT_FALSE(update);
        EXPECT_EQ(update.error().message, std::string(kPrefix) + row.message);
    }
}

TEST(LegacyKeys, BecomeTheSameTerms) {
    const KeySchema keys{{"p", shardlog::AttributeType::S},
                         KeyAttribute{"c", shardlog::AttributeType::N}};
    const LegacyCondition hash{"p", LegacyOperator::Eq, {R"({"S":"x"})"}};
    const auto fitted = [&](const std::vector<LegacyCondition>& conditions) {
        const auto terms = make_key_terms(conditions);
        if (!terms) {
            return terms.error().message;
        }
        const auto fit = fit_to_keys(*terms, keys);
        return fit ? fit->hashes.front() + (fit->range ? "+" : "") : fit.error().message;
    };
    EXPECT_EQ(fitted({hash}), R"({"S":"x"})");
    EXPECT_EQ(fitted({{"c", LegacyOperator::Between, {R"({"N":"1"})", R"({"N":"2"})"}}, hash}),
              R"({"S":"x"}+)");
    EXPECT_EQ(fitted({}), "Conditions can be of length 1 or 2 only");
    EXPECT_EQ(fitted(std::vector<LegacyCondition>(9, hash)),
              "Conditions can be of length 1 or 2 only");
    EXPECT_EQ(fitted({hash, hash, hash}),
              "The number of query conditions (3) exceeds the number of key attributes defined in "
              "the schema (2)");
    EXPECT_EQ(fitted({hash, {"c", LegacyOperator::NotNull, {}}}),
              "Attempted conditional constraint is not an indexable operation");
    EXPECT_EQ(fitted({{"p", LegacyOperator::Gt, {R"({"S":"x"})"}}}),
              "Query key condition not supported");
    EXPECT_EQ(fitted({hash, {"d", LegacyOperator::Eq, {R"({"S":"x"})"}}}),
              "Query condition missed key schema element: c");
}

TEST(LegacyAttributesToGet, NameWholeAttributesOnce) {
    const std::vector<std::string> names{"z.z", "a"};
    const auto projection = make_projection(names);
    ASSERT_TRUE(projection);
    std::string text;
    projection->append(text, R"({"a":{"N":"1"},"b":{"N":"2"},"z.z":{"N":"3"}})");
    EXPECT_EQ(text, R"({"a":{"N":"1"},"z.z":{"N":"3"}})");
    const std::vector<std::string> twice{"a", "b", "a"};
    EXPECT_EQ(make_projection(twice).error().message,
              std::string(kPrefix) + "Duplicate value in attribute name: a");
}

}  // namespace
}  // namespace millbeck::capture::expression
