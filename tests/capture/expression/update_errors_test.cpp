// If these fail, an update that the service refuses is written, or refused with other words.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

using tests::updated;

struct Row {
    std::string text;
    std::string values;
    std::string message;
    std::string names;
};

void check(const std::string& item, const std::string& before, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(updated({row.text, row.values, row.names}, item), before + row.message);
    }
}

const std::string kExpression = "Invalid UpdateExpression: ";
const std::string kNumber = R"({":v":{"N":"1"}})";

TEST(UpdateErrors, AreSeenBeforeAnyItem) {
    const std::string overlap =
        "Two document paths overlap with each other; must remove or rewrite one of these paths; ";
    const std::string conflict =
        "Two document paths conflict with each other; must remove or rewrite one of these paths; ";
    const std::string wrong = "Incorrect operand type for operator or function; ";
    check("{}", kExpression,
          {
              {"SET a = :v SET b = :v", kNumber,
               "The \"SET\" section can only be used once in an update expression;", ""},
              {"remove a REMOVE b", "",
               "The \"REMOVE\" section can only be used once in an update expression;", ""},
              {"SET a = :v, a = :v", kNumber, overlap + "path one: [a], path two: [a]", ""},
              {"SET a.b = :v REMOVE a", kNumber, overlap + "path one: [a, b], path two: [a]", ""},
              {"SET #x = :v REMOVE c, b[1].d, x.y", kNumber,
               overlap + "path one: [x], path two: [x, y]", R"({"#x":"x"})"},
              {"SET a.b = :v, a[1] = :v", kNumber,
               conflict + "path one: [a, b], path two: [a, [1]]", ""},
              {"SET a = foo(b, :v)", kNumber, "Invalid function name; function: foo", ""},
              {"SET a = size(b)", "",
               "The function is not allowed in an update expression; function: size", ""},
              {"SET a = if_not_exists(a)", "",
               "Incorrect number of operands for operator or function; operator or function: "
               "if_not_exists, number of operands: 1",
               ""},
              {"SET a = list_append(a, b, c)", "",
               "Incorrect number of operands for operator or function; operator or function: "
               "list_append, number of operands: 3",
               ""},
              {"SET a = if_not_exists(:v, :v)", kNumber,
               "Operator or function requires a document path; operator or function: "
               "if_not_exists",
               ""},
              {"SET a = a + :v", R"({":v":{"S":"x"}})",
               wrong + "operator or function: +, operand type: S", ""},
              {"SET a = :v - a", R"({":v":{"L":[]}})",
               wrong + "operator or function: -, operand type: L", ""},
              {"SET a = list_append(a, :v)", kNumber,
               wrong + "operator or function: list_append, operand type: N", ""},
              {"SET a = if_not_exists(a, list_append(:v, b))", kNumber,
               wrong + "operator or function: list_append, operand type: N", ""},
              {"ADD a :v", R"({":v":{"S":"x"}})",
               wrong + "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND", ""},
              {"ADD a :v", R"({":v":{"L":[]}})",
               wrong + "operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND", ""},
              {"DELETE a :v", kNumber,
               wrong + "operator: DELETE, operand type: NUMBER, typeSet: "
                       "ALLOWED_FOR_DELETE_OPERAND",
               ""},
              {"SET a = #b", "",
               "An expression attribute name used in the document path is not defined; attribute "
               "name: #b",
               ""},
              {"SET zone = :v", kNumber,
               "Attribute name is a reserved keyword; reserved keyword: zone", ""},
              {"", "", "The expression can not be empty;", ""},
          });
}

TEST(UpdateErrors, OfAnItemNameNoPlace) {
    const std::string path =
        "The document path provided in the update expression is invalid for update";
    const std::string missing =
        "The provided expression refers to an attribute that does not exist in the item";
    const std::string type = "An operand in the update expression has an incorrect data type";
    const std::string values = R"({":s":{"S":"x"}})";
    const std::string item =
        R"({"id":{"S":"k"},"l":{"L":[{"N":"1"}]},"m":{"M":{}},"n":{"N":"1"},"s":{"S":"x"},)"
        R"("ss":{"SS":["x"]}})";
    check(
        item, "",
        {
            {"SET gone.a = :v", kNumber, path, ""},
            {"SET n.a = :v", kNumber, path, ""},
            {"SET m[0] = :v", kNumber, path, ""},
            {"SET l.a = :v", kNumber, path, ""},
            {"SET l[3].a = :v", kNumber, path, ""},
            {"REMOVE gone.a", "", path, ""},
            {"REMOVE l.a", "", path, ""},
            {"ADD gone.a :v", kNumber, path, ""},
            {"SET a = gone", "", missing, ""},
            {"SET a = m.gone", "", missing, ""},
            {"SET a = gone + :v", kNumber, missing, ""},
            {"SET a = list_append(gone, l)", "", missing, ""},
            {"SET a = n + s", "", type, ""},
            {"SET a = list_append(l, m)", "", type, ""},
            {"ADD s :v", kNumber, type, ""},
            {"ADD n :v", R"({":v":{"SS":["x"]}})", type, ""},
            {"ADD ss :v", R"({":v":{"NS":["1"]}})", type, ""},
            {"DELETE ss :v", R"({":v":{"NS":["1"]}})", type, ""},
            {"DELETE n :v", R"({":v":{"NS":["1"]}})", type, ""},
            // Of one sum what is missing is said first, of several actions what has the wrong type.
            {"SET a = gone + s", "", missing, ""},
            {"SET a = s - gone", "", missing, ""},
            {"SET a = list_append(m, gone)", "", missing, ""},
            {"SET a = gone, b = s + :v", kNumber, type, ""},
        });
    check("", "", {{"SET a = b", "", missing, ""}, {"SET a.b = :v", kNumber, path, ""}});
}

TEST(UpdateErrors, OfNumbersSayTheyOverflow) {
    const std::string overflow =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    const std::string item = R"({"big":{"N":"9e125"},"id":{"S":"k"},"wide":{"N":"1e50"}})";
    check(item, "",
          {
              {"SET big = big + big", "", overflow, ""},
              {"ADD big :v", R"({":v":{"N":"9e125"}})", overflow, ""},
              // More than 38 digits are said to be too large as well.
              {"SET wide = wide + :v", kNumber, overflow, ""},
              {"SET wide = wide - :v", R"({":v":{"N":"1e-130"}})", overflow, ""},
          });
}

TEST(UpdateErrors, NameItemsTooLargeOrTooDeep) {
    const std::string long_text(400'000, 'x');
    const auto grow = tests::update_of(
        {"SET b = :v", R"({":v":{"S":")" + std::string(9'590, 'y') + R"("}})", ""});
    const std::string item = R"({"a":{"S":")" + long_text + R"("},"id":{"S":"k"}})";
    // id + k + a + text + b + value = 409,594 and then one more than 409,600.
    EXPECT_TRUE(updated(*grow, item).starts_with("{"));
    const auto burst = tests::update_of(
        {"SET b = :v", R"({":v":{"S":")" + std::string(9'596, 'y') + R"("}})", ""});
    EXPECT_EQ(updated(*burst, item), "Item size to update has exceeded the maximum allowed size");

    std::string deep = R"({"N":"1"})";
    for (int i = 0; i < 31; ++i) {
        deep = R"({"L":[)" + deep + "]}";
    }
    const std::string values = R"({":v":)" + deep + "}";
    EXPECT_TRUE(updated({"SET a = :v", values, ""}, R"({"id":{"S":"k"}})").starts_with("{"));
    EXPECT_EQ(updated({"SET m.a = :v", values, ""}, R"({"id":{"S":"k"},"m":{"M":{}}})"),
              "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
              "levels beyond supported limit");
}

TEST(UpdateErrors, KeepKeysAsTheyAre) {
    const KeySchema keys{{"id", shardlog::AttributeType::S},
                         KeyAttribute{"c", shardlog::AttributeType::N}};
    const auto message = [&](const std::string& text, const std::string& values) {
        const auto update = tests::update_of({text, values, ""});
        EXPECT_TRUE(update);
        const auto status = update->check_keys(keys);
        return status ? std::string() : status.error().message;
    };
    const std::string part = "One or more parameter values were invalid: Cannot update attribute ";
    EXPECT_EQ(message("SET id = :v", kNumber), part + "id. This attribute is part of the key");
    EXPECT_EQ(message("REMOVE a, c", ""), part + "c. This attribute is part of the key");
    EXPECT_EQ(message("ADD c :v", kNumber), part + "c. This attribute is part of the key");
    EXPECT_EQ(message("SET a = c.b", ""),
              "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
              "allowed: Key: c");
    EXPECT_EQ(message("SET a = id, b = c + :v", kNumber), "");
}

// If it fails, many paths make the check quadratic and one request stops the others.
TEST(UpdateErrors, FindMeetingPathsAmongMany) {
    std::string text = "REMOVE a0.x";
    for (int i = 1; i < 600; ++i) {
        text += ",a" + std::to_string(i);
    }
    EXPECT_EQ(updated({text, "", ""}, ""), "");
    EXPECT_EQ(updated({text + ",a599[2]", "", ""}, ""),
              kExpression +
                  "Two document paths overlap with each other; must remove or rewrite one of these "
                  "paths; path one: [a599], path two: [a599, [2]]");
}

}  // namespace
}  // namespace millbeck::capture::expression
