// The image of a table: what a copy of it begins with.
#include "shardlog/table_image.hpp"

#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::ImageRange;
using tests::StoreFixture;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

class TableImageTest : public testing::Test {
  protected:
    TableImageTest() {
        EXPECT_TRUE(fixture.open());
        auto spec = StoreFixture::spec("orders", shardlog::StreamViewType::NewAndOldImages);
        spec.keys.range = {"sk", shardlog::AttributeType::N};
        EXPECT_TRUE(fixture.create(spec));
    }

    void put(int key, const std::string& value) {
        EXPECT_TRUE(fixture.put("orders", R"({"pk":{"S":"k)" + std::to_string(key) +
                                              R"("},"sk":{"N":"1"},"a":{"S":")" + value +
                                              R"("}})"));
    }

    std::shared_ptr<const shardlog::TableImage> image() {
        auto made = fixture.store().image(StoreFixture::table_name("orders"));
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }

    // Everything, read in pages.
    static std::vector<std::string> items(const shardlog::TableImage& image, ImageRange range) {
        std::vector<std::string> found;
        std::string from;
        while (true) {
            range.from = from;
            const auto page = image.read(range);
            EXPECT_TRUE(page) << page.error().message;
            for (const auto& row : page->rows) {
                EXPECT_LT(from, row.row_key);
                from = row.row_key;
                EXPECT_EQ(row.keys.text.find("\"a\""), std::string_view::npos) << row.keys.text;
                found.emplace_back(row.item.text);
            }
            if (page->is_last) {
                return found;
            }
        }
    }

    StoreFixture fixture;
};

// If it fails, a copy mixes old rows with new ones, and nobody knows which changes it lacks.
TEST_F(TableImageTest, StaysAsItWasWhenItWasMade) {
    for (int key = 0; key < 50; ++key) {
        put(key, "old");
    }
    const auto before = image();
    EXPECT_EQ(before->as_of().next(), fixture.log().latest());
    for (int key = 0; key < 60; ++key) {
        put(key, "new");
    }
    const auto old_items = items(*before, {.last_hash = kMost, .from = {}, .rows_max = 7});
    EXPECT_EQ(old_items.size(), 50u);
    for (const std::string& item : old_items) {
        EXPECT_NE(item.find("old"), std::string::npos) << item;
    }
    const auto after = image();
    EXPECT_EQ(after->as_of().next(), fixture.log().latest());
    EXPECT_EQ(items(*after, {.last_hash = kMost, .from = {}}).size(), 60u);
}

// If it fails, shards copy each other's rows, or leave some to nobody.
TEST_F(TableImageTest, HashesShareTheRowsOut) {
    for (int key = 0; key < 80; ++key) {
        put(key, "x");
    }
    const auto whole = image();
    const std::uint64_t middle = kMost / 2;
    auto lower = items(*whole, {.first_hash = 0, .last_hash = middle, .from = {}, .rows_max = 3});
    const auto upper =
        items(*whole, {.first_hash = middle + 1, .last_hash = kMost, .from = {}, .rows_max = 3});
    EXPECT_GT(lower.size(), 10u);
    EXPECT_GT(upper.size(), 10u);
    lower.insert(lower.end(), upper.begin(), upper.end());
    EXPECT_EQ(lower, items(*whole, {.last_hash = kMost, .from = {}}));
}

TEST_F(TableImageTest, APageHasARowWhateverItsSizeAndBeginsWhereItIsTold) {
    put(1, std::string(5'000, 'x'));
    put(2, std::string(5'000, 'y'));
    const auto whole = image();
    EXPECT_EQ(items(*whole, {.last_hash = kMost, .from = {}, .bytes_max = 1}).size(), 2u);
    const auto first = whole->read({.last_hash = kMost, .from = {}, .rows_max = 1});
    const std::string row_key(first->rows.at(0).row_key);
    EXPECT_EQ(first->rows[0].keys.text.find("\"a\""), std::string_view::npos);
    const auto same = whole->read(
        {.last_hash = kMost, .from = row_key, .begin = ImageRange::Begin::At, .rows_max = 1});
    EXPECT_EQ(same->rows.at(0).row_key, row_key);
    EXPECT_FALSE(same->is_last);
}

TEST_F(TableImageTest, AnEmptyTableHasAPositionToo) {
    const auto empty = image();
    EXPECT_EQ(empty->as_of().next(), fixture.log().latest());
    EXPECT_TRUE(items(*empty, {.last_hash = kMost, .from = {}}).empty());
    EXPECT_EQ(fixture.store().image(StoreFixture::table_name("none")).error().code,
              base::Code::NotFound);
}

}  // namespace
}  // namespace millbeck::capture
