// If these fail, reads answer with other attributes than were asked for.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expressions.hpp"

namespace millbeck::capture::expression {
namespace {

using tests::projected;

constexpr std::string_view kItem =
    R"({"a":{"N":"1"},"b":{"M":{"l":{"L":[{"N":"0"},{"M":{"x":{"S":"X"},"y":{"S":"Y"}}},{"N":"2"}]},)"
    R"("s":{"S":"t"}}},"c":{"L":[{"L":[{"N":"9"}]}]},"d":{"S":"z"}})";

TEST(Projection, KeepsTheNestingAndMovesListEntriesTogether) {
    struct Row {
        std::string text, expected;
    };
    const std::vector<Row> rows{
        {"a", R"({"a":{"N":"1"}})"},
        {"d, a", R"({"a":{"N":"1"},"d":{"S":"z"}})"},
        {"b.s", R"({"b":{"M":{"s":{"S":"t"}}}})"},
        {"b.l[2], b.l[0]", R"({"b":{"M":{"l":{"L":[{"N":"0"},{"N":"2"}]}}}})"},
        {"b.l[1].y, b.s, a",
         R"({"a":{"N":"1"},"b":{"M":{"l":{"L":[{"M":{"y":{"S":"Y"}}}]},"s":{"S":"t"}}}})"},
        {"c[0][0]", R"({"c":{"L":[{"L":[{"N":"9"}]}]}})"},
        {"gone", "{}"},
        {"gone, d", R"({"d":{"S":"z"}})"},
        {"b.gone", "{}"},
        {"b.l[9], b.gone, b.l[1].gone", "{}"},
        {"b.l[9], b.s", R"({"b":{"M":{"s":{"S":"t"}}}})"},
        {"a.x, a2, b[0], c.x, aa.b, zz", "{}"},
        {"c[0][1], c[0][0]", R"({"c":{"L":[{"L":[{"N":"9"}]}]}})"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.text);
        EXPECT_EQ(projected({row.text, "", ""}, kItem), row.expected);
    }
    EXPECT_EQ(projected({"#d, #n", "", R"({"#d":"d.d","#n":"q\"\n"})"},
                        R"({"d":{"M":{"d":{"N":"1"}}},"d.d":{"N":"2"},"q\"\n":{"N":"3"}})"),
              R"({"d.d":{"N":"2"},"q\"\n":{"N":"3"}})");
    EXPECT_EQ(projected({"a", "", ""}, "{}"), "{}");
}

TEST(Projection, RefusesPathsThatMeet) {
    const std::string overlap =
        "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or "
        "rewrite one of these paths; ";
    EXPECT_EQ(projected({"a, b, a", "", ""}, "{}"), overlap + "path one: [a], path two: [a]");
    EXPECT_EQ(projected({"b.l[1], b.l", "", ""}, "{}"),
              overlap + "path one: [b, l, [1]], path two: [b, l]");
    EXPECT_EQ(projected({"a.b, a[0]", "", ""}, "{}"),
              "Invalid ProjectionExpression: Two document paths conflict with each other; must "
              "remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]");
    EXPECT_EQ(projected({"", "", ""}, "{}"),
              "Invalid ProjectionExpression: The expression can not be empty;");
    EXPECT_EQ(projected({"a, #b", "", ""}, "{}"),
              "Invalid ProjectionExpression: An expression attribute name used in the document "
              "path is not defined; attribute name: #b");
}

TEST(Projection, KnowsItsAttributes) {
    const auto projection = tests::projection_of({"b.x, c, b.a, #a", "", R"({"#a":"a.b"})"});
    ASSERT_TRUE(projection);
    EXPECT_EQ(projection->attributes(), (std::vector<std::string_view>{"a.b", "b", "c"}));
    const KeySchema keys{{"b", shardlog::AttributeType::S}, std::nullopt};
    ASSERT_FALSE(projection->check_key_paths(keys));
    EXPECT_EQ(projection->check_key_paths(keys).error().message,
              "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
              "allowed: Key: b");
}

}  // namespace
}  // namespace millbeck::capture::expression
