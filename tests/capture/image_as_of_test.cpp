// Images of the past whose changes do not fit into memory at once, and who has old images logged.
#include "capture/image_as_of.hpp"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::SequenceNumber;
using shardlog::StreamViewType;
using tests::StoreFixture;

constexpr int kKeys = 60;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

class ImageAsOfTest : public testing::Test {
  protected:
    void put(const std::string& table, int key, const std::string& value) {
        ASSERT_TRUE(fixture.put(table, R"({"a":{"S":")" + value + R"("},"pk":{"S":"k)" +
                                           std::to_string(key) + R"("}})"));
    }

    static std::vector<std::string> rows(const shardlog::TableImage& image) {
        std::vector<std::string> found;
        std::string from;
        while (true) {
            const auto page = image.read({.last_hash = kMost, .from = from, .rows_max = 7});
            EXPECT_TRUE(page) << page.error().message;
            if (!page) {
                return found;
            }
            for (const auto& row : page->rows) {
                EXPECT_LT(from, row.row_key);
                from = row.row_key;
                found.emplace_back(row.item.text);
            }
            if (page->is_last) {
                return found;
            }
        }
    }

    // The table as it was, with room for a few undone items at a time.
    std::vector<std::string> rows_in_windows(const std::string& table, SequenceNumber then,
                                             std::size_t bytes_max = 2'000) {
        const shardlog::TableName name{table};
        const auto now = *fixture.store().image(name);
        const UndoRequest request{.table = fixture.store().describe_table(name)->id,
                                  .oldest = SequenceNumber{1},
                                  .then = then,
                                  .now = now->as_of(),
                                  .bytes_max = bytes_max};
        auto pin = fixture.log().pin(SequenceNumber{1}, "test", shardlog::PinFor::History);
        return rows(*image_as_of(now, fixture.log().history(), std::move(pin), request));
    }

    StoreFixture fixture;
};

// If it fails, a table that was much changed comes back with rows missing or of another time.
TEST_F(ImageAsOfTest, WhatDoesNotFitIsReadInSeveralWindows) {
    ASSERT_TRUE(fixture.open());
    for (const std::string table : {"streamed", "plain"}) {
        ASSERT_TRUE(fixture.create(StoreFixture::spec(
            table,
            table == "plain" ? std::nullopt : std::optional(StreamViewType::NewAndOldImages))));
        for (int key = 0; key < kKeys; key += 2) {
            put(table, key, "before");
        }
        const SequenceNumber then = fixture.log().history().newest();
        const std::vector<std::string> wanted = fixture.all(table);
        for (int key = 0; key < kKeys; ++key) {
            put(table, key, "after");
            if (key % 3 == 0) {
                ASSERT_TRUE(
                    fixture.remove(table, R"({"pk":{"S":"k)" + std::to_string(key) + R"("}})"));
            }
        }
        EXPECT_EQ(wanted, rows_in_windows(table, then)) << table;
        EXPECT_EQ(wanted, rows(**fixture.store().image_as_of(shardlog::TableName{table}, then)));
    }
}

// Few changes are not counted before, and may be larger than was thought.
TEST_F(ImageAsOfTest, LargeItemsAreLeftToTheNextWindow) {
    ASSERT_TRUE(fixture.open());
    for (const bool is_streamed : {true, false}) {
        const std::string table = is_streamed ? "streamed" : "plain";
        ASSERT_TRUE(fixture.create(StoreFixture::spec(
            table, is_streamed ? std::optional(StreamViewType::NewAndOldImages) : std::nullopt)));
        for (int key = 0; key < kKeys; key += 2) {
            put(table, key, std::string(5'000, 'b'));
        }
        const SequenceNumber then = fixture.log().history().newest();
        const std::vector<std::string> wanted = fixture.all(table);
        for (int key = 0; key < kKeys; ++key) {
            put(table, key, std::string(5'000, 'a'));
        }
        EXPECT_EQ(wanted, rows_in_windows(table, then, 100'000)) << table;
    }
}

// If it fails, the archive cannot tell what a table without a stream was.
TEST(OldImages, AreLoggedForAllTablesWhereTheStoreIsToldSo) {
    for (const bool asked : {false, true}) {
        tests::StoreFixtureOptions options;
        options.store.logs_old_images = asked;
        StoreFixture fixture(options);
        ASSERT_TRUE(fixture.open());
        ASSERT_TRUE(fixture.create(StoreFixture::spec("plain")));
        ASSERT_TRUE(fixture.put("plain", R"({"pk":{"S":"k"},"v":{"N":"1"}})"));
        ASSERT_TRUE(fixture.put("plain", R"({"pk":{"S":"k"},"v":{"N":"2"}})"));
        std::string old_image;
        ASSERT_TRUE(fixture.log().scan(SequenceNumber{1}, [&](const shardlog::CommitView& commit) {
            old_image = commit.records.back().old_image.text;
            return base::Status{};
        }));
        EXPECT_EQ(asked ? R"({"pk":{"S":"k"},"v":{"N":"1"}})" : "", old_image);
    }
}

}  // namespace
}  // namespace millbeck::capture
