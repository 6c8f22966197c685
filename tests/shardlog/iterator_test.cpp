// If these fail, readers lose their place in a shard, or go on with an iterator that is too old.
#include "shardlog/iterator.hpp"

#include <string>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

constexpr std::string_view kArn =
    "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2015-05-11T21:21:33.291";
const base::WallTime kIssued{base::Milliseconds{1'700'000'000'000}};

ShardIterator sample() {
    return {.stream_arn = std::string(kArn),
            .shard = ShardId(kIssued - base::Milliseconds{5}, ShardNumber{42}),
            .next = SequenceNumber{123'456'789},
            .issued = kIssued};
}

TEST(Iterator, IsReadBackAsWritten) {
    const std::string text = format_iterator(sample());
    EXPECT_TRUE(text.starts_with(std::string(kArn) + "|1|")) << text;
    EXPECT_LE(text.size(), 2048U);
    const auto iterator = parse_iterator(text, kIssued);
    ASSERT_TRUE(iterator) << iterator.error().message;
    EXPECT_EQ(iterator->stream_arn, kArn);
    EXPECT_EQ(iterator->shard, sample().shard);
    EXPECT_EQ(iterator->next, sample().next);
    EXPECT_EQ(iterator->issued, kIssued);
}

TEST(Iterator, LivesFifteenMinutes) {
    const std::string text = format_iterator(sample());
    EXPECT_TRUE(parse_iterator(text, kIssued + kIteratorLifetime));
    // A clock that stepped back makes it look young.
    EXPECT_TRUE(parse_iterator(text, kIssued - base::Milliseconds{60'000}));
    const auto late = parse_iterator(text, kIssued + kIteratorLifetime + base::Milliseconds{1});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, base::Code::Expired);
    EXPECT_TRUE(late.error().message.starts_with("The shard iterator has expired"));
}

TEST(Iterator, OfForeignTextIsInvalid) {
    const std::string good = format_iterator(sample());
    const std::string token = good.substr(good.rfind('|') + 1);
    for (const std::string& text :
         {std::string(), std::string("garbage"), std::string(kArn) + "|1|",
          std::string(kArn) + "|2|" + token, std::string(kArn) + "|1|" + token + "A", "x" + good,
          good.substr(0, good.size() - 4), std::string(3000, 'x') + good,
          std::string(kArn) + "|1|!!!!"}) {
        const auto iterator = parse_iterator(text, kIssued);
        ASSERT_FALSE(iterator) << text;
        EXPECT_EQ(iterator.error().code, base::Code::Invalid) << text;
        EXPECT_EQ(iterator.error().message, "Invalid ShardIterator") << text;
    }
}

// No single changed character may read as another place.
TEST(Iterator, NoticesAnyChangedCharacter) {
    const std::string good = format_iterator(sample());
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string changed = good;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(parse_iterator(changed, kIssued)) << at;
    }
}

// Iterators in the hands of clients must survive a restart with a newer program.
TEST(Iterator, TextIsStable) {
    EXPECT_EQ(format_iterator(sample()).substr(kArn.size()),
              "|1|AAABi8_lZ_sAAAAqAAAAAAdbzRUAAAGLz-VoAFSzoUpive3o");
}

}  // namespace
}  // namespace millbeck::shardlog
