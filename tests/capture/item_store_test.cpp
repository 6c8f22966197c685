#include "capture/item_store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/row_key.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::capture {
namespace {

using shardlog::EventName;
using shardlog::SequenceNumber;
using shardlog::TableId;

constexpr std::string_view kSmall = R"({"p":{"S":"a"}})";
constexpr std::string_view kLarge = R"({"p":{"S":"a"},"x":{"S":"more"}})";

class ItemStoreTest : public ::testing::Test {
  protected:
    void SetUp() override { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = ItemStore::open(path(), {.block_cache_bytes = 1U << 20U,
                                               .item_cache_bytes = 1U << 20U,
                                               .memtable_bytes = 1U << 20U});
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "tables"; }

    void insert(std::uint32_t table, const std::string& row_key, std::string_view text,
                std::uint32_t size, std::uint64_t position) {
        std::vector<ItemChange> changes = {{.table = TableId{table},
                                            .event = EventName::Insert,
                                            .sequence = SequenceNumber{position},
                                            .row_key = row_key,
                                            .new_image = {text, size},
                                            .old_size_bytes = 0}};
        ASSERT_TRUE(store_->apply(changes, SequenceNumber{position}));
    }

    [[nodiscard]] std::optional<std::string> get(std::uint32_t table, const std::string& row_key) {
        std::string key;
        append_table_prefix(key, TableId{table});
        auto item = store_->get(key + row_key);
        EXPECT_TRUE(item);
        return item->present() ? std::optional(item->text) : std::nullopt;
    }

    static std::string table_prefix_of_one() {
        std::string prefix;
        append_table_prefix(prefix, TableId{1});
        return prefix;
    }

    [[nodiscard]] std::vector<std::string> all(std::uint32_t table) {
        std::vector<std::string> items;
        EXPECT_TRUE(
            store_->visit(range_of(table), [&](std::string_view, const shardlog::ItemView& item) {
                items.emplace_back(item.text);
                return base::Result<Visit>(Visit::Continue);
            }));
        return items;
    }

    static ItemRange range_of(std::uint32_t table) {
        ItemRange range;
        append_table_prefix(range.begin, TableId{table});
        append_table_prefix(range.end, TableId{table + 1});
        return range;
    }

    tests::TempFolder folder_;
    std::unique_ptr<ItemStore> store_;
};

TEST_F(ItemStoreTest, ChangesTakeEffectTogetherAndCountsFollow) {
    EXPECT_EQ(store_->applied(), std::nullopt);
    insert(1, "k1", kSmall, 10, 5);
    insert(1, "k2", kSmall, 20, 6);
    EXPECT_EQ(store_->counts(TableId{1}), (TableCounts{2, 30}));

    std::vector<ItemChange> changes = {{.table = TableId{1},
                                        .event = EventName::Remove,
                                        .sequence = SequenceNumber{7},
                                        .row_key = "k2",
                                        .new_image = {},
                                        .old_size_bytes = 20},
                                       {.table = TableId{1},
                                        .event = EventName::Modify,
                                        .sequence = SequenceNumber{8},
                                        .row_key = "k1",
                                        .new_image = {kLarge, 15},
                                        .old_size_bytes = 10}};
    ASSERT_TRUE(store_->apply(changes, SequenceNumber{8}));
    EXPECT_EQ(get(1, "k1"), kLarge);
    EXPECT_EQ(get(1, "k2"), std::nullopt);
    EXPECT_EQ(store_->counts(TableId{1}), (TableCounts{1, 15}));
    EXPECT_EQ(store_->applied(), SequenceNumber{8});
    EXPECT_EQ(store_->counts(TableId{2}), TableCounts{});
}

// Sorting a batch by key must not reorder the changes of one key: the last one wins.
TEST_F(ItemStoreTest, ChangesOfOneKeyKeepTheirOrderInABatch) {
    std::vector<std::string> texts;
    std::vector<ItemChange> changes;
    for (std::uint64_t i = 0; i < 100; ++i) {
        texts.push_back(R"({"v":{"N":")" + std::to_string(i) + R"("}})");
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
        changes.push_back({.table = TableId{1},
                           .event = i < 2 ? EventName::Insert : EventName::Modify,
                           .sequence = SequenceNumber{i + 1},
                           .row_key = i % 2 == 0 ? "b" : "a",
                           .new_image = {texts[i], 4},
                           .old_size_bytes = i < 2 ? 0U : 4U});
    }
    ASSERT_TRUE(store_->apply(changes, SequenceNumber{100}));
    EXPECT_EQ(get(1, "b"), texts[98]);
    EXPECT_EQ(get(1, "a"), texts[99]);
    EXPECT_EQ(store_->counts(TableId{1}), (TableCounts{2, 8}));
}

// If it fails, readers get what an item was before it changed, for as long as it is cached.
TEST_F(ItemStoreTest, WhatWasReadBeforeIsReadAsItBecame) {
    insert(1, "k", kSmall, 10, 1);
    insert(2, "k", kSmall, 10, 2);
    EXPECT_EQ(get(1, "k"), kSmall);
    EXPECT_EQ(get(2, "k"), kSmall);
    const std::string last = R"({"p":{"S":"last"}})";
    std::vector<ItemChange> changes;
    for (const std::string_view text : {std::string_view(kLarge), std::string_view(last)}) {
        changes.push_back({.table = TableId{1},
                           .event = EventName::Modify,
                           .sequence = SequenceNumber{3 + changes.size()},
                           .row_key = "k",
                           .new_image = {text, 12},
                           .old_size_bytes = changes.empty() ? 10U : 12U});
    }
    changes.push_back({.table = TableId{2},
                       .event = EventName::Remove,
                       .sequence = SequenceNumber{5},
                       .row_key = "k",
                       .new_image = {},
                       .old_size_bytes = 10});
    ASSERT_TRUE(store_->apply(changes, SequenceNumber{5}));
    EXPECT_EQ(get(1, "k"), last);
    EXPECT_EQ(get(2, "k"), std::nullopt);
}

TEST_F(ItemStoreTest, GetsManyByWayOfTheCache) {
    insert(1, "a", kSmall, 10, 1);
    insert(1, "b", kLarge, 20, 2);
    insert(1, "c", kSmall, 10, 3);
    EXPECT_EQ(get(1, "b"), kLarge);
    const std::string prefix = table_prefix_of_one();
    const std::vector<std::string> keys = {prefix + "c", prefix + "none", prefix + "b",
                                           prefix + "a"};
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    for (int round = 0; round < 2; ++round) {
        const auto items = store_->get(views);
        ASSERT_TRUE(items);
        ASSERT_EQ(items->size(), 4U);
        EXPECT_EQ(items->at(0).text, kSmall);
        EXPECT_FALSE(items->at(1).present());
        EXPECT_EQ(items->at(2).text, kLarge);
        EXPECT_EQ(items->at(2).size_bytes, 20U);
        EXPECT_EQ(items->at(3).text, kSmall);
    }
}

// After a crash the tables are as of the last flush, all of them: items, counts and position.
TEST_F(ItemStoreTest, AReopenFindsExactlyWhatWasFlushed) {
    insert(1, "k1", kSmall, 10, 1);
    insert(2, "k1", kSmall, 10, 2);
    EXPECT_EQ(*store_->flush(), SequenceNumber{2});
    insert(1, "k2", kSmall, 20, 3);
    insert(2, "k1x", kSmall, 20, 4);
    reopen();
    EXPECT_EQ(store_->applied(), SequenceNumber{2});
    EXPECT_EQ(get(1, "k1"), kSmall);
    EXPECT_EQ(get(1, "k2"), std::nullopt);
    EXPECT_EQ(store_->counts(TableId{1}), (TableCounts{1, 10}));
    EXPECT_EQ(store_->counts(TableId{2}), (TableCounts{1, 10}));
}

TEST_F(ItemStoreTest, ReadsManyAtOnceWithGapsForWhatIsMissing) {
    insert(1, "a", kSmall, 10, 1);
    ASSERT_TRUE(store_->flush());  // one from a file, one from memory
    insert(1, "c", kLarge, 30, 2);
    const std::string prefix = table_prefix_of_one();
    const std::vector<std::string> keys = {prefix + "c", prefix + "b", prefix + "a"};
    ItemReads reads;
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(store_->read(std::vector<std::string_view>(keys.begin(), keys.end()), reads));
        EXPECT_EQ(reads.item(0).text, kLarge);
        EXPECT_EQ(reads.item(0).size_bytes, 30U);
        EXPECT_FALSE(reads.item(1).present());
        EXPECT_EQ(reads.item(2).text, kSmall);
        EXPECT_EQ(reads.item(2).size_bytes, 10U);
    }
    const std::vector<std::string_view> one = {keys[1]};
    ASSERT_TRUE(store_->read(one, reads));
    EXPECT_FALSE(reads.item(0).present());
    ASSERT_TRUE(store_->read({}, reads));
}

// Buffers are reused from group to group, and groups grow and shrink: a stale buffer would be a
// crash or, worse, another item's text.
TEST_F(ItemStoreTest, ReadsIntoTheSameBuffersAgainAndAgain) {
    constexpr std::size_t kItems = 200;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < kItems; ++i) {
        keys.push_back(table_prefix_of_one() + "key" + std::to_string(i));
        insert(1, "key" + std::to_string(i), R"({"v":{"N":")" + std::to_string(i) + R"("}})", 1,
               i + 1);
        if (i == kItems / 2) {
            ASSERT_TRUE(store_->flush());  // pinned blocks from here, copies from memory above
        }
    }
    ItemReads reads;
    for (const std::size_t count : {3U, 1U, 40U, 7U, 200U, 1U, 150U}) {
        std::vector<std::string_view> asked;
        for (std::size_t i = 0; i < count; ++i) {
            asked.push_back(keys[(i * 7) % kItems]);
        }
        ASSERT_TRUE(store_->read(asked, reads));
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(reads.item(i).text,
                      R"({"v":{"N":")" + std::to_string((i * 7) % kItems) + R"("}})");
        }
    }
}

// Tables are neighbours in one key space; a visit must stay inside its own.
TEST_F(ItemStoreTest, VisitsOneTableInKeyOrder) {
    insert(1, "b", R"({"v":{"S":"b"}})", 1, 1);
    insert(2, "a", R"({"v":{"S":"other"}})", 1, 2);
    insert(1, "a", R"({"v":{"S":"a"}})", 1, 3);
    insert(256, "a", R"({"v":{"S":"far"}})", 1, 4);
    EXPECT_EQ(all(1), (std::vector<std::string>{R"({"v":{"S":"a"}})", R"({"v":{"S":"b"}})"}));
    EXPECT_EQ(all(256).size(), 1U);
    EXPECT_TRUE(all(3).empty());
    const base::Status stopped = store_->visit(range_of(1), [](auto, const auto&) {
        return base::Result<Visit>(base::fail(base::Code::Cancelled, "enough"));
    });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().message, "enough");
}

// Data that survives its table fills the disk; data of a neighbour that goes with it is loss.
TEST_F(ItemStoreTest, DropTakesOneTableAndNothingElse) {
    for (std::uint64_t i = 0; i < 300; ++i) {
        const std::string key = "key" + std::to_string(1000 + i);
        insert(1, key, kSmall, 1, 3 * i + 1);
        insert(2, key, kSmall, 1, 3 * i + 2);
        insert(3, key, kSmall, 1, 3 * i + 3);
        if (i == 150) {
            ASSERT_TRUE(store_->flush());
        }
    }
    ASSERT_TRUE(store_->drop(TableId{2}));
    ASSERT_TRUE(store_->flush());
    ASSERT_TRUE(store_->drop(TableId{2}));  // as after a crash before it was forgotten
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(all(1).size(), 300U);
        EXPECT_TRUE(all(2).empty());
        EXPECT_EQ(all(3).size(), 300U);
        EXPECT_EQ(store_->counts(TableId{1}).items, 300);
        EXPECT_EQ(store_->counts(TableId{2}), TableCounts{});
        if (round == 0) {
            ASSERT_TRUE(store_->flush());
            reopen();
        }
    }
}

// If it fails, a backup or a restore of a table that is deleted meanwhile lacks rows without a
// word.
TEST_F(ItemStoreTest, AnImageKeepsItsRowsWhenTheTableIsDropped) {
    const KeySchema keys{.hash = {"v", shardlog::AttributeType::S}, .range = {}};
    constexpr std::uint64_t kFlushes = 12;  // enough for files that a drop would take as a whole
    constexpr std::uint64_t kRows = 50;
    std::uint64_t sequence = 0;
    for (std::uint64_t i = 0; i < kFlushes * kRows; ++i) {
        insert(2, "row key " + std::to_string(1000 + i), kSmall, 1, ++sequence);
        if (i % kRows == 0) {
            ASSERT_TRUE(store_->flush());
        }
    }
    ASSERT_TRUE(store_->flush());
    auto image = store_->image(TableId{2}, keys);
    ASSERT_TRUE(image) << image.error().message;
    ASSERT_TRUE(store_->drop(TableId{2}));
    ASSERT_TRUE(store_->flush());
    const auto page = (*image)->read(
        {.last_hash = std::numeric_limits<std::uint64_t>::max(), .from = {}, .rows_max = 10'000});
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->rows.size(), kFlushes * kRows);
    EXPECT_TRUE(all(2).empty());
    image->reset();
    ASSERT_TRUE(store_->drop(TableId{2}));  // now with its files
}

TEST_F(ItemStoreTest, ADamagedFileIsCorruptInWords) {
    insert(1, "k1", kSmall, 10, 1);
    ASSERT_TRUE(store_->flush());
    store_.reset();
    std::size_t damaged = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
        if (entry.path().extension() == ".sst") {
            std::filesystem::resize_file(entry.path(), 10);
            ++damaged;
        }
    }
    ASSERT_GT(damaged, 0U);
    const auto opened = ItemStore::open(path(), {});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, base::Code::Corrupt) << opened.error().message;
}

}  // namespace
}  // namespace millbeck::capture
