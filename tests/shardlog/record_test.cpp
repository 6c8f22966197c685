// If these fail, streams are created with another view type than asked for, or records go to a
// shard that does not own them.
#include "shardlog/record.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace millbeck::shardlog {
namespace {

TEST(Record, ViewTypesHaveTheServicesNames) {
    for (const std::string_view name :
         {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}) {
        const auto type = parse_stream_view_type(name);
        ASSERT_TRUE(type) << name;
        EXPECT_EQ(to_string(*type), name);
    }
    EXPECT_FALSE(parse_stream_view_type(""));
    EXPECT_FALSE(parse_stream_view_type("new_image"));
}

TEST(Record, EventsHaveTheServicesNames) {
    EXPECT_EQ(to_string(EventName::Insert), "INSERT");
    EXPECT_EQ(to_string(EventName::Modify), "MODIFY");
    EXPECT_EQ(to_string(EventName::Remove), "REMOVE");
}

TEST(Record, PartitionHashIsTheFirstEightBytesBigEndian) {
    EXPECT_EQ(partition_hash("\x01\x02\x03\x04\x05\x06\x07\xff tail"), 0x01020304050607ffU);
    EXPECT_EQ(partition_hash("\xff\xff\xff\xff\xff\xff\xff\xff"), ~std::uint64_t{0});
}

}  // namespace
}  // namespace millbeck::shardlog
