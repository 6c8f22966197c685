// If these fail, a client is told something else than the service would say.
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
    std::string message;  // without `Invalid ConditionExpression: `
    std::string names;
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(evaluated({row.text, row.values, row.names}, "{}"),
                  "Invalid ConditionExpression: " + row.message);
    }
}

const std::string kNumber = R"({":v":{"N":"1"}})";

TEST(ConditionErrors, NameWordsThatAreReserved) {
    const std::string reserved = "Attribute name is a reserved keyword; reserved keyword: ";
    check({
        {"size = :v", kNumber, reserved + "size", ""},
        {"a.Status = :v", kNumber, reserved + "Status", ""},
        {"attribute_exists(zone)", "", reserved + "zone", ""},
        {"attribute_exists(ABORT)", "", reserved + "ABORT", ""},
        {"a = :v AND name = year", kNumber, reserved + "name", ""},
    });
    // Not reserved, though parts of the grammar.
    EXPECT_EQ(evaluated({"attribute_exists(remove)", "", ""}, "{}"), "false");
    EXPECT_EQ(evaluated({"attribute_exists(contains)", "", ""}, "{}"), "false");
}

TEST(ConditionErrors, NamePlaceholdersThatAreNotDefined) {
    check({
        {"#n = :v", kNumber,
         "An expression attribute name used in the document path is not defined; attribute name: "
         "#n",
         ""},
        {"a = :w", kNumber,
         "An expression attribute value used in expression is not defined; attribute value: :w",
         ""},
        {"a.#n = :v", kNumber,
         "An expression attribute name used in the document path is not defined; attribute name: "
         "#n",
         R"({"#m":"x"})"},
    });
}

// Recorded of key conditions, whose walk is that of all conditions.
TEST(ConditionErrors, NameTheFirstFaultOfTheText) {
    const std::string undefined =
        "An expression attribute value used in expression is not defined; attribute value: ";
    const std::string operand =
        "Incorrect operand type for operator or function; operator or function: ";
    const std::string size = operand + "size, operand type: N";
    check({
        {"begins_with(a, :v) AND b = :w", kNumber, operand + "begins_with, operand type: N", ""},
        {"b = :w AND begins_with(a, :v)", kNumber, undefined + ":w", ""},
        {"b = :v AND begins_with(a, :v) AND a = :w", kNumber,
         operand + "begins_with, operand type: N", ""},
        {"a = :v AND begins_with(b, :w)", kNumber, undefined + ":w", ""},
        {"a IN (:v, :w) AND begins_with(a, :v)", kNumber, undefined + ":w", ""},
        {"size(:v) > :v AND a BETWEEN :w AND :x", kNumber, size, ""},
        {"size(a) > :w AND size(:v) > :v", kNumber, undefined + ":w", ""},
        {"begins_with(a, :v) AND size(:v) > :v", kNumber, operand + "begins_with, operand type: N",
         ""},
        {"size(:v) > :v AND begins_with(a, :v)", kNumber, size, ""},
        {"NOT begins_with(a, :v) OR #n = :w", kNumber, operand + "begins_with, operand type: N",
         ""},
        {"#n = :v AND begins_with(a, :v)", kNumber,
         "An expression attribute name used in the document path is not defined; attribute name: "
         "#n",
         ""},
    });
}

TEST(ConditionErrors, NameFunctionsAndTheirPlaces) {
    const std::string misused =
        "The function is not allowed to be used this way in an expression; function: ";
    const std::string operands =
        "Incorrect number of operands for operator or function; operator or function: ";
    check({
        {"foo(a)", "", "Invalid function name; function: foo", ""},
        {"Size(a) = :v", kNumber, "Invalid function name; function: Size", ""},
        {"if_not_exists(a, :v)", kNumber,
         "The function is not allowed in a condition expression; function: if_not_exists", ""},
        {"size(a)", "", misused + "size", ""},
        {"NOT size(a)", "", misused + "size", ""},
        {"a = :v OR (size(a))", kNumber, misused + "size", ""},
        {"begins_with(a, :v) = :v", kNumber, misused + "begins_with", ""},
        {"a = attribute_exists(b)", "", misused + "attribute_exists", ""},
        {"contains(a, contains(b, c))", "", misused + "contains", ""},
        {"size(a, b) = :v", kNumber, operands + "size, number of operands: 2", ""},
        {"attribute_exists(a, b)", "", operands + "attribute_exists, number of operands: 2", ""},
        {"begins_with(a)", "", operands + "begins_with, number of operands: 1", ""},
        {"attribute_exists(:v)", kNumber,
         "Operator or function requires a document path; operator or function: attribute_exists",
         ""},
        {"attribute_not_exists(size(a))", "",
         "Operator or function requires a document path; operator or function: "
         "attribute_not_exists",
         ""},
        {"attribute_type(:v, :v)", kNumber,
         "Operator or function requires a document path; operator or function: attribute_type", ""},
    });
}

TEST(ConditionErrors, NameOperandsOfWrongTypes) {
    const std::string wrong =
        "Incorrect operand type for operator or function; operator or function: ";
    const std::string list = R"({":v":{"L":[]}})";
    check({
        {"a < :v", list, wrong + "<, operand type: L", ""},
        {":v >= a", R"({":v":{"BOOL":true}})", wrong + ">=, operand type: BOOL", ""},
        {"a BETWEEN :v AND b", R"({":v":{"NULL":true}})", wrong + "BETWEEN, operand type: NULL",
         ""},
        {"begins_with(a, :v)", kNumber, wrong + "begins_with, operand type: N", ""},
        {"begins_with(a, size(b))", "", wrong + "begins_with, operand type: N", ""},
        {"size(:v) = :v", kNumber, wrong + "size, operand type: N", ""},
        {"size(size(a)) = :v", kNumber, wrong + "size, operand type: N", ""},
        {"attribute_type(a, :v)", kNumber, wrong + "attribute_type, operand type: N", ""},
        {"attribute_type(a, b)", "",
         wrong + "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}", ""},
        {"attribute_type(a, :v)", R"({":v":{"S":"DOG"}})",
         "Invalid attribute type name found; type: DOG, valid types: "
         "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
         ""},
    });
}

TEST(ConditionErrors, NameBoundsOutOfOrder) {
    // Only those that are used are given.
    const auto only = [](const std::string& a, const std::string& b) {
        return R"({":a":)" + a + R"(,":b":)" + b + "}";
    };
    const std::string text = "x BETWEEN :a AND :b";
    check({
        {text, only(R"({"N":"2"})", R"({"N":"1"})"),
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
         ""},
        {text, only(R"({"S":"a\"b"})", R"({"N":"1"})"),
         "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
         "operand: AttributeValue: {S:a\"b}, upper bound operand: AttributeValue: {N:1}",
         ""},
        {text, only(R"({"B":"AQID"})", R"({"B":"AQ=="})"),
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]}, "
         "upper bound operand: AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}",
         ""},
    });
}

TEST(ConditionErrors, NameOperandsThatAreTheSame) {
    const std::string same =
        "The first operand must be distinct from the remaining operands for this operator or "
        "function; operator: ";
    check({
        {"a = a", "", same + "=, first operand: [a]", ""},
        {"a.b[1] < a.b[1]", "", same + "<, first operand: [a, b, [1]]", ""},
        {"contains(#a, a)", "", same + "contains, first operand: [a]", R"({"#a":"a"})"},
        {"a IN (:v, a)", kNumber, same + "IN, first operand: [a]", ""},
        {"begins_with(a, (a))", "", same + "begins_with, first operand: [a]", ""},
    });
    EXPECT_EQ(evaluated({"a.b = a.c", "", ""}, "{}"), "false");
    EXPECT_EQ(evaluated({"a[0] = a[1]", "", ""}, "{}"), "false");
}

TEST(ConditionErrors, NameWhatIsTooMuch) {
    std::string many = "a=:v";
    for (int i = 0; i < 150; ++i) {
        many += " OR a=:v";
    }
    std::string operands = ":v";
    for (int i = 0; i < 100; ++i) {
        operands += ",:v";
    }
    std::string deep = "a";
    for (int i = 0; i < 32; ++i) {
        deep += "[0]";
    }
    check({
        {many, kNumber, "The expression contains too many operators; operator count: 301", ""},
        {"a IN (" + operands + ")", kNumber,
         "The IN operator is provided with too many operands; number of operands: 101", ""},
        {"attribute_exists(" + deep + ")", "",
         "The document path has too many nesting levels; nesting levels: 33", ""},
        {"attribute_exists(a[2147483648])", "",
         "List index is not within the allowable range; index: [2147483648]", ""},
        {"attribute_exists(a[99999999999999999999])", "",
         "List index is not within the allowable range; index: [99999999999999999999]", ""},
        {std::string(4097, 'a'), "",
         "Expression size has exceeded the maximum allowed size; expression size: 4097", ""},
        {"", "", "The expression can not be empty;", ""},
    });
    EXPECT_EQ(evaluated({"attribute_exists(a[2147483647])", "", ""}, "{}"), "false");
}

TEST(ConditionErrors, CarryTheNameOfTheExpression) {
    for (const auto& [kind, name] : {std::pair{Kind::Filter, "FilterExpression"},
                                     std::pair{Kind::KeyCondition, "KeyConditionExpression"}}) {
        const auto condition = tests::condition_of({"a = a", "", ""}, kind);
        ASSERT_FALSE(condition);
        EXPECT_TRUE(condition.error().message.starts_with(std::string("Invalid ") + name + ": "))
            << condition.error().message;
        EXPECT_EQ(condition.error().code, base::Code::Invalid);
    }
}

}  // namespace
}  // namespace millbeck::capture::expression
