// Keys as people type them.
#include "runtime/api/key_words.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::runtime {
namespace {

using shardlog::AttributeType;

const capture::KeySchema kBoth = {{"id", AttributeType::S},
                                  capture::KeyAttribute{"line", AttributeType::N}};
const capture::KeySchema kBinary = {{"b", AttributeType::B}, {}};

TEST(KeyWords, BecomeAKey) {
    const struct {
        capture::KeySchema keys;
        std::vector<std::string> words;
        std::string text;
    } rows[] = {
        {kBoth, {"42", "1"}, R"({"id":{"S":"42"},"line":{"N":"1"}})"},
        {kBoth, {"id=42", "line=1"}, R"({"id":{"S":"42"},"line":{"N":"1"}})"},
        {kBoth, {"line=1", "id=42"}, R"({"id":{"S":"42"},"line":{"N":"1"}})"},
        {kBoth, {"a=b", "1"}, R"({"id":{"S":"a=b"},"line":{"N":"1"}})"},
        {kBoth, {"id=id=1", "line=2"}, R"({"id":{"S":"id=1"},"line":{"N":"2"}})"},
        {kBoth, {R"(a"b\)", "1e2"}, R"({"id":{"S":"a\"b\\"},"line":{"N":"100"}})"},
        {kBoth, {R"({"line":{"N":"1"},"id":{"S":"42"}})"}, R"({"id":{"S":"42"},"line":{"N":"1"}})"},
        {kBinary, {"aGk="}, R"({"b":{"B":"aGk="}})"},
    };
    for (const auto& row : rows) {
        const auto key = key_of_words(row.words, row.keys);
        ASSERT_TRUE(key) << key.error().message << " for " << row.text;
        EXPECT_EQ(row.text, key->text());
    }
}

TEST(KeyWords, SayHowTheyAreWritten) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {}, {"42"}, {"42", "1", "2"}, {"42", "one"}, {"id=1", "id=2"}}) {
        const auto key = key_of_words(words, kBoth);
        ASSERT_FALSE(key);
        EXPECT_EQ("a key of this table is written id=TEXT line=NUMBER", key.error().message);
    }
    EXPECT_EQ("a key of this table is written b=BASE64",
              key_of_words({"!"}, kBinary).error().message);
    EXPECT_FALSE(key_of_words({R"({"id":)"}, kBoth));
    for (const std::string json : {"", "7", "{}", "[1]", R"(["a",2])"}) {
        EXPECT_FALSE(key_of_parameter(json, kBoth)) << json;
    }
}

}  // namespace
}  // namespace millbeck::runtime
