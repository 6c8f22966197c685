// If these fail, a Query reads other items, or is refused with other words than the service's.
#include "capture/expression/key_condition.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

const KeySchema kBoth{{"p", AttributeType::S}, KeyAttribute{"c", AttributeType::N}};
const KeySchema kHashOnly{{"p", AttributeType::S}, std::nullopt};
const KeySchema kText{{"p", AttributeType::N}, KeyAttribute{"c", AttributeType::S}};

// `hash low..high`, brackets as in mathematics; or `hash`, or `hash prefix...`, or why not.
std::string fitted(const std::string& text, const std::string& values, const KeySchema& keys) {
    const auto condition = tests::condition_of({text, values, ""}, Kind::KeyCondition);
    if (!condition) {
        return condition.error().message;
    }
    const auto terms = key_terms(*condition);
    if (!terms) {
        return terms.error().message;
    }
    const auto fit = fit_to_keys(*terms, keys);
    if (!fit) {
        return fit.error().message;
    }
    const auto content = [](const std::string& value) {
        return std::string(content_of(ValueView(value)));
    };
    std::string shown;
    for (const std::string& hash : fit->hashes) {
        shown += (shown.empty() ? "" : "+") + content(hash);
    }
    for (const std::string& equal : fit->equals) {
        shown += " " + content(equal);
    }
    if (!fit->range) {
        return shown;
    }
    if (!fit->range->prefix.empty()) {
        return shown + " " + content(fit->range->prefix) + "...";
    }
    const auto& [low, high, prefix] = *fit->range;
    shown += low && low->inclusive ? " [" : " (";
    shown += (low ? content(low->value) : "") + ".." + (high ? content(high->value) : "");
    return shown + (high && high->inclusive ? "]" : ")");
}

TEST(KeyCondition, BecomesAPartitionAndARange) {
    const std::string values = R"({":p":{"S":"x"},":c":{"N":"5.0"}})";
    struct Row {
        std::string text, expected;
    };
    const std::vector<Row> rows{
        {"p = :p AND c = :c", "x [5..5]"},
        {"c = :c AND p = :p", "x [5..5]"},
        {"p = :p AND c < :c", "x (..5)"},
        {"p = :p AND c <= :c", "x (..5]"},
        {"p = :p AND c > :c", "x (5..)"},
        {"p = :p AND c >= :c", "x [5..)"},
        {":p = p AND :c < c", "x (5..)"},
        {"p = :p AND :c >= c", "x (..5]"},
        {"(p = :p) AND (c BETWEEN :c AND :c)", "x [5..5]"},
        {"(p = :p AND c = :c)", "x [5..5]"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(fitted(row.text, values, kBoth), row.expected);
    }
    EXPECT_EQ(fitted("p = :p", R"({":p":{"S":"x"}})", kBoth), "x");
    EXPECT_EQ(fitted("p = :p", R"({":p":{"S":"x"}})", kHashOnly), "x");
    EXPECT_EQ(fitted("p = :p AND begins_with(c, :c)", R"({":p":{"N":"1"},":c":{"S":"ab"}})", kText),
              "1 ab...");
}

TEST(KeyCondition, IsRefusedInTheServicesWords) {
    const std::string one = R"({":p":{"S":"x"}})";
    const std::string two = R"({":p":{"S":"x"},":c":{"N":"5"}})";
    const std::string bad = "Invalid operator used in KeyConditionExpression: ";
    const std::string condition = "Invalid condition in KeyConditionExpression: ";
    const std::string type =
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type";
    const auto too_many = [](int given, int defined) {
        return "The number of query conditions (" + std::to_string(given) +
               ") exceeds the number of key attributes defined in the schema (" +
               std::to_string(defined) + ")";
    };
    struct Row {
        std::string text, values, message;
        const KeySchema& keys;
    };
    const std::vector<Row> rows{
        {"p = :p OR c = :c", two, bad + "OR", kBoth},
        {"NOT p = :p", one, bad + "NOT", kBoth},
        {"p = :p AND c IN (:c)", two, bad + "IN", kBoth},
        {"begins_with(c, :c) AND p = :none", two,
         "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
         "operator "
         "or function: begins_with, operand type: N",
         kBoth},
        {"p = :none AND begins_with(c, :c)", two,
         "Invalid KeyConditionExpression: An expression attribute value used in expression is not "
         "defined; attribute value: :none",
         kBoth},
        {"p <> :p", one, bad + "<>", kBoth},
        {"p = :p AND attribute_exists(c)", one, bad + "attribute_exists", kBoth},
        {"p = :p AND contains(c, :c)", two, bad + "contains", kBoth},
        {"p = :p AND size(c) = :c", two, "KeyConditionExpressions cannot contain nested operations",
         kBoth},
        {"p = :p AND c = :c AND c > :c", two,
         "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition "
         "per key",
         kBoth},
        {"p = :p AND c = :c AND d = :c", two, too_many(3, 2), kBoth},
        {"p = :p AND d = :c", two, too_many(2, 1), kHashOnly},
        {"p = :p AND c.x = :c", two,
         "KeyConditionExpressions cannot have conditions on nested attributes", kBoth},
        {"p = c", "", condition + "Multiple attribute names used in one condition", kBoth},
        {":p = :p", one, condition + "No key attribute specified", kBoth},
        {"p = :p AND begins_with(:p, c)", one,
         condition + "begins_with operator must have the key attribute as its first operand",
         kText},
        {"p = :p AND :c BETWEEN c AND :c", two,
         condition + "BETWEEN operator must have the key attribute as its first operand", kBoth},
        {"c = :c", R"({":c":{"N":"5"}})", "Query condition missed key schema element: p", kBoth},
        {"p = :p AND d = :c", two, "Query condition missed key schema element: c", kBoth},
        {"p > :p AND c = :c", two, "Query key condition not supported", kBoth},
        {"begins_with(p, :p)", one, "Query key condition not supported", kBoth},
        {"p = :p", R"({":p":{"N":"1"}})", type, kBoth},
        {"p = :p AND c = :c", R"({":p":{"S":"x"},":c":{"S":"5"}})", type, kBoth},
        {"p = :p AND begins_with(c, :c)", R"({":p":{"S":"x"},":c":{"S":"5"}})", type, kBoth},
        {"p = :p", R"({":p":{"S":""}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot "
         "contain an empty string value. Key: p",
         kBoth},
        {"p = :p AND c = :c", R"({":p":{"N":"1"},":c":{"S":""}})",
         "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot "
         "contain an empty string value. Key: c",
         kText},
        {"p = :p", R"({":p":{"S":")" + std::string(2049, 'x') + R"("}})",
         "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
         "limit of2048 bytes",
         kBoth},
        {"p = :p AND c = :c", R"({":p":{"N":"1"},":c":{"S":")" + std::string(1025, 'x') + R"("}})",
         "One or more parameter values were invalid: Aggregated size of all range keys has "
         "exceeded "
         "the size limit of 1024 bytes",
         kText},
        {"p = :p AND c BETWEEN :c AND :d", R"({":p":{"S":"x"},":c":{"N":"5"},":d":{"N":"4"}})",
         "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater "
         "than or equal to lower bound; lower bound operand: AttributeValue: {N:5}, upper bound "
         "operand: AttributeValue: {N:4}",
         kBoth},
        {"p =", "", "Invalid KeyConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"",
         kBoth},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text + " " + row.values.substr(0, 80));
        EXPECT_EQ(fitted(row.text, row.values, row.keys), row.message);
    }
}

// If it fails, a Query of an index by several attributes gives items of other partitions, or is
// refused in other words than the service's.
TEST(KeyCondition, FitsKeysOfSeveralAttributes) {
    const KeySchema keys{{"g", AttributeType::S},
                         KeyAttribute{"a", AttributeType::S},
                         {{"h", AttributeType::N}},
                         {{"b", AttributeType::N}, {"c", AttributeType::S}}};
    const KeySchema ranges{{"g", AttributeType::S},
                           KeyAttribute{"a", AttributeType::S},
                           {},
                           {{"b", AttributeType::N}, {"c", AttributeType::S}}};
    const std::string hash = " must have equality conditions specified in the query";
    const auto hashes = [&](const std::string& names) {
        return "HASH key attributes " + names + hash;
    };
    const auto range = [&](const std::string& names, const std::string& last) {
        return "RANGE key attributes " + names + hash +
               " because a condition is present on key attribute " + last;
    };
    const std::string type =
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type";
    struct Row {
        std::string text, expected;
        const KeySchema& keys;
    };
    const std::vector<Row> rows{
        {"g = :s AND h = :n", "x+5", keys},
        {"h = :n AND a = :s AND g = :s", "x+5 [x..x]", keys},
        {"g = :s AND h = :n AND a > :s", "x+5 (x..)", keys},
        {"g = :s AND h = :n AND begins_with(a, :s)", "x+5 x...", keys},
        {"b < :n AND g = :s AND h = :n AND a = :s", "x+5 x (..5)", keys},
        {"g = :s AND h = :n AND a = :s AND b = :n AND c BETWEEN :s AND :s", "x+5 x 5 [x..x]", keys},
        {"g = :s", hashes("h"), keys},
        {"g = :s AND h > :n", hashes("h"), keys},
        {"a = :s", hashes("g, h"), keys},
        {"a = :s", hashes("g"), ranges},
        {"g = :s AND h = :n AND b = :n", range("a", "b"), keys},
        {"g = :s AND h = :n AND a > :s AND b = :n", range("a", "b"), keys},
        {"g = :s AND c = :s", range("a, b", "c"), ranges},
        {"g = :s AND a = :s AND b <= :n AND c = :s", range("b", "c"), ranges},
        {"g = :s AND z = :s", "Query condition missed key schema element: a", ranges},
        {"g = :s AND a = :s AND z = :s", "Query condition missed key schema element: b", ranges},
        {"g = :s AND a = :s AND b = :n AND c = :s AND z = :s",
         "The number of query conditions (5) exceeds the number of key attributes defined in the "
         "schema (4)",
         ranges},
        {"g = :s AND h = :s", type, keys},
        {"g = :n AND a = :s", type, ranges},
        {"g = :s AND a = :n AND b = :n", type, ranges},
        {"g = :s AND a = :s AND b > :s", type, ranges},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        std::string values = R"({":s":{"S":"x"})";
        values += row.text.find(":n") != std::string::npos ? R"(,":n":{"N":"5"}})" : "}";
        EXPECT_EQ(fitted(row.text, values, row.keys), row.expected);
    }
    // The attributes of one type share a limit.
    const std::string half = R"({"S":")" + std::string(513, 'x') + R"("})";
    EXPECT_EQ(fitted("g = :g AND a = :h AND b = :n AND c = :h",
                     R"({":g":{"S":"x"},":n":{"N":"1"},":h":)" + half + "}", ranges),
              "One or more parameter values were invalid: Aggregated size of all range keys has "
              "exceeded the size limit of 1024 bytes");
}

TEST(KeyCondition, KnowsWhatLiesInItsRange) {
    struct Row {
        SortRange range;
        std::string value;
        bool inside;
    };
    const auto number = [](const std::string& text) { return R"({"N":")" + text + R"("})"; };
    const std::vector<Row> rows{
        {{KeyBound{number("5"), true}, std::nullopt, ""}, number("5"), true},
        {{KeyBound{number("5"), false}, std::nullopt, ""}, number("5"), false},
        {{KeyBound{number("5"), false}, std::nullopt, ""}, number("10"), true},
        {{std::nullopt, KeyBound{number("5"), true}, ""}, number("5"), true},
        {{std::nullopt, KeyBound{number("5"), false}, ""}, number("5"), false},
        {{KeyBound{number("1"), true}, KeyBound{number("9"), true}, ""}, number("10"), false},
        {{std::nullopt, std::nullopt, R"({"S":"ab"})"}, R"({"S":"abc"})", true},
        {{std::nullopt, std::nullopt, R"({"S":"ab"})"}, R"({"S":"aa"})", false},
        {{}, R"({"S":"aa"})", true},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(row.range.contains(row.value), row.inside) << row.value;
    }
}

}  // namespace
}  // namespace millbeck::capture::expression
