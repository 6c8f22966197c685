// If these fail, a conditional write succeeds where the service refuses it, or the other way round,
// and a filter shows other items.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

using tests::evaluated;

struct Row {
    std::string text;
    std::string values;
    std::string item;
    std::string expected;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text + " with " + row.values + " on " + row.item);
        EXPECT_EQ(evaluated({row.text, row.values, ""}, row.item), row.expected);
    }
}

// One attribute `a` and one value `:v`.
std::vector<Row> compare_rows(
    const std::vector<std::tuple<std::string, std::string, std::string, std::string>>& rows) {
    std::vector<Row> all;
    for (const auto& [comparator, attribute, value, expected] : rows) {
        all.push_back({"a " + comparator + " :v", R"({":v":)" + value + "}",
                       R"({"a":)" + attribute + "}", expected});
    }
    return all;
}

TEST(Condition, ComparesValuesOfEachType) {
    check(compare_rows({
        {"=", R"({"S":"x"})", R"({"S":"x"})", "true"},
        {"=", R"({"S":"x"})", R"({"S":"X"})", "false"},
        {"=", R"({"S":"1"})", R"({"N":"1"})", "false"},
        {"<>", R"({"S":"1"})", R"({"N":"1"})", "true"},
        {"=", R"({"N":"1.0"})", R"({"N":"1"})", "true"},
        {"=", R"({"N":"1000"})", R"({"N":"1e3"})", "true"},
        {"<", R"({"N":"9"})", R"({"N":"10"})", "true"},
        {"<", R"({"N":"-10"})", R"({"N":"-9"})", "true"},
        {">", R"({"N":"0.1"})", R"({"N":"0.09"})", "true"},
        {"<=", R"({"N":"2"})", R"({"N":"2"})", "true"},
        {">=", R"({"N":"1"})", R"({"N":"2"})", "false"},
        {"<", R"({"S":"9"})", R"({"S":"10"})", "false"},
        {"<", R"({"S":"a"})", R"({"S":"aa"})", "true"},
        // UTF-8 order, not UTF-16: U+FF5E stands before U+1F600.
        {"<", R"({"S":"～"})", R"({"S":"😀"})", "true"},
        // A newline is smaller than a letter, though its escape begins with a backslash.
        {"<", R"({"S":"\n"})", R"({"S":"A"})", "true"},
        {">", R"({"S":"\\"})", R"({"S":"A"})", "true"},
        {"<", R"({"B":"fw=="})", R"({"B":"gA=="})", "true"},  // 0x7f, 0x80: unsigned
        {"<", R"({"S":"a"})", R"({"N":"1"})", "false"},
        {">", R"({"S":"a"})", R"({"N":"1"})", "false"},
        {"<", R"({"BOOL":true})", R"({"N":"1"})", "false"},
        {"=", R"({"BOOL":true})", R"({"BOOL":true})", "true"},
        {"=", R"({"NULL":true})", R"({"NULL":true})", "true"},
        {"=", R"({"SS":["b","a"]})", R"({"SS":["a","b"]})", "true"},
        {"=", R"({"NS":["2","1.0"]})", R"({"NS":["1","2"]})", "true"},
        {"=", R"({"L":[{"N":"1"},{"N":"2"}]})", R"({"L":[{"N":"2"},{"N":"1"}]})", "false"},
        {"=", R"({"L":[{"SS":["y","x"]}]})", R"({"L":[{"SS":["x","y"]}]})", "true"},
        {"=", R"({"M":{"x":{"N":"1"},"y":{"N":"2"}}})", R"({"M":{"y":{"N":"2"},"x":{"N":"1"}}})",
         "true"},
    }));
}

TEST(Condition, OfMissingAttributesHoldsOnlyForUnequal) {
    const std::string value = R"({":v":{"N":"1"}})";
    check({
        {"b = :v", value, R"({"a":{"N":"1"}})", "false"},
        {"b <> :v", value, R"({"a":{"N":"1"}})", "true"},
        {"b <> c", "", R"({"a":{"N":"1"}})", "true"},
        {"b = c", "", R"({"a":{"N":"1"}})", "false"},
        {"b < :v", value, R"({"a":{"N":"1"}})", "false"},
        {"b >= :v", value, R"({"a":{"N":"1"}})", "false"},
        {"NOT b >= :v", value, R"({"a":{"N":"1"}})", "true"},
        {"b BETWEEN :v AND :v", value, R"({"a":{"N":"1"}})", "false"},
        {"b IN (:v)", value, R"({"a":{"N":"1"}})", "false"},
        {"b <> :v", value, "", "true"},
        {"attribute_exists(a)", "", "", "false"},
        {"attribute_not_exists(a)", "", "", "true"},
        {"attribute_not_exists(a.b[3].c)", "", R"({"a":{"N":"1"}})", "true"},
    });
}

TEST(Condition, FollowsDocumentPaths) {
    const std::string item =
        R"({"a":{"M":{"b":{"L":[{"N":"1"},{"M":{"c":{"S":"deep"}}}]},"q\"":{"N":"5"}}},)"
        R"("x.y":{"N":"7"}})";
    check({
        {"a.b[0] = :v", R"({":v":{"N":"1"}})", item, "true"},
        {"a.b[1].c = :v", R"({":v":{"S":"deep"}})", item, "true"},
        {"a . b [ 1 ] . c = :v", R"({":v":{"S":"deep"}})", item, "true"},
        {"attribute_exists(a.b[2])", "", item, "false"},
        {"attribute_exists(a[0])", "", item, "false"},
        {"attribute_exists(a.b.c)", "", item, "false"},
        {"a.b[0] < a.b[1]", "", item, "false"},
    });
    EXPECT_EQ(evaluated({"#a.#q = :v", R"({":v":{"N":"5"}})", R"({"#a":"a","#q":"q\""})"}, item),
              "true");
    // One element with a dot, never a path of two.
    EXPECT_EQ(evaluated({"#x = :v", R"({":v":{"N":"7"}})", R"({"#x":"x.y"})"}, item), "true");
}

TEST(Condition, BindsOperatorsInTheirOrder) {
    const std::string values = R"({":t":{"N":"1"},":f":{"N":"2"}})";
    const std::string item = R"({"a":{"N":"1"}})";
    check({
        {"a = :t OR a = :f AND a = :f", values, item, "true"},
        {"(a = :t OR a = :f) AND a = :f", values, item, "false"},
        {"NOT a = :f AND a <> :t", values, item, "false"},
        {"NOT (a = :f AND a = :t)", values, item, "true"},
        {"NOT NOT a = :t or a = :f", values, item, "true"},
        {"a = :f or not a = :f and a = :t", values, item, "true"},
        {"(a) = (:t) AND a <> :f", values, item, "true"},
        {"((a) = :t) AND (a <> (:f))", values, item, "true"},
        {"a between :t and :f and a = :t", values, item, "true"},
        {"a BETWEEN (:t) AND (:f)", values, item, "true"},
        {"a in (:f,:t)", values, item, "true"},
        {"a IN (:f, (:f)) OR a IN (:t)", values, item, "true"},
        {"\ta\n=\r:t OR a=:f", values, item, "true"},
    });
}

TEST(Condition, BetweenNeedsOneTypeAndIncludesItsBounds) {
    const std::string item = R"({"n":{"N":"5"},"s":{"S":"m"},"low":{"N":"6"},"b":{"B":"gA=="}})";
    check({
        {"n BETWEEN :a AND :b", R"({":a":{"N":"5"},":b":{"N":"5"}})", item, "true"},
        {"n BETWEEN :a AND :b", R"({":a":{"N":"6"},":b":{"N":"10"}})", item, "false"},
        {"n BETWEEN low AND :b", R"({":b":{"N":"10"}})", item, "false"},
        {"s BETWEEN :a AND :b", R"({":a":{"N":"1"},":b":{"N":"9"}})", item, "false"},
        {"s BETWEEN :a AND :b", R"({":a":{"S":"a"},":b":{"S":"z"}})", item, "true"},
        {"b BETWEEN :a AND :b", R"({":a":{"B":"fw=="},":b":{"B":"/w=="}})", item, "true"},
        {":a BETWEEN n AND low", R"({":a":{"N":"5.5"}})", item, "true"},
    });
}

TEST(Condition, FunctionsLookIntoStringsSetsAndLists) {
    const std::string item =
        R"({"s":{"S":"a\nb\\n\"c"},"n":{"N":"12"},"b":{"B":"AQID"},"ss":{"SS":["x","y\""]},)"
        R"("ns":{"NS":["1","2.5"]},"bs":{"BS":["AQ==","Ag=="]},"l":{"L":[{"S":"x"},{"N":"3"},)"
        R"({"L":[]}]},"m":{"M":{"x":{"S":"y"}}}})";
    check({
        {"begins_with(s, :v)", R"({":v":{"S":"a\n"}})", item, "true"},
        {"begins_with(s, :v)", R"({":v":{"S":""}})", item, "true"},
        {"begins_with(s, :v)", R"({":v":{"S":"a\nb\\n\"cd"}})", item, "false"},
        {"begins_with(b, :v)", R"({":v":{"B":"AQI="}})", item, "true"},
        {"begins_with(b, :v)", R"({":v":{"B":"AQM="}})", item, "false"},
        {"begins_with(n, :v)", R"({":v":{"S":"1"}})", item, "false"},
        {"begins_with(:v, s)", R"({":v":{"S":"a\nb\\n\"c..."}})", item, "true"},
        {"contains(s, :v)", R"({":v":{"S":"b\\n"}})", item, "true"},
        {"contains(s, :v)", R"({":v":{"S":"nb"}})", item, "false"},
        {"contains(s, :v)", R"({":v":{"S":"b\n"}})", item, "false"},
        {"contains(s, :v)", R"({":v":{"S":"n"}})", item, "true"},
        {"contains(s, :v)", R"({":v":{"S":"\\"}})", item, "true"},
        {"contains(b, :v)", R"({":v":{"B":"AgM="}})", item, "true"},
        {"contains(b, :v)", R"({":v":{"B":"BA=="}})", item, "false"},
        {"contains(ss, :v)", R"({":v":{"S":"y\""}})", item, "true"},
        {"contains(ss, :v)", R"({":v":{"S":"y"}})", item, "false"},
        {"contains(ns, :v)", R"({":v":{"N":"2.50"}})", item, "true"},
        {"contains(ns, :v)", R"({":v":{"S":"1"}})", item, "false"},
        {"contains(bs, :v)", R"({":v":{"B":"Ag=="}})", item, "true"},
        {"contains(l, :v)", R"({":v":{"N":"3.0"}})", item, "true"},
        {"contains(l, :v)", R"({":v":{"L":[]}})", item, "true"},
        {"contains(l, :v)", R"({":v":{"S":"3"}})", item, "false"},
        {"contains(m, :v)", R"({":v":{"S":"x"}})", item, "false"},
        {"contains(n, :v)", R"({":v":{"N":"1"}})", item, "false"},
        {"attribute_type(s, :v)", R"({":v":{"S":"S"}})", item, "true"},
        {"attribute_type(ss, :v)", R"({":v":{"S":"SS"}})", item, "true"},
        {"attribute_type(ss, :v)", R"({":v":{"S":"S"}})", item, "false"},
        {"attribute_type(gone, :v)", R"({":v":{"S":"NULL"}})", item, "false"},
    });
}

TEST(Condition, SizeCountsBytesOrMembers) {
    const std::string item =
        R"({"s":{"S":"é\n!"},"b":{"B":"AQID"},"ss":{"SS":["x","y"]},"l":{"L":[{"L":[]}]},)"
        R"("m":{"M":{"x":{"S":"y"},"z":{"S":"y"}}},"n":{"N":"12"}})";
    check({
        {"size(s) = :v", R"({":v":{"N":"4"}})", item, "true"},
        {"size(b) = :v", R"({":v":{"N":"3"}})", item, "true"},
        {"size(ss) = :v", R"({":v":{"N":"2"}})", item, "true"},
        {"size(l) = :v", R"({":v":{"N":"1"}})", item, "true"},
        {"size(m) > size(l)", "", item, "true"},
        {"size(n) >= :v", R"({":v":{"N":"0"}})", item, "false"},
        {"size(n) <> :v", R"({":v":{"N":"0"}})", item, "true"},
        {"size(gone) = :v", R"({":v":{"N":"0"}})", item, "false"},
        {"size(:s) BETWEEN size(l) AND size(b)", R"({":s":{"S":"xy"}})", item, "true"},
        {"size(s) IN (:v, size(b))", R"({":v":{"N":"4"}})", item, "true"},
    });
}

// If it fails, a long chain of operators overflows the stack of the committer.
TEST(Condition, OfAsManyOperatorsAsAreAllowedIsEvaluated) {
    std::string text = "a=:v";
    for (int i = 0; i < 149; ++i) {
        text += " AND a=:v";
    }
    text = "NOT " + text;
    EXPECT_EQ(evaluated({text, R"({":v":{"N":"1"}})", ""}, R"({"a":{"N":"1"}})"), "false");
    std::string nested = "a=:v";
    for (int i = 0; i < 299; ++i) {
        nested = "NOT(" + nested + ")";
    }
    EXPECT_EQ(evaluated({nested, R"({":v":{"N":"1"}})", ""}, R"({"a":{"N":"1"}})"), "false");
}

TEST(Condition, RefusesPathsIntoKeysAndFiltersOnKeys) {
    const KeySchema keys{{"p", shardlog::AttributeType::S},
                         KeyAttribute{"c", shardlog::AttributeType::N}};
    const auto message = [](const base::Status& status) {
        return status ? std::string() : status.error().message;
    };
    const auto inside = tests::condition_of({"attribute_exists(c.x)", "", ""});
    EXPECT_EQ(message(inside->check_key_paths(keys)),
              "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
              "allowed: Key: c");
    const std::vector<KeySchema> indexes{{{"i", shardlog::AttributeType::S}, keys.hash},
                                         {keys.hash, KeyAttribute{"j", {}}}};
    for (const std::string name : {"i", "j"}) {
        const auto indexed = tests::condition_of({"attribute_exists(" + name + "[0])", "", ""});
        EXPECT_EQ(message(indexed->check_key_paths(keys)), "");
        EXPECT_EQ(message(indexed->check_key_paths(keys, indexes)),
                  "Key attributes must be scalars; list random access '[]' and map lookup '.' are "
                  "not allowed: IndexKey: " +
                      name);
    }
    const tests::ExpressionRequest request{"p = :v AND attribute_exists(a.p)",
                                           R"({":v":{"S":"x"}})", ""};
    const auto plain = tests::condition_of(request, Kind::Filter);
    EXPECT_EQ(message(plain->check_key_paths(keys, indexes)), "");
    EXPECT_EQ(message(plain->check_filter_keys(keys)),
              "Filter Expression can only contain non-primary key attributes: Primary key "
              "attribute: p");
    EXPECT_EQ(message(tests::condition_of(request)->check_filter_keys(keys)),
              "QueryFilter can only contain non-primary key attributes: Primary key attribute: p");
    EXPECT_EQ(plain->attributes(), (std::vector<std::string_view>{"p", "a"}));
    const auto other = tests::condition_of({"attribute_exists(a.p)", "", ""});
    EXPECT_EQ(message(other->check_filter_keys(keys)), "");
}

}  // namespace
}  // namespace millbeck::capture::expression
