#include "capture/item_cache.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millbeck::capture {
namespace {

using shardlog::ItemView;

constexpr std::size_t kSmall = 512U << 10U;  // 64 shards of about 20 items

std::string key_of(std::uint64_t number) {
    return "table/key-" + std::to_string(number);
}

std::string text_of(std::uint64_t value, std::size_t bytes = 40) {
    return std::to_string(value) + std::string(bytes, 'x');
}

ItemView view_of(const std::string& text) {
    return {text, static_cast<std::uint32_t>(text.size() + 100)};
}

class ItemCacheTest : public ::testing::Test {
  protected:
    // What a reader does that finds `text` in the tables.
    void read(const std::string& key, const std::string& text) {
        CachePass pass;
        if (!cache_.find(ItemCache::Key(key), pass)) {
            cache_.keep(ItemCache::Key(key), view_of(text), pass);
        }
    }

    void write(const std::string& key, const std::string& text) {
        cache_.hide(ItemCache::Key(key));
        cache_.renew(ItemCache::Key(key), text.empty() ? ItemView{} : view_of(text));
    }

    std::optional<std::string> found(const std::string& key) {
        CachePass pass;
        const auto item = cache_.find(ItemCache::Key(key), pass);
        if (item) {
            EXPECT_EQ(item->size_bytes, item->text.size() + 100);
        }
        return item ? std::optional(item->text) : std::nullopt;
    }

    ItemCache cache_{kSmall};
};

TEST_F(ItemCacheTest, KeepsWhatIsReadUpToDate) {
    EXPECT_EQ(found("a"), std::nullopt);
    read("a", "one");
    EXPECT_EQ(found("a"), "one");
    write("a", "two, which is longer than there is room for");
    EXPECT_EQ(found("a"), "two, which is longer than there is room for");
    write("a", "3");
    EXPECT_EQ(found("a"), "3");
    write("a", "");
    EXPECT_EQ(found("a"), std::nullopt);
    write("b", "never read");
    EXPECT_EQ(found("b"), std::nullopt) << "a load of new items must not push out what is read";
}

// If it fails, a reader answers with an item as it was before a write that another reader, or the
// writer itself, has seen the effect of.
TEST_F(ItemCacheTest, GivesNothingWhileTheTablesAreWritten) {
    const ItemCache::Key key("a");
    read("a", "old");
    CachePass pass;
    cache_.hide(key);
    EXPECT_EQ(cache_.find(key, pass), std::nullopt);
    cache_.keep(key, view_of("old"), pass);
    EXPECT_EQ(found("a"), std::nullopt);
    cache_.renew(key, view_of("new"));
    cache_.keep(key, view_of("old"), pass);
    EXPECT_EQ(found("a"), "new");
}

// If it fails, what was read before a write is found after it, for ever.
TEST_F(ItemCacheTest, KeepsNothingThatWasReadBeforeAWrite) {
    const ItemCache::Key key("a");
    CachePass pass;
    EXPECT_EQ(cache_.find(key, pass), std::nullopt);
    write("a", "new");
    cache_.keep(key, view_of("old"), pass);
    EXPECT_EQ(found("a"), std::nullopt);
    EXPECT_EQ(cache_.find(key, pass), std::nullopt);
    cache_.hide(key);
    cache_.keep(key, view_of("old"), pass);
    cache_.renew(key, view_of("newer"));
    EXPECT_EQ(found("a"), std::nullopt);
}

TEST_F(ItemCacheTest, LeavesOutWhatIsTooLarge) {
    read("a", "small");
    write("a", text_of(1, kSmall / 64));
    EXPECT_EQ(found("a"), std::nullopt);
    read("a", text_of(1, kSmall / 64));
    EXPECT_EQ(found("a"), std::nullopt);
}

TEST(ItemCache, OfTooFewBytesKeepsNothing) {
    for (const std::size_t bytes : {0U, 1U, 64U << 10U}) {
        ItemCache cache(bytes);
        const ItemCache::Key key("a");
        CachePass pass;
        EXPECT_EQ(cache.find(key, pass), std::nullopt);
        cache.keep(key, view_of("text"), pass);
        cache.hide(key);
        cache.renew(key, view_of("text"));
        EXPECT_EQ(cache.find(key, pass), std::nullopt);
    }
}

// Ten times what it holds, of all lengths, read and written at random: what is found is the newest,
// and the items used most are found.
TEST_F(ItemCacheTest, AgreesWithTheTablesWhateverItForgets) {
    std::mt19937_64 random(1);
    std::map<std::uint64_t, std::string> tables;
    std::size_t hits = 0;
    std::size_t often_hits = 0;
    constexpr std::size_t kSteps = 200'000;
    for (std::size_t step = 0; step < kSteps; ++step) {
        const bool often = random() % 2 == 0;
        const std::uint64_t number = random() % (often ? 100 : 15'000);
        const std::string key = key_of(number);
        if (random() % 4 == 0) {
            std::string& text = tables[number];
            text = random() % 8 == 0 ? "" : text_of(step, random() % 300);
            write(key, text);
            continue;
        }
        const std::string& text = tables[number];
        if (const auto cached = found(key)) {
            ASSERT_EQ(*cached, text) << key;
            ++hits;
            often_hits += number < 100 ? 1U : 0U;
        } else if (!text.empty()) {
            read(key, text);
        }
    }
    EXPECT_GT(hits, often_hits);
    EXPECT_GT(often_hits, kSteps / 4);
}

// The promise readers rely on, with threads: nobody finds an item older than a write that had ended
// before the look began.
TEST(ItemCache, IsNeverBehindWhatWasWritten) {
    constexpr std::uint64_t kKeys = 200;
    constexpr std::uint64_t kWrites = 20'000;
    ItemCache cache(kSmall);
    std::vector<std::atomic<std::uint64_t>> tables(kKeys);   // as RocksDB: changes while hidden
    std::vector<std::atomic<std::uint64_t>> written(kKeys);  // as the applied position: after
    std::atomic<bool> writing = true;
    std::atomic<std::uint64_t> hits = 0;
    const auto read = [&](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        while (writing) {
            const std::uint64_t number = random() % kKeys;
            const std::string text = key_of(number);
            const ItemCache::Key key(text);
            const std::uint64_t at_least = written[number];
            CachePass pass;
            if (const auto item = cache.find(key, pass)) {
                ASSERT_GE(std::stoull(item->text), at_least);
                ++hits;
            } else {
                cache.keep(key, view_of(text_of(tables[number])), pass);
            }
        }
    };
    std::vector<std::jthread> readers;
    readers.emplace_back(read, 1);
    readers.emplace_back(read, 2);
    std::mt19937_64 random(3);
    for (std::uint64_t value = 1; value <= kWrites || hits == 0; ++value) {
        const std::uint64_t number = random() % kKeys;
        const std::string text = key_of(number);
        cache.hide(ItemCache::Key(text));
        tables[number] = value;
        cache.renew(ItemCache::Key(text), view_of(text_of(value)));
        written[number] = value;
    }
    writing = false;
}

}  // namespace
}  // namespace millbeck::capture
