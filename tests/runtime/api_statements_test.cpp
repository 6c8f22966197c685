// PartiQL against a real store.
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/runtime/statement_calls.hpp"

namespace millbeck::runtime {
namespace {

using nlohmann::json;
using tests::answer;
using tests::ApiNode;
using tests::body_of;
using tests::create_tables;
using tests::fill;
using tests::run;

struct Row {
    std::string statement;
    std::string more;
    std::string expected;
};

void expect_answers(const ApiNode& node, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        EXPECT_EQ(run(node, row.statement, row.more), row.expected) << row.statement;
    }
}

// If it fails, a SELECT does not find what is there.
TEST(ApiStatements, SelectItems) {
    const ApiNode node;
    fill(node);
    const std::string key = R"(,"LastEvaluatedKey":)";
    expect_answers(
        node,
        {{"SELECT * FROM one WHERE p = 'a'", "", R"({"Items":[{"n":{"N":"5"},"p":{"S":"a"}}]})"},
         {"SELECT n FROM one WHERE p = ?", R"(,"Parameters":[{"S":"a"}])",
          R"({"Items":[{"n":{"N":"5"}}]})"},
         {"SELECT zz FROM one WHERE p = 'a'", "", R"({"Items":[{}]})"},
         {"SELECT * FROM one WHERE p = 'zz'", "", R"({"Items":[]})"},
         {"SELECT * FROM one WHERE p = 'a' AND n = 6", "", R"({"Items":[]})"},
         {"SELECT s FROM tab WHERE p = 'a' AND s > 2", "",
          R"({"Items":[{"s":{"N":"3"}},{"s":{"N":"4"}}]})"},
         {"SELECT s FROM tab WHERE p = 'a' ORDER BY s DESC", "",
          R"({"Items":[{"s":{"N":"4"}},{"s":{"N":"3"}},{"s":{"N":"2"}},{"s":{"N":"1"}}]})"},
         {"SELECT p, s FROM tab WHERE p IN ['b', 'zz', 'a'] AND s = 1", "",
          R"({"Items":[{"p":{"S":"b"},"s":{"N":"1"}},{"p":{"S":"a"},"s":{"N":"1"}}]})"},
         {"SELECT s FROM tab WHERE p = 'a' AND (v = 2 OR s <> 3) AND s < 4", "",
          R"({"Items":[{"s":{"N":"1"}},{"s":{"N":"2"}}]})"},
         {"SELECT v FROM tab WHERE v = 9", "", R"({"Items":[{"v":{"N":"9"}}]})"},
         {"SELECT l FROM tab WHERE p = 'a' AND s < 3 OR p = 'b'", "",
          R"({"Items":[{"l":{"S":"l8"}},{"l":{"S":"l7"}},{}]})"},
         {R"(SELECT s FROM "tab"."by-l" WHERE p = 'a')", "",
          R"({"Items":[{"s":{"N":"4"}},{"s":{"N":"3"}},{"s":{"N":"2"}},{"s":{"N":"1"}}]})"},
         {R"(SELECT v FROM "tab"."by-l" WHERE p = 'a' AND l = 'l7')", "",
          R"({"Items":[{"v":{"N":"2"}}]})"},
         {R"(SELECT * FROM "tab"."by-l" WHERE p = 'a' AND l = 'l7')", "",
          R"({"Items":[{"l":{"S":"l7"},"p":{"S":"a"},"s":{"N":"2"}}]})"},
         {R"(SELECT h FROM "tab"."by-g" WHERE g = 'x' AND s = 2)", "",
          R"({"Items":[{"h":{"S":"h"}}]})"},
         {R"(SELECT s FROM "tab"."by-g" WHERE NOT v = 1 AND s < 3)", "",
          R"({"Items":[{"s":{"N":"1"}},{"s":{"N":"2"}}]})"}});
}

// If it fails, a client is told another reason than on the service.
TEST(ApiStatements, RefuseWhatOneTableCannotDo) {
    const ApiNode node;
    fill(node);
    const std::string v = "ValidationException: ";
    const std::string strong = R"(,"ConsistentRead":true)";
    const std::string values = v + "One or more parameter values were invalid: ";
    expect_answers(
        node,
        {{"SELECT * FROM nope WHERE p = 'a'", "",
          "ResourceNotFoundException: Requested resource not found"},
         {"FROM nope WHERE p = 'a' SET a = 1", "",
          "ResourceNotFoundException: Requested resource not found"},
         {"INSERT INTO nope VALUE {'p': 'a'}", "",
          "ResourceNotFoundException: Requested resource not found"},
         {R"(SELECT * FROM "tab"."nope" WHERE p = 'a')", "",
          v + "The table does not have the specified index"},
         {R"(SELECT * FROM "tab"."by-g" WHERE g = 'x')", strong,
          v + "Strongly consistent read is not supported on Global Secondary Indexes"},
         {R"(SELECT l, v FROM "tab"."by-g" WHERE g = 'x')", "",
          values + "Global secondary index by-g does not project [l, v]"},
         {R"(SELECT v, l FROM "tab"."by-g")", "",
          values + "Global secondary index by-g does not project [v, l]"},
         {R"(SELECT p FROM "tab"."by-g" WHERE g = 'x' AND v = 1 AND h IS MISSING)", "",
          values + "Secondary index by-g does not project one or more filter attributes: [v]"},
         {R"(SELECT p FROM "tab"."by-l" WHERE p = 'a' AND NOT (h = 'x' OR v = 1))", "",
          values + "Secondary index by-l does not project one or more filter attributes: [h, v]"},
         {R"(SELECT p FROM "tab"."by-g" WHERE (g = 'x' AND v = 1) OR g = 'y')", "",
          R"({"Items":[]})"},
         {"EXISTS(SELECT * FROM one WHERE p = 'a')", "",
          v + "EXISTS can only be used in ExecuteTransaction write requests."},
         {"SELECT * FROM one WHERE p.x = 'a'", "",
          v + "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
              "allowed: Key: p"},
         {"UPDATE one SET p = 'b' WHERE p = 'a'", "",
          values + "Cannot update attribute p. This attribute is part of the key"},
         {"UPDATE one SET n.x = 1 WHERE p = 'a'", "",
          v + "The document path provided in the update expression is invalid for update"},
         {"SELECT * FROM one WHERE p = ?", "",
          v + "Number of parameters in request and statement don't match."},
         {"SELECT * FROM one WHERE p = 'a'", R"(,"Parameters":[{"S":"a"}])",
          v + "Number of parameters in request and statement don't match."},
         {"SELECT * FROM one WHERE p = ?", R"(,"Parameters":[{"N":"abc"}])",
          v + "The parameter cannot be converted to a numeric value: abc"},
         {"SELECT * FROM one", R"(,"NextToken":"abc")", v + "Invalid NextToken"},
         {"DELETE FROM one WHERE p = 'a'", R"(,"NextToken":"abc")", v + "Invalid NextToken"},
         {"SELECT * FROM one", R"(,"Limit":0)",
          v + "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
              "Member must have value greater than or equal to 1"},
         {"SELECT * FROM one", R"(,"Parameters":[])",
          v + "1 validation error detected: Value '[]' at 'parameters' failed to satisfy "
              "constraint: Member must have length greater than or equal to 1"},
         {"", "",
          v + "1 validation error detected: Value '' at 'statement' failed to satisfy constraint: "
              "Member must have length greater than or equal to 1"}});
    EXPECT_EQ(answer(node, "ExecuteStatement", "{}"),
              v + "1 validation error detected: Value null at 'statement' failed to satisfy "
                  "constraint: Member must not be null");
}

// If it fails, numbers in parameters are refused in the words for items.
TEST(ApiStatements, ReadNumbersOfParametersAsJavaDoes) {
    const ApiNode node;
    create_tables(node);
    const std::string v = "ValidationException: ";
    const std::string bad = v + "The parameter cannot be converted to a numeric value";
    const std::string small =
        v +
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range";
    const std::string nested =
        v +
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
        "levels beyond supported limit";
    std::string deep = R"({"S":"leaf"})";
    for (int i = 0; i < 40; ++i) {
        deep = R"({"M":{"n":)" + deep + "}}";
    }
    const std::string abc = R"({"N":"abc"})";
    const std::vector<std::pair<std::string, std::string>> rows{
        {R"({"N":"1e99999999999"})", bad + ": 1e99999999999"},
        {R"({"N":"-1e99999999999"})", bad + ": -1e99999999999"},
        {R"({"N":"1e-99999999999"})", bad + ": 1e-99999999999"},
        {R"({"N":"1e2147483648"})", bad + ": 1e2147483648"},
        {R"({"N":"1e-2147483648"})", bad + ": 1e-2147483648"},
        {R"({"N":"1e2147483647"})", small},
        {R"({"N":"1e-2147483647"})", small},
        {R"({"N":"1e126"})",
         v + "Number overflow. Attempting to store a number with magnitude larger than supported "
             "range"},
        {R"({"N":""})", bad},
        {R"({"L":[{"N":"1"},{"N":"1e99999999999"}]})", bad + ": 1e99999999999"},
        {R"({"M":{"x":{"N":"1e99999999999"}}})", bad + ": 1e99999999999"},
        {R"({"NS":["1","1e99999999999"]})", bad + ": 1e99999999999"},
        {R"({"M":{"d":)" + deep + R"(,"bad":)" + abc + "}}", nested},
        {R"({"M":{"bad":)" + abc + R"(,"d":)" + deep + "}}", bad + ": abc"},
        {deep, nested},
    };
    for (const auto& [parameter, expected] : rows) {
        EXPECT_EQ(run(node, "SELECT * FROM one WHERE p = 'a' AND n = ?",
                      R"(,"Parameters":[)" + parameter + "]"),
                  expected)
            << parameter.substr(0, 100);
    }
    EXPECT_EQ(answer(node, "ExecuteStatement",
                     R"({"Statement":"SELECT * FROM one WHERE p = ?","Parameters":[{"N":5}]})"),
              "SerializationException: NUMBER_VALUE cannot be converted to String");
}

// If it fails, a write of a statement is lost, made twice, or made against its condition.
TEST(ApiStatements, WriteItems) {
    const ApiNode node;
    fill(node);
    const std::string nothing = R"({"Items":[]})";
    const std::string failed = "ConditionalCheckFailedException: The conditional request failed";
    expect_answers(
        node,
        {{"INSERT INTO one VALUE {'p': 'i', 'n': 1}", "", nothing},
         {"INSERT INTO one VALUE {'p': 'i', 'n': 2}", "",
          "DuplicateItemException: Duplicate primary key exists in table"},
         {"SELECT n FROM one WHERE p = 'i'", "", R"({"Items":[{"n":{"N":"1"}}]})"},
         {"UPDATE one SET n = n + 1, m = ? WHERE p = 'i'", R"(,"Parameters":[{"M":{}}])", nothing},
         {"UPDATE one SET m.x = 1 WHERE p = 'i' AND n = 2 RETURNING MODIFIED NEW *", "",
          R"({"Items":[{"m":{"M":{"x":{"N":"1"}}}}]})"},
         {"UPDATE one SET n = 7 WHERE p = 'i' RETURNING MODIFIED OLD *", "",
          R"({"Items":[{"n":{"N":"2"}}]})"},
         {"FROM one WHERE p = 'i' REMOVE m RETURNING ALL NEW *", "",
          R"({"Items":[{"n":{"N":"7"},"p":{"S":"i"}}]})"},
         {"UPDATE one SET n = 8 WHERE p = 'i' RETURNING ALL OLD *", "",
          R"({"Items":[{"n":{"N":"7"},"p":{"S":"i"}}]})"},
         {"UPDATE one REMOVE n WHERE p = 'i' RETURNING MODIFIED NEW *", "", nothing},
         {"UPDATE one SET n = 1 WHERE p = 'ghost'", "", failed},
         {"UPDATE one SET n = 1 WHERE p = 'i' AND n = 99", "", failed},
         {"SELECT * FROM one WHERE p = 'ghost'", "", nothing},
         {"DELETE FROM one WHERE p = 'a' AND n = 6", "", failed},
         {"DELETE FROM one WHERE p = 'ghost' AND n = 6", "", nothing},
         {"DELETE FROM one WHERE p = 'a' AND n = 5 RETURNING ALL OLD *", "",
          R"({"Items":[{"n":{"N":"5"},"p":{"S":"a"}}]})"},
         {"DELETE FROM one WHERE p = 'a' RETURNING ALL OLD *", "", nothing},
         {"SELECT p FROM one", "", R"({"Items":[{"p":{"S":"i"}}]})"}});
    const auto shown = node.call("ExecuteStatement",
                                 body_of("UPDATE one SET n = 1 WHERE p = 'i' AND n = 99",
                                         R"(,"ReturnValuesOnConditionCheckFailure":"ALL_OLD")"));
    EXPECT_EQ(json::parse(shown.body)["Item"].dump(), R"({"p":{"S":"i"}})");
}

// If it fails, paging leaves items out, shows them twice, or goes on with another statement.
TEST(ApiStatements, PageWithTokens) {
    const ApiNode node;
    fill(node);
    for (const std::string statement :
         {"SELECT v FROM tab WHERE p = 'a'", "SELECT v FROM tab",
          "SELECT v FROM tab WHERE p IN ['a', 'b']", "SELECT v FROM tab WHERE p = 'a' OR p = 'b'",
          "SELECT v FROM tab WHERE p = 'a' AND s IN [1, 2, 3, 4]",
          "SELECT s FROM \"tab\".\"by-g\" WHERE g = 'x' AND h = 'h'",
          "SELECT s FROM \"tab\".\"by-l\" WHERE p = 'a' ORDER BY l DESC",
          "SELECT v FROM tab WHERE p IN ['zz', 'a'] ORDER BY p, s DESC"}) {
        SCOPED_TRACE(statement);
        const json all = json::parse(run(node, statement))["Items"];
        for (int limit = 1; limit <= 5; ++limit) {
            json found = json::array();
            std::string token;
            int pages = 0;
            do {
                const std::string more = R"(,"Limit":)" + std::to_string(limit);
                const json page = json::parse(run(node, statement, more + token));
                EXPECT_LE(page["Items"].size(), static_cast<std::size_t>(limit));
                found.insert(found.end(), page["Items"].begin(), page["Items"].end());
                token =
                    page.contains("NextToken") ? R"(,"NextToken":)" + page["NextToken"].dump() : "";
            } while (!token.empty() && ++pages < 20);
            EXPECT_EQ(found, all) << limit;
        }
    }
    const json page = json::parse(run(node, "SELECT v FROM tab WHERE p = 'a'", R"(,"Limit":2)"));
    EXPECT_EQ(page["LastEvaluatedKey"].dump(), R"({"p":{"S":"a"},"s":{"N":"2"}})");
    std::string token = page["NextToken"];
    const auto with = [&](const std::string& text) { return R"(,"NextToken":")" + text + "\""; };
    EXPECT_EQ(run(node, "SELECT v FROM tab WHERE p = 'b'", with(token)),
              "ValidationException: NextToken does not match request");
    token[45] = token[45] == 'A' ? 'B' : 'A';
    EXPECT_EQ(run(node, "SELECT v FROM tab WHERE p = 'a'", with(token)),
              "ValidationException: Invalid NextToken");
    EXPECT_EQ(run(node, "SELECT v FROM tab WHERE p = 'a'", with("AAAA")),
              "ValidationException: Invalid NextToken");
}

// If it fails, capacity is told wrong.
TEST(ApiStatements, TellCapacity) {
    const ApiNode node;
    fill(node);
    const std::string total = R"(,"ReturnConsumedCapacity":"TOTAL")";
    const std::string indexes = R"(,"ReturnConsumedCapacity":"INDEXES")";
    const auto units = [](const std::string& table, const std::string& spent) {
        return R"(,"ConsumedCapacity":{"TableName":")" + table + R"(","CapacityUnits":)" + spent;
    };
    expect_answers(node, {{"SELECT p FROM one WHERE p = 'a'", total,
                           R"({"Items":[{"p":{"S":"a"}}])" + units("one", "0.5") + "}}"},
                          {"SELECT p FROM one WHERE p = 'a'", total + R"(,"ConsistentRead":true)",
                           R"({"Items":[{"p":{"S":"a"}}])" + units("one", "1.0") + "}}"},
                          {"SELECT p FROM one WHERE p IN ['a', 'zz']", total,
                           R"({"Items":[{"p":{"S":"a"}}])" + units("one", "1.0") + "}}"},
                          {"UPDATE one SET n = 1 WHERE p = 'a'", total,
                           R"({"Items":[])" + units("one", "1.0") + "}}"},
                          {R"(SELECT s FROM "tab"."by-l" WHERE p = 'a' AND l = 'l7')", indexes,
                           R"({"Items":[{"s":{"N":"2"}}])" + units("tab", "0.5") +
                               R"(,"Table":{"CapacityUnits":0.0},"LocalSecondaryIndexes":{"by-l":)"
                               R"({"CapacityUnits":0.5}}}})"}});
}

// Statements are judged by the item that comes out, whatever they write with. If it fails, an item
// is kept that no other call can write.
TEST(ApiStatements, LimitWhatComesOut) {
    const ApiNode node;
    fill(node);
    const auto update = [&](std::size_t length) {
        return run(node, "UPDATE one SET b = ? WHERE p = 'w'",
                   R"(,"Parameters":[{"S":")" + std::string(length, 'x') + "\"}]");
    };
    run(node, "INSERT INTO one VALUE {'p': 'w'}");
    EXPECT_EQ(update(409'597), R"({"Items":[]})");
    EXPECT_EQ(update(409'598),
              "ValidationException: Item size to update has exceeded the maximum allowed size");
    EXPECT_EQ(run(node, "UPDATE one SET c = 1 WHERE p = 'w'"),
              "ValidationException: Item size to update has exceeded the maximum allowed size");
}

// If it fails, a number that fits nowhere overflows, or is refused in other words.
TEST(ApiStatements, RefuseNumbersBeyond32Bits) {
    const ApiNode node;
    fill(node);
    const std::string v = "ValidationException: ";
    const std::string under =
        "Number underflow. Attempting to store a number with magnitude "
        "smaller than supported range";
    EXPECT_EQ(run(node, "INSERT INTO one VALUE {'p': 'n', 'n': ?}",
                  R"(,"Parameters":[{"N":"1e2147483647"}])"),
              v + under);
    EXPECT_EQ(run(node, "INSERT INTO one VALUE {'p': 'n', 'n': ?}",
                  R"(,"Parameters":[{"N":"1e2147483648"}])"),
              v + "The parameter cannot be converted to a numeric value: 1e2147483648");
    EXPECT_EQ(run(node, "INSERT INTO one VALUE {'p': 'n', 'n': 1e2147483646}"),
              v + under + " under root");
}

}  // namespace
}  // namespace millbeck::runtime
