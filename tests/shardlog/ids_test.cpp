// If these fail, clients cannot parse our shard ids and sequence numbers, or lose their place.
#include "shardlog/ids.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();

base::WallTime at_millis(std::int64_t millis) {
    return base::WallTime{base::Milliseconds{millis}};
}

TEST(SequenceNumber, HasTwentyOneDigits) {
    EXPECT_EQ(SequenceNumber{}.to_string(), "100000000000000000000");
    EXPECT_EQ(SequenceNumber{7}.to_string(), "100000000000000000007");
    EXPECT_EQ(SequenceNumber::max().to_string(), "118446744073709551615");
}

TEST(SequenceNumber, ParsesWhatItWrites) {
    for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{1}, kLast - 1, kLast}) {
        const auto parsed = SequenceNumber::parse(SequenceNumber{position}.to_string());
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->position(), position);
    }
}

// An iterator AFTER a number nobody gave must still have a place.
TEST(SequenceNumber, ForeignNumbersBecomeTheNearestPosition) {
    struct Row {
        std::string text;
        std::uint64_t position;
    };
    const std::vector<Row> rows{
        {"0", 0},
        {"5", 0},
        {"99999999999999999999", 0},
        {"000100000000000000000009", 9},
        {"118446744073709551616", kLast},
        {"199999999999999999999", kLast},
        {"200000000000000000000", kLast},
        {"4421584500000000017450439091", kLast},
        {std::string(40, '9'), kLast},
        {std::string(40, '0'), 0},
    };
    for (const Row& row : rows) {
        const auto parsed = SequenceNumber::parse(row.text);
        ASSERT_TRUE(parsed) << row.text;
        EXPECT_EQ(parsed->position(), row.position) << row.text;
    }
}

TEST(SequenceNumber, RefusesWhatIsNoNumber) {
    for (const std::string& text : {std::string(), std::string("abc"), std::string("-1"),
                                    std::string("1.5"), std::string(" 1"), std::string(41, '1')}) {
        const auto parsed = SequenceNumber::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, base::Code::Invalid) << text;
    }
}

TEST(ShardId, CarriesItsCreationTimeAsClientsParseIt) {
    const ShardId id(at_millis(1'573'689'847'184), ShardNumber{0x864758bb});
    EXPECT_EQ(id.to_string(), "shardId-00000001573689847184-864758bb");
    const auto parsed = ShardId::parse(id.to_string());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, id);
}

TEST(ShardId, TextOrderIsCreationOrder) {
    const std::vector<ShardId> ascending{
        ShardId(at_millis(999), ShardNumber{9}), ShardId(at_millis(1000), ShardNumber{2}),
        ShardId(at_millis(1000), ShardNumber{10}), ShardId(at_millis(1001), ShardNumber{1})};
    for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
        EXPECT_LT(ascending[i], ascending[i + 1]);
        EXPECT_LT(ascending[i].to_string(), ascending[i + 1].to_string());
    }
}

TEST(ShardId, RefusesOtherForms) {
    for (const std::string_view text :
         {"", "shardId-", "shardId-00000001573689847184", "shardId-00000001573689847184-864758b",
          "shardId-00000001573689847184-864758BB", "shardId-00000001573689847184-864758bg",
          "shardId-0000000157368984718x-864758bb", "shardId-00000001573689847184_864758bb",
          "ShardId-00000001573689847184-864758bb", "shardId-00000001573689847184-864758bb0",
          "shardId-99999999999999999999-864758bb", "shardId-+0000001573689847184-864758bb"}) {
        const auto parsed = ShardId::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, base::Code::Invalid) << text;
    }
}

TEST(Arn, OfAStreamIsReadBackWhateverItsRegion) {
    const Identity identity{.region = "eu-central-1", .account_id = "123456789012"};
    const TableName table{"my.table-1"};
    EXPECT_EQ(table_arn(identity, table),
              "arn:aws:dynamodb:eu-central-1:123456789012:table/my.table-1");
    const std::string arn = stream_arn(identity, table, "2015-05-11T21:21:33.291");
    EXPECT_EQ(arn,
              "arn:aws:dynamodb:eu-central-1:123456789012:table/my.table-1/stream/"
              "2015-05-11T21:21:33.291");
    const auto parts = parse_stream_arn(arn);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->table, table);
    EXPECT_EQ(parts->label, "2015-05-11T21:21:33.291");
    EXPECT_TRUE(parse_stream_arn("arn:aws-cn:dynamodb:cn-north-1:1:table/abc/stream/x"));
}

TEST(Arn, OfSomethingElseIsRefused) {
    for (const std::string_view text :
         {"", "arn", "table/abc/stream/x", "arn:aws:dynamodb:r:1:table/abc",
          "arn:aws:dynamodb:r:1:table/abc/stream", "arn:aws:dynamodb:r:1:table/abc/stream/",
          "arn:aws:dynamodb:r:1:table/abc/stream/x/y", "arn:aws:dynamodb:r:1:table/ab/stream/x",
          "arn:aws:dynamodb:r:1:table/a b c/stream/x", "arn:aws:kinesis:r:1:table/abc/stream/x",
          "arn:gcp:dynamodb:r:1:table/abc/stream/x", "arn:aws:dynamodb:r:1:index/abc/stream/x",
          "arn:aws:dynamodb:r:1:table/abc/backup/x"}) {
        const auto parts = parse_stream_arn(text);
        ASSERT_FALSE(parts) << text;
        EXPECT_EQ(parts.error().code, base::Code::Invalid) << text;
    }
}

}  // namespace
}  // namespace millbeck::shardlog
