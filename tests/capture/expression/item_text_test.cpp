// If these fail, expressions read the wrong bytes of an item.
#include "capture/expression/item_text.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/items.hpp"

namespace millbeck::capture::expression {
namespace {

using shardlog::AttributeType;

TEST(ItemText, FindsMembersInTheirOrder) {
    const std::string item =
        tests::item_of(
            R"({"a":{"S":"}],\"\\"},"b\"c":{"N":"1"},"b":{"L":[{"S":"\\\""},{"M":{}}]},"é":{"B":""}})")
            .text();
    EXPECT_EQ(find_member(item, {"a", "a"}), R"({"S":"}],\"\\"})");
    EXPECT_EQ(find_member(item, {"b\"c", "b\\\"c"}), R"({"N":"1"})");
    EXPECT_EQ(find_member(item, {"é", "é"}), R"({"B":""})");
    for (const char* name : {"", "A", "aa", "b\\", "z", "\xff"}) {
        EXPECT_EQ(find_member(item, {name, name}), "") << name;
    }
    EXPECT_EQ(find_member("{}", {"a", "a"}), "");
    const ValueView list(find_member(item, {"b", "b"}));
    EXPECT_EQ(find_element(content_of(list), 0), R"({"S":"\\\""})");
    EXPECT_EQ(find_element(content_of(list), 1), R"({"M":{}})");
    EXPECT_EQ(find_element(content_of(list), 2), "");
    EXPECT_EQ(find_element("[]", 0), "");
}

TEST(ItemText, KnowsTypeContentSizeAndLevels) {
    struct Row {
        std::string value;
        AttributeType type;
        std::string content;
        std::size_t members;
        int levels;
    };
    const std::vector<Row> rows{
        {R"({"S":"x\n"})", AttributeType::S, "x\\n", 0, 1},
        {R"({"N":"-1.5"})", AttributeType::N, "-1.5", 0, 1},
        {R"({"B":"AQI="})", AttributeType::B, "AQI=", 0, 1},
        {R"({"BOOL":true})", AttributeType::BOOL, "true", 0, 1},
        {R"({"BOOL":false})", AttributeType::BOOL, "false", 0, 1},
        {R"({"NULL":true})", AttributeType::NULL_, "true", 0, 1},
        {R"({"SS":["a","b\""]})", AttributeType::SS, R"(["a","b\""])", 2, 1},
        {R"({"NS":["1","20"]})", AttributeType::NS, R"(["1","20"])", 2, 1},
        {R"({"BS":["","AQ=="]})", AttributeType::BS, R"(["","AQ=="])", 2, 1},
        {R"({"L":[]})", AttributeType::L, "[]", 0, 1},
        {R"({"L":[{"L":[{"M":{"x":{"N":"1"}}}]},{"S":"\\"}]})", AttributeType::L,
         R"([{"L":[{"M":{"x":{"N":"1"}}}]},{"S":"\\"}])", 2, 4},
        {R"({"M":{"a":{"M":{}},"b":{"NULL":true}}})", AttributeType::M,
         R"({"a":{"M":{}},"b":{"NULL":true}})", 2, 2},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.value);
        const ValueView value(row.value);
        EXPECT_EQ(value.type, row.type);
        EXPECT_EQ(content_of(value), row.content);
        EXPECT_EQ(nesting_levels(value), row.levels);
        EXPECT_EQ(value_end(row.value, 0), row.value.size());
        if (row.content[0] == '[' || row.content[0] == '{') {
            EXPECT_EQ(count_members(value), row.members);
        }
        const shardlog::Item item = tests::item_of("{\"a\":" + row.value + "}");
        EXPECT_EQ(item.text(), "{\"a\":" + row.value + "}") << "not canonical";
        EXPECT_EQ(value_size_bytes(value) + 1, item.size_bytes());
    }
}

}  // namespace
}  // namespace millbeck::capture::expression
