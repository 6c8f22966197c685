#include "sinks/sql/canonical.hpp"

#include <gtest/gtest.h>

#include "sinks/sql/binary_text.hpp"

namespace millbeck::sinks::sql {
namespace {

// If it fails, `millbeck verify` reports differences that are none, or misses some.
TEST(Canonical, OneTextForEqualJson) {
    const std::pair<std::string, std::string> cases[] = {
        {R"({"b": 1, "a": [1.50, true, null, "x"]})", R"({"a":[1.50,true,null,"x"],"b":1})"},
        {"[]", "[]"},
        {"{ }", "{}"},
        {"\"\\u000a\\u00e4\\/\"", "\"\\n\u00e4/\""},
        {" 12345678901234567890123456789012345678 ", "12345678901234567890123456789012345678"},
        {R"({"a":{"c":1,"b":{}}})", R"({"a":{"b":{},"c":1}})"},
        {"\"\\u0001\"", "\"\\u0001\""},
    };
    for (const auto& [json, expected] : cases) {
        const auto found = canonical_json(json);
        ASSERT_TRUE(found) << json << ": " << found.error().message;
        EXPECT_EQ(*found, expected);
    }
    for (const std::string json : {"", "{", "[1", R"({"a")"}) {
        EXPECT_FALSE(canonical_json(json)) << json;
    }
}

TEST(Canonical, WhereAValueIsKeptMakesNoDifference) {
    const std::vector<Column> narrow = {{"_extra", ColumnType::Json}};
    const std::vector<Column> wide = {
        {"_extra", ColumnType::Json}, {"n", ColumnType::Number}, {"t", ColumnType::Text}};
    const auto kept =
        canonical_content(narrow, {{Value::Kind::Json, R"({"t":"x\ty","n":1})"}}).value();
    EXPECT_EQ(kept, R"({"n":1,"t":"x\ty"})");
    EXPECT_EQ(canonical_content(wide, {{}, {Value::Kind::Number, "1"}, {Value::Kind::Text, "x\ty"}})
                  .value(),
              kept);
    EXPECT_EQ(canonical_content(wide, {{}, {}, {}}).value(), "{}");
}

TEST(Canonical, KeysAreTheTablesAgain) {
    EXPECT_EQ(canonical_key({{"owner", ColumnType::Binary}, {"at", ColumnType::Number}},
                            {{Value::Kind::Binary, "AAE="}, {Value::Kind::Number, "-1.5"}},
                            {{"pk", "owner"}}),
              R"({"at":{"N":"-1.5"},"pk":{"B":"AAE="}})");
    EXPECT_EQ(
        canonical_key({{"id", ColumnType::Text}},
                      {{Value::Kind::Text, std::string("\"\\\b\f\n\r\t\x01\0\u00e4", 11)}}, {}),
        R"({"id":{"S":"\"\\\b\f\n\r\t\u0001\u0000)"
        "\u00e4\"}}");
}

TEST(BinaryText, IsPadded) {
    EXPECT_EQ(encode_base64(""), "");
    EXPECT_EQ(encode_base64("f"), "Zg==");
    EXPECT_EQ(encode_base64("fo"), "Zm8=");
    EXPECT_EQ(encode_base64("foo"), "Zm9v");
    EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode_base64("\xff\xfe\xfd\xfc"), "//79/A==");
}

}  // namespace
}  // namespace millbeck::sinks::sql
