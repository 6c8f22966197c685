#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "capture/table_store.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using tests::item_of;

// Table `t` (pk, sk) with a local index of whole items by n, and a global one that does not count.
class ItemCollectionTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        TableSpec table = spec("t");
        table.keys.range = KeyAttribute{"sk", AttributeType::S};
        const KeyAttribute rank{"n", AttributeType::N};
        table.indexes = {
            {.name = "local", .kind = IndexKind::Local, .keys = {table.keys.hash, rank}},
            {.name = "global", .kind = IndexKind::Global, .keys = {table.keys.hash, {}}}};
        ASSERT_TRUE(create(table));
        ASSERT_TRUE(create(spec("plain")));
    }

    void fill(const std::string& pk, int items) {
        std::vector<Commit> commits;
        for (int i = 0; i < items; ++i) {
            commits.push_back({put_write(
                "t", R"({"pk":{"S":")" + pk + R"("},"sk":{"S":")" + std::to_string(i) +
                         R"("},"n":{"N":"1"},"x":{"S":")" + std::string(1000, 'x') + "\"}}")});
        }
        const Answers answer = submit(std::move(commits));
        ASSERT_TRUE(commit_group());
        ASSERT_TRUE((*answer)->has_value());
    }
    std::uint64_t size(const std::string& pk) {
        const auto collection = store().item_collection(
            table_name("t"), item_of(R"({"pk":{"S":")" + pk + R"("},"sk":{"S":"any"}})"));
        EXPECT_TRUE(collection && *collection);
        return collection && *collection ? (*collection)->size_bytes : 0;
    }
    std::uint64_t bytes_of_table_and_local_index() {
        const auto table = store().describe_table(table_name("t"));
        EXPECT_TRUE(table);
        return static_cast<std::uint64_t>(table->size_bytes + table->indexes[0].size_bytes);
    }
};

// If it fails, a collection on its way to the service's 10 GB is not seen coming.
TEST_F(ItemCollectionTest, IsThePartitionsShareOfTheTableAndItsLocalIndexes) {
    EXPECT_EQ(size("a"), 0U);
    ASSERT_NO_FATAL_FAILURE(fill("a", 200));
    EXPECT_EQ(size("a"), bytes_of_table_and_local_index()) << "a partition alone is exact";
    ASSERT_NO_FATAL_FAILURE(fill("b", 2000));
    // What RocksDB says of memory depends on its dice, up to half of it: too much for 2 MB, nothing
    // to 10 GB. A table that goes takes everybody's rows to the disk.
    ASSERT_TRUE(drop("plain"));
    ASSERT_TRUE(store().maintain());
    const double share =
        static_cast<double>(size("b")) / static_cast<double>(bytes_of_table_and_local_index());
    EXPECT_NEAR(share, 2000.0 / 2200, 0.05);
    EXPECT_NEAR(static_cast<double>(size("a") + size("b")) /
                    static_cast<double>(bytes_of_table_and_local_index()),
                1, 0.05);
}

TEST_F(ItemCollectionTest, IsNamedByThePartitionKeyAlone) {
    const auto named = [&](const std::string& table, const std::string& item) -> std::string {
        const auto collection = store().item_collection(table_name(table), item_of(item));
        if (!collection) {
            return collection.error().message;
        }
        return *collection ? (*collection)->key : "none";
    };
    EXPECT_EQ(named("t", R"({"pk":{"S":"a\"b"},"sk":{"S":"1"},"x":{"N":"1"}})"),
              R"({"pk":{"S":"a\"b"}})");
    EXPECT_EQ(named("t", R"({"pk":{"N":"1"},"sk":{"S":"1"}})"), "none");
    EXPECT_EQ(named("t", R"({"sk":{"S":"1"}})"), "none");
    EXPECT_EQ(named("plain", R"({"pk":{"S":"a"}})"), "none");
    EXPECT_EQ(named("missing", R"({"pk":{"S":"a"}})"), "Requested resource not found");
}

}  // namespace
}  // namespace millbeck::capture
