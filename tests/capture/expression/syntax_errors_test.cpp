// If these fail, a client is pointed to another place of his expression than the service points to.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/expression/parser.hpp"
#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

struct Row {
    Kind kind;
    std::string text;
    std::string token;
    std::string near;
};

std::string message_of(Kind kind, const std::string& text) {
    const auto syntax = parse_expression(kind, text);
    return syntax ? "" : syntax.error().message;
}

TEST(SyntaxErrors, NameTheTokenAndWhatStandsAroundIt) {
    const std::vector<Row> rows{
        {Kind::Update, "INVALID SYNTAX HERE", "INVALID", "INVALID SYNTAX"},
        {Kind::Update, "SET book-price = :v", "-", "book-price"},
        {Kind::Update, "ADD hits : incr", ":", "hits : incr"},
        {Kind::Update, "SET a = :v,", "<EOF>", ","},
        {Kind::Update, "SET", "<EOF>", "SET"},
        {Kind::Update, "\xC3\xA9SET a = :v", "\xC3\xA9", "\xC3\xA9SET"},
        {Kind::Condition, "a\xE2\x82\xAC = :v", "\xE2\x82\xAC", "a\xE2\x82\xAC ="},
        {Kind::Update, "SET a = :v b = :w", "b", ":v b ="},
        {Kind::Update, "SET a = b + c + d", "+", "c + d"},
        {Kind::Update, "SET a = (b + c) + d", "+", ") + d"},
        {Kind::Update, "SET a = if_not_exists(a, b + c)", "+", "b + c"},
        {Kind::Update, "SET f(a) = :v", "(", "f(a"},
        {Kind::Update, "ADD a b", "b", "a b"},
        {Kind::Update, "DELETE a", "<EOF>", "a"},
        {Kind::Update, "REMOVE a.", "<EOF>", "."},
        {Kind::Update, "SET set = :v", "set", "SET set ="},
        {Kind::Projection, "!!", "!", "!!"},
        {Kind::Projection, "a,,b", ",", ",,b"},
        {Kind::Projection, "a b", "b", "a b"},
        {Kind::Projection, "a[b]", "b", "[b]"},
        {Kind::Projection, "a[01]", "1", "01]"},
        {Kind::Projection, "a[-1]", "-", "[-1"},
        {Kind::Projection, "a[:i]", ":i", "[:i]"},
        {Kind::Projection, "_a", "_", "_a"},
        {Kind::Projection, "1a", "1", "1a"},
        {Kind::Projection, "a.1", "1", ".1"},
        {Kind::Projection, "#", "#", "#"},
        {Kind::Condition, "a = = :v", "=", "= = :v"},
        {Kind::Condition, "a", "<EOF>", "a"},
        {Kind::Condition, ":v", "<EOF>", ":v"},
        {Kind::Condition, "a =", "<EOF>", "="},
        {Kind::Condition, "attribute_not_exists(", "<EOF>", "("},
        {Kind::Condition, "attribute_exists()", ")", "()"},
        {Kind::Condition, "contains (themes, :theme", "<EOF>", ":theme"},
        {Kind::Condition, "a AND b", "AND", "a AND b"},
        {Kind::Condition, "a = :v AND", "<EOF>", "AND"},
        {Kind::Condition, "a = :v)", ")", ":v)"},
        {Kind::Condition, "NOT", "<EOF>", "NOT"},
        {Kind::Condition, "a BETWEEN :v OR :w", "OR", ":v OR :w"},
        {Kind::Condition, "a IN :v", ":v", "IN :v"},
        {Kind::Condition, "a IN ()", ")", "()"},
        {Kind::Condition, "a != :v", "!", "a !="},
        {Kind::Condition, "a == :v", "=", "== :v"},
        {Kind::Condition, "a = 5", "5", "= 5"},
        {Kind::Condition, "a = \"x\"", "\"", "= \"x"},
        {Kind::Condition, "(a = :v", "<EOF>", ":v"},
        {Kind::Condition, "(NOT a) = :v", ")", "a) ="},
        {Kind::Condition, "a = b = c", "=", "b = c"},
        {Kind::Condition, "a = :v + :w", "+", ":v + :w"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(message_of(row.kind, row.text), "Invalid " + std::string(to_string(row.kind)) +
                                                      ": Syntax error; token: \"" + row.token +
                                                      "\", near: \"" + row.near + "\"");
    }
}

TEST(SyntaxErrors, RefuseRedundantParentheses) {
    const std::vector<std::pair<Kind, std::string>> rows{
        {Kind::Condition, "((a = :v))"},
        {Kind::Condition, "a = :v AND ((b = :v OR c = :v))"},
        {Kind::Condition, "((a)) = :v"},
        {Kind::Condition, "a IN (((:v)))"},
        {Kind::Condition, "((attribute_not_exists(pk)))"},
        // Deeper than operators can need.
        {Kind::Condition, std::string(4000, '(')},
        {Kind::Update, "SET a = ((b))"},
        {Kind::Update, "SET a = ((b + :v))"},
        {Kind::Update, "SET a = " + std::string(4000, '(')},
    };
    for (const auto& [kind, text] : rows) {
        SCOPED_TRACE(text);
        EXPECT_EQ(message_of(kind, text), "Invalid " + std::string(to_string(kind)) +
                                              ": The expression has redundant parentheses;");
    }
    for (const std::string text : {"(a = :v)", "(a) = :v", "((a) = :v)", "(NOT (a = :v))"}) {
        EXPECT_EQ(message_of(Kind::Condition, text), "");
    }
    for (const std::string text : {"SET a = (b)", "SET a = (b + :v)", "SET a = (b) + (c)",
                                   "SET a = ((b) + :v)", "SET a = if_not_exists((b), (:v))"}) {
        EXPECT_EQ(message_of(Kind::Update, text), "");
    }
}

TEST(SyntaxErrors, ComeBeforeAllOthers) {
    EXPECT_EQ(message_of(Kind::Condition, "size(a) AND foo(zone) ="),
              "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\"");
    EXPECT_EQ(message_of(Kind::Condition, "foo(zone) = a"),
              "Invalid ConditionExpression: Invalid function name; function: foo");
}

// If it fails, a reserved word is taken as a name here and refused by the service.
TEST(SyntaxErrors, KnowReservedWordsInAnyCase) {
    for (const std::string word :
         {"ABORT", "abort", "Zone", "year", "nUll", "LOCALTIMESTAMP", "ttl", "Name", "set"}) {
        EXPECT_EQ(message_of(Kind::Projection, "a." + word),
                  "Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved "
                  "keyword: " +
                      word);
    }
    for (const std::string word : {"A", "abor", "aborts", "zones", "remove", "id", "data1", "y_ear",
                                   "pk", "counts", "LOCALTIMESTAMPS"}) {
        EXPECT_EQ(message_of(Kind::Projection, word), "");
    }
}

}  // namespace
}  // namespace millbeck::capture::expression
