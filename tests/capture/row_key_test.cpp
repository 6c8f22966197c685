#include "capture/row_key.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "shardlog/record.hpp"
#include "tests/support/items.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using tests::item_of;

std::string row_key(const KeySchema& keys, std::string_view json) {
    std::string out;
    append_row_key(out, keys, item_of(json));
    return out;
}

KeySchema hash_only(AttributeType type) {
    return {.hash = {"pk", type}, .range = std::nullopt};
}

KeySchema with_range(AttributeType type) {
    return {.hash = {"pk", AttributeType::S}, .range = KeyAttribute{"sk", type}};
}

// The bytes are on disk and in the log: if they change, old data is no longer found.
TEST(RowKey, BytesAreTheDocumentedOnes) {
    const std::string key =
        row_key(with_range(AttributeType::S), R"({"pk":{"S":"ab"},"sk":{"S":"cd"},"x":{"N":"1"}})");
    ASSERT_EQ(key.size(), 8U + 2 + 2 + 2);
    EXPECT_EQ(key.substr(8), std::string("\0\x02"
                                         "abcd",
                                         6));
    EXPECT_EQ(shardlog::partition_hash(key), hash_of_key(std::string_view(key).substr(8, 4)));
    std::string prefix;
    append_table_prefix(prefix, shardlog::TableId{0x01020304});
    EXPECT_EQ(prefix, "\x01\x02\x03\x04");
}

// Two items that share a key would overwrite each other.
TEST(RowKey, DifferentKeysGiveDifferentBytes) {
    const KeySchema keys = with_range(AttributeType::S);
    const std::vector<std::string> rows = {
        R"({"pk":{"S":"a"},"sk":{"S":"bc"}})",        R"({"pk":{"S":"ab"},"sk":{"S":"c"}})",
        R"({"pk":{"S":"a\u0000"},"sk":{"S":"bc"}})",  R"({"pk":{"S":"a"},"sk":{"S":"\u0000bc"}})",
        R"({"pk":{"S":"a"},"sk":{"S":"bc\u0000"}})",  R"({"pk":{"S":"\u00e4"},"sk":{"S":"bc"}})",
        R"({"pk":{"S":"a\"quote"},"sk":{"S":"bc"}})", R"({"pk":{"S":"a\\u0000"},"sk":{"S":"bc"}})",
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            EXPECT_NE(row_key(keys, rows[i]), row_key(keys, rows[j])) << rows[i] << rows[j];
        }
    }
}

// A key that is written differently but is the same value must find the same item.
TEST(RowKey, EqualValuesGiveEqualBytes) {
    EXPECT_EQ(row_key(hash_only(AttributeType::N), R"({"pk":{"N":"1000"}})"),
              row_key(hash_only(AttributeType::N), R"({"pk":{"N":"+1.0e3"}})"));
    EXPECT_EQ(row_key(hash_only(AttributeType::S), R"({"pk":{"S":"\u0041\/"}})"),
              row_key(hash_only(AttributeType::S), R"({"pk":{"S":"A/"}})"));
}

// A partition is read in the order of its sort keys; rows are given in that order.
TEST(RowKey, SortKeysStandInOrderWithinAPartition) {
    struct Case {
        AttributeType type;
        std::vector<std::string> values;
    };
    const std::vector<Case> cases = {
        {AttributeType::S,
         {R"({"S":"\u0000"})", R"({"S":"\u0000\u0001"})", R"({"S":"a"})", R"({"S":"a\u0000"})",
          R"({"S":"a\u0001"})", R"({"S":"aa"})", R"({"S":"b"})", R"({"S":"\uffff"})",
          R"({"S":"\ud83d\ude00"})"}},
        {AttributeType::N,
         {R"({"N":"-1E125"})", R"({"N":"-10"})", R"({"N":"-9"})", R"({"N":"-1E-130"})",
          R"({"N":"0"})", R"({"N":"1E-130"})", R"({"N":"0.5"})", R"({"N":"1"})", R"({"N":"10"})",
          R"({"N":"10.5"})", R"({"N":"9.9E125"})"}},
        {AttributeType::B,
         {R"({"B":"AA=="})", R"({"B":"AAA="})", R"({"B":"AQ=="})", R"({"B":"fw=="})",
          R"({"B":"gA=="})", R"({"B":"/w=="})"}},
    };
    for (const Case& one : cases) {
        std::string before;
        for (const std::string& value : one.values) {
            const std::string key =
                row_key(with_range(one.type), R"({"pk":{"S":"p"},"sk":)" + value + "}");
            EXPECT_LT(before, key) << value;
            before = key;
        }
    }
}

// The log refuses row keys above 4096 bytes: the longest legal key must fit, whatever its bytes.
TEST(RowKey, LongestKeyFitsTheLog) {
    std::string zeros;
    for (int i = 0; i < 2048; ++i) {
        zeros += "\\u0000";
    }
    const std::string key =
        row_key(with_range(AttributeType::S), R"({"pk":{"S":")" + zeros + R"("},"sk":{"S":")" +
                                                  zeros.substr(0, 1024U * 6) + R"("}})");
    EXPECT_EQ(key.size(), 8U + 2 + 2048 + 1024);
}

// Stream records and Kafka keys carry this text: attributes in byte order, nothing else in it.
TEST(RowKey, KeysTextIsTheCanonicalMapOfTheKeys) {
    const auto item =
        item_of(R"({"z":{"S":"hash"},"b":{"N":"7"},"a":{"N":"12.50"},"\u00e4\"":{"S":"other"}})");
    std::string text;
    const KeySchema keys{.hash = {"z", AttributeType::S},
                         .range = KeyAttribute{"a", AttributeType::N}};
    const std::uint32_t size = append_keys_text(text, keys, item);
    EXPECT_EQ(text, R"({"a":{"N":"12.5"},"z":{"S":"hash"}})");
    EXPECT_EQ(size, item_of(text).size_bytes());
    EXPECT_EQ(item_of(text).text(), text);
}

}  // namespace
}  // namespace millbeck::capture
