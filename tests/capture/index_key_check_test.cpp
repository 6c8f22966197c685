#include "capture/index_key_check.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/index_write.hpp"
#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::AttributeType;
using tests::item_of;

const KeySchema kTable{{"pk", AttributeType::S}, {}};
const KeyAttribute kText{"t", AttributeType::S};
const KeyAttribute kBytes{"b", AttributeType::B};
const KeyAttribute kNumber{"n", AttributeType::N};

// `one` by t and b, `two` by n, entries by time to live of d.
std::vector<IndexPlan> plans() {
    return {{IndexSpec{.name = "one", .keys = {kText, kBytes}}, shardlog::TableId{2}, kTable},
            {IndexSpec{.name = "two", .keys = {kNumber, {}}}, shardlog::TableId{3}, kTable},
            {TimeToLive{"d", shardlog::TableId{4}}, kTable}};
}

std::string item(const std::string& more) {
    return R"({"pk":{"S":"a"})" + more + "}";
}

std::string text_of(std::size_t bytes) {
    return R"(,"t":{"S":")" + std::string(bytes, 'x') + "\"}";
}

// 3 bytes to 4 characters.
std::string bytes_of(std::size_t threes, const std::string& tail) {
    std::string text;
    for (std::size_t i = 0; i < threes; ++i) {
        text += "AAAA";
    }
    return R"(,"b":{"B":")" + text + tail + "\"}";
}

// If it fails, an item is refused that the service takes, or an index holds what it cannot find.
TEST(IndexKeyCheck, RefusesWhatAnIndexCannotHold) {
    const std::string invalid = "One or more parameter values were invalid: ";
    const std::string empty =
        "One or more parameter values are not valid. A value specified for a secondary index key "
        "is not supported. The AttributeValue for a key attribute cannot contain an empty ";
    const std::string empty_update =
        "One or more parameter values are not valid. The update expression attempted to update a "
        "secondary index key to a value that is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty ";
    const std::string wrong_update =
        "The update expression attempted to update the secondary index key to unsupported type";
    const std::string long_update =
        "The update expression attempted to update the secondary index key beyond allowed size "
        "limits";
    const std::string long_hash =
        invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes";
    const std::string long_range =
        invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes";
    struct Row {
        std::string more, of_item, of_update;
    };
    const std::vector<Row> rows{
        {"", "", ""},
        {R"(,"t":{"S":"x"},"b":{"B":"AA=="},"n":{"N":"0"})", "", ""},
        {R"(,"d":{"S":""})", "", ""},
        {R"(,"t":{"N":"1"})",
         invalid + "Type mismatch for Index Key t Expected: S Actual: N IndexName: one",
         wrong_update},
        {R"(,"b":{"NULL":true})",
         invalid + "Type mismatch for Index Key b Expected: B Actual: NULL IndexName: one",
         wrong_update},
        {R"(,"n":{"S":""})",
         invalid + "Type mismatch for Index Key n Expected: N Actual: S IndexName: two",
         wrong_update},
        {R"(,"t":{"S":""})", empty + "string value. IndexName: one, IndexKey: t",
         empty_update + "string value."},
        {R"(,"b":{"B":""})", empty + "binary value. IndexName: one, IndexKey: b",
         empty_update + "binary value."},
        {text_of(2048), "", ""},
        {text_of(2049), long_hash, long_update},
        {bytes_of(341, "AA=="), "", ""},
        {bytes_of(341, "AAA="), long_range, long_update},
    };
    for (const Row& row : rows) {
        const auto said = [](const base::Status& status) {
            return status ? "" : status.error().message;
        };
        const std::string text = item_of(item(row.more)).text();
        EXPECT_EQ(said(check_index_keys(plans(), text)), row.of_item) << row.more.substr(0, 99);
        EXPECT_EQ(said(check_index_keys(plans(), text, IndexKeySource::Update)), row.of_update)
            << row.more.substr(0, 99);
        const bool is_empty = row.of_item.find("cannot contain an empty") != std::string::npos;
        EXPECT_EQ(said(check_no_empty_index_keys(plans(), text)), is_empty ? row.of_item : "");
    }
}

// If it fails, an item cannot be stored on the service that can be here, or the other way round.
TEST(IndexKeyCheck, AnItemAndItsLocalEntriesKeepTheLimitTogether) {
    const IndexSpec local_all{.name = "a", .kind = IndexKind::Local, .keys = {kTable.hash, kText}};
    IndexSpec local_keys{.name = "k", .kind = IndexKind::Local, .keys = {kTable.hash, kNumber}};
    local_keys.projection = IndexProjection::KeysOnly;
    const IndexSpec global{.name = "g", .keys = {kText, {}}};
    const auto plan = [](const IndexSpec& spec) {
        return IndexPlan(spec, shardlog::TableId{2}, kTable);
    };
    // 3 bytes of pk; t 2, n 3, o 1 and its text.
    const auto largest = [](const std::vector<IndexPlan>& indexes, const std::string& more) {
        std::size_t fits = 0;
        std::size_t too_large = 500'000;
        while (too_large - fits > 1) {
            const std::size_t middle = (fits + too_large) / 2;
            const shardlog::Item whole =
                item_of(item(more + R"(,"o":{"S":")" + std::string(middle, 'o') + "\"}"));
            (fits_with_local_entries(indexes, whole.view()) ? fits : too_large) = middle;
        }
        return fits;
    };
    const std::string t = R"(,"t":{"S":"1"})";
    const std::string n = R"(,"n":{"N":"1"})";
    constexpr std::size_t kMost = 409'600;
    EXPECT_EQ(largest({}, t), kMost - 3 - 2 - 1);
    EXPECT_EQ(largest({plan(global)}, t), kMost - 3 - 2 - 1);
    EXPECT_EQ(largest({plan(local_all)}, n), kMost - 3 - 3 - 1) << "it has no entry";
    EXPECT_EQ(largest({plan(local_all)}, t), kMost / 2 - 3 - 2 - 1);
    EXPECT_EQ(largest({plan(local_keys)}, n), kMost - 3 - 3 - 1 - 6);
    EXPECT_EQ(largest({plan(local_all), plan(local_keys)}, t + n), (kMost - 6) / 2 - 3 - 2 - 3 - 1);
}

class IndexedStore : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        TableSpec table = spec("t");
        table.keys.range = KeyAttribute{"sk", AttributeType::S};
        table.indexes = {
            {.name = "local", .kind = IndexKind::Local, .keys = {table.keys.hash, kText}}};
        ASSERT_TRUE(create(table));
    }
};

TEST_F(IndexedStore, RefusesPutsAtOnceAndUpdatesInTheirTurn) {
    const std::string half(204'800, 'x');
    const std::string keys = R"({"pk":{"S":"a"},"sk":{"S":"b"})";
    const auto refused = put("t", keys + R"(,"t":{"N":"1"}})");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message,
              "One or more parameter values were invalid: Type mismatch for Index Key t Expected: "
              "S Actual: N IndexName: local");
    const auto large = put("t", keys + R"(,"t":{"S":"1"},"x":{"S":")" + half + "\"}}");
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().message, "Item size has exceeded the maximum allowed size");
    ASSERT_TRUE(put("t", keys + R"(,"x":{"S":")" + half + "\"}}"));
    const auto updated = [&](const std::string& value) {
        const auto update = tests::update_of({"SET t = :v", R"({":v":)" + value + "}", ""});
        const auto answer =
            write(UpdateWrite{table_name("t"), item_of(keys + "}"), *update, {}, {}});
        return answer && answer->at(0).refusal ? answer->at(0).refusal->message : "";
    };
    EXPECT_EQ(updated(R"({"N":"1"})"),
              "The update expression attempted to update the secondary index key to unsupported "
              "type");
    EXPECT_EQ(updated(R"({"S":"1"})"), "Item size to update has exceeded the maximum allowed size");
    EXPECT_EQ(all("t").size(), 1U);
    EXPECT_EQ(get("t", keys + "}").find("\"t\""), std::string::npos);
}

}  // namespace
}  // namespace millbeck::capture
