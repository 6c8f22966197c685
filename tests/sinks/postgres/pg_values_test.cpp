#include "sinks/postgres/pg_values.hpp"

#include <gtest/gtest.h>

namespace millbeck::sinks {
namespace {

// If it fails, two keys of a table become one row, or a text is read back as another.
TEST(PgValues, TextsWithoutNulAndBack) {
    const std::string nul(1, '\0');
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},
        {"plain \u00e4", "plain \u00e4"},
        {nul, "\u24000"},
        {"\u2400", "\u2400\u2400"},
        {"\u24000", "\u2400\u24000"},
        {"a" + nul + nul + "0\u2400b", "a\u24000\u240000\u2400\u2400b"},
        {"\u2400" + nul + "\u2400", "\u2400\u2400\u24000\u2400\u2400"},
        {"\\u0000", "\\u0000"},
    };
    for (const auto& [text, encoded] : cases) {
        EXPECT_EQ(encode_text(text), encoded);
        EXPECT_EQ(decode_text(encoded), text);
    }
}

TEST(PgValues, JsonWithoutNulAndBack) {
    const std::pair<std::string, std::string> cases[] = {
        {R"({"a":"x"})", R"({"a":"x"})"},       {R"(["\u0000"])", "[\"\u24000\"]"},
        {R"(["\\u0000"])", R"(["\\u0000"])"},   {R"(["\\\u0000\n"])", "[\"\\\\\u24000\\n\"]"},
        {"[\"\u2400\"]", "[\"\u2400\u2400\"]"},
    };
    for (const auto& [json, encoded] : cases) {
        EXPECT_EQ(encode_json(json), encoded);
        EXPECT_EQ(decode_json(encoded), json);
    }
}

TEST(PgValues, FieldsOfCopy) {
    const std::pair<Value, std::string> cases[] = {
        {{}, "\\N"},
        {{Value::Kind::Text, "a\tb\nc\\d\re"}, "a\\tb\\nc\\\\d\\re"},
        {{Value::Kind::Text, "\\N"}, "\\\\N"},
        {{Value::Kind::Bool, "true"}, "true"},
        {{Value::Kind::Number, "-1.5"}, "-1.5"},
        {{Value::Kind::Binary, "AAEC/w=="}, "\\\\x000102ff"},
        {{Value::Kind::Json, R"(["\n"])"}, R"(["\\n"])"},
    };
    for (const auto& [value, expected] : cases) {
        std::string field;
        append_copy_field(field, value);
        EXPECT_EQ(field, expected);
    }
}

TEST(PgValues, LiteralsAndBack) {
    EXPECT_EQ(literal_of({Value::Kind::Text, "it's"}), "'it''s'");
    EXPECT_EQ(literal_of({Value::Kind::Number, "7"}), "7");
    EXPECT_EQ(literal_of({Value::Kind::Binary, "AAE="}), "'\\x0001'::bytea");
    EXPECT_EQ(value_of("\\x0001", sql::ColumnType::Binary).value().text, "AAE=");
    EXPECT_EQ(value_of("t", sql::ColumnType::Bool).value().text, "true");
    EXPECT_FALSE(value_of("0001", sql::ColumnType::Binary));
}

TEST(PgValues, NamesThatAreTaken) {
    const sql::Dialect& dialect = postgres_dialect();
    EXPECT_TRUE(dialect.takes_name(std::string(63, 'x')));
    EXPECT_FALSE(dialect.takes_name(std::string(64, 'x')));
    EXPECT_FALSE(dialect.takes_name("xmin"));
    EXPECT_FALSE(dialect.takes_name(""));
}

}  // namespace
}  // namespace millbeck::sinks
