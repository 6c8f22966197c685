// Where the records of each shard stand, in memory and on disk.
#include "shardlog/segment_index.hpp"

#include <gtest/gtest.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {
namespace {

using namespace shardlog;
using base::Code;

constexpr IndexSummary kSummary{.first = SequenceNumber{100},
                                .last = SequenceNumber{4100},
                                .first_time_ms = 17,
                                .newest_time_ms = 23,
                                .used_bytes = 99'000};

// Shard 3: 2000 records, shard 900: one, shard 5: 1000; enough for several chunks.
void fill(GrowingIndex& index) {
    for (std::uint32_t i = 0; i < 2000; ++i) {
        index.add(ShardNumber{3}, 64 + i * 8, 100 + i * 2);
        if (i % 2 == 0) {
            index.add(ShardNumber{5}, 68 + i * 8, 101 + i * 2);
        }
    }
    index.add(ShardNumber{900}, 50'000, 4100);
}

void expect_filled(const SegmentIndex& index) {
    const ShardOffsets three = index.find(ShardNumber{3});
    ASSERT_EQ(2000u, three.count);
    EXPECT_EQ(100u, three.first_position);
    EXPECT_EQ(100u + 1999 * 2, three.last_position);
    for (std::uint32_t i = 0; i < 2000; ++i) {
        ASSERT_EQ(64 + i * 8, three.at(i));
    }
    ASSERT_EQ(1000u, index.find(ShardNumber{5}).count);
    EXPECT_EQ(50'000u, index.find(ShardNumber{900}).at(0));
    EXPECT_EQ(0u, index.find(ShardNumber{4}).count);
    EXPECT_EQ(0u, index.find(ShardNumber{}).count);
    ASSERT_EQ(3u, index.all().size());
    EXPECT_EQ(ShardNumber{900}, index.all().back().shard);
}

class IndexFile : public ::testing::Test {
  protected:
    void write(const std::string& bytes) {
        ASSERT_TRUE(base::write_atomically(*files, path, bytes));
    }

    TempFolder folder;
    base::Path path = folder.path() / "x.idx";
    std::unique_ptr<base::FileSystem> files = base::system_files();
};

// If it fails, a reader of one shard skips records or gets another shard's.
TEST(GrowingIndex, FindsEveryOffsetInOrder) {
    GrowingIndex index;
    EXPECT_TRUE(index.all().empty());
    fill(index);
    expect_filled(index);
}

// If it fails, a shard reads differently after its segment was sealed.
TEST_F(IndexFile, HoldsWhatTheGrowingOneHeld) {
    GrowingIndex growing;
    fill(growing);
    write(encode_index(kSummary, growing));
    const auto stored = load_index(*files, path);
    ASSERT_TRUE(stored) << stored.error().message;
    expect_filled(**stored);
    EXPECT_EQ(kSummary, load_summary(*files, path));
    // Written again from the loaded one, it is the same file.
    EXPECT_EQ(encode_index(kSummary, growing), encode_index(kSummary, **stored));
}

// If it fails, a damaged index sends readers to wrong records instead of being built again.
TEST_F(IndexFile, IsRefusedWithAnyByteDamaged) {
    GrowingIndex growing;
    growing.add(ShardNumber{3}, 64, 100);
    growing.add(ShardNumber{4}, 72, 101);
    const std::string bytes = encode_index(kSummary, growing);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        write(damaged);
        const auto loaded = load_index(*files, path);
        ASSERT_FALSE(loaded) << i;
        EXPECT_EQ(Code::Corrupt, loaded.error().code);
    }
    for (const std::size_t length : {std::size_t{0}, std::size_t{71}, bytes.size() - 1}) {
        write(bytes.substr(0, length));
        EXPECT_FALSE(load_index(*files, path)) << length;
    }
}

// If it fails, the log believes a summary that rotted, or of a file that is not there.
TEST_F(IndexFile, SummaryIsAbsentWhenDamagedOrMissing) {
    EXPECT_FALSE(load_summary(*files, path));
    std::string bytes = encode_index(kSummary, GrowingIndex());
    bytes[40] = static_cast<char>(bytes[40] ^ 1);
    write(bytes);
    EXPECT_FALSE(load_summary(*files, path));
    write("short");
    EXPECT_FALSE(load_summary(*files, path));
}

}  // namespace
}  // namespace millbeck::tests
