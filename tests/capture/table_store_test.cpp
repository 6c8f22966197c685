#include "capture/table_store.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/logged.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::EventName;
using shardlog::StreamViewType;
using tests::item_of;
using tests::logged;
using tests::LoggedRecord;
using tests::StoreFixture;

constexpr const char* kKeyA = R"({"pk":{"S":"a"}})";
constexpr const char* kA1 = R"({"n":{"N":"1"},"pk":{"S":"a"}})";
constexpr const char* kA2 = R"({"n":{"N":"2"},"pk":{"S":"a"}})";
constexpr const char* kB1 = R"({"n":{"N":"1"},"pk":{"S":"b"}})";

class TableStoreTest : public ::testing::Test, public StoreFixture {
  protected:
    void SetUp() override {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        const auto created = create(spec("t", StreamViewType::NewAndOldImages));
        ASSERT_TRUE(created) << created.error().message;
    }
};

TEST_F(TableStoreTest, PutsGetsAndDeletesWithOldImages) {
    auto answer = put("t", kA1);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->at(0).attributes, std::nullopt);
    EXPECT_EQ(answer->at(0).old_size_bytes, 0U);
    EXPECT_EQ(get("t", kKeyA), kA1);

    answer = put("t", kA2);
    EXPECT_EQ(answer->at(0).attributes, kA1);
    EXPECT_EQ(answer->at(0).old_size_bytes, item_of(kA1).size_bytes());
    EXPECT_EQ(get("t", kKeyA), kA2);

    answer = remove("t", kKeyA);
    EXPECT_EQ(answer->at(0).attributes, kA2);
    EXPECT_EQ(get("t", kKeyA), "");
    answer = remove("t", kKeyA);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->at(0).attributes, std::nullopt);
}

// One record per effective change and none for a write that changed nothing: consumers count them.
TEST_F(TableStoreTest, LogsEffectiveChangesOnly) {
    ASSERT_TRUE(put("t", kA1));
    ASSERT_TRUE(put("t", R"({"pk":{"S":"a"},"n":{"N":"1.0"}})"));  // equal by value
    ASSERT_TRUE(put("t", kA2));
    ASSERT_TRUE(remove("t", R"({"pk":{"S":"missing"}})"));
    ASSERT_TRUE(remove("t", kKeyA));
    ASSERT_TRUE(remove("t", kKeyA));
    const std::vector<LoggedRecord> records = logged(log());
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].event, EventName::Insert);
    EXPECT_EQ(records[0].keys, kKeyA);
    EXPECT_EQ(records[0].new_image, kA1);
    EXPECT_EQ(records[0].old_image, "");
    EXPECT_EQ(records[1].event, EventName::Modify);
    EXPECT_EQ(records[1].new_image, kA2);
    EXPECT_EQ(records[1].old_image, kA1);
    EXPECT_EQ(records[2].event, EventName::Remove);
    EXPECT_EQ(records[2].new_image, "");
    EXPECT_EQ(records[2].old_image, kA2);
}

// The old image is the dear part of a record: logged where a stream shows it, else only its size,
// which recovery needs for exact counts.
TEST_F(TableStoreTest, OldImagesAreLoggedWhereTheStreamShowsThem) {
    struct Case {
        const char* name;
        std::optional<StreamViewType> view;
        bool old_image;
    };
    const std::vector<Case> cases = {{"none", std::nullopt, false},
                                     {"keys", StreamViewType::KeysOnly, false},
                                     {"new", StreamViewType::NewImage, false},
                                     {"old", StreamViewType::OldImage, true},
                                     {"both", StreamViewType::NewAndOldImages, true}};
    for (const Case& one : cases) {
        ASSERT_TRUE(create(spec(one.name, one.view)));
        const shardlog::SequenceNumber from = log().next_sequence();
        ASSERT_TRUE(put(one.name, kA1));
        ASSERT_TRUE(put(one.name, kA2));
        ASSERT_TRUE(remove(one.name, kKeyA));
        const std::vector<LoggedRecord> records = logged(log(), from);
        ASSERT_EQ(records.size(), 3U) << one.name;
        const shardlog::StreamId stream = store().describe_table(table_name(one.name))->stream;
        EXPECT_EQ(stream == shardlog::kNoStream, !one.view.has_value());
        for (const LoggedRecord& record : records) {
            EXPECT_EQ(record.stream, stream) << one.name;
        }
        EXPECT_EQ(records[0].old_size_bytes, 0U);
        EXPECT_EQ(records[1].old_image, one.old_image ? kA1 : "") << one.name;
        EXPECT_EQ(records[1].old_size_bytes, item_of(kA1).size_bytes()) << one.name;
        EXPECT_EQ(records[2].old_image, one.old_image ? kA2 : "") << one.name;
        EXPECT_EQ(records[2].old_size_bytes, item_of(kA2).size_bytes()) << one.name;
        EXPECT_EQ(records[1].new_image, kA2) << one.name;
    }
}

// What one write of a group leaves, the next must see, though no reader may.
TEST_F(TableStoreTest, WritesOfOneGroupBuildOnEachOther) {
    const Answers first = submit({{put_write("t", kA1)}});
    const Answers second = submit({{put_write("t", kA2)}});
    const Answers same = submit({{put_write("t", kA2)}});
    const Answers removal = submit({{delete_write("t", kKeyA)}});
    const Answers again = submit({{put_write("t", kA1)}});
    EXPECT_EQ(get("t", kKeyA), "");
    EXPECT_FALSE(again->has_value());
    ASSERT_TRUE(commit_group());
    EXPECT_EQ((**first)->at(0).attributes, std::nullopt);
    EXPECT_EQ((**second)->at(0).attributes, kA1);
    EXPECT_EQ((**same)->at(0).attributes, kA2);
    EXPECT_EQ((**removal)->at(0).attributes, kA2);
    EXPECT_EQ((**again)->at(0).attributes, std::nullopt);
    EXPECT_EQ(get("t", kKeyA), kA1);
    const std::vector<LoggedRecord> records = logged(log());
    ASSERT_EQ(records.size(), 4U);
    EXPECT_EQ(records[0].event, EventName::Insert);
    EXPECT_EQ(records[1].event, EventName::Modify);
    EXPECT_EQ(records[2].event, EventName::Remove);
    EXPECT_EQ(records[3].event, EventName::Insert);
    EXPECT_EQ(store().describe_table(table_name("t"))->item_count, 1);
}

// A batch is many commits, but checked as a whole: half a batch must not be written.
TEST_F(TableStoreTest, ABatchWithABadRowWritesNothing) {
    const Answers answer = submit(
        {{put_write("t", kA1)}, {put_write("t", R"({"n":{"N":"1"}})")}, {put_write("t", kB1)}});
    ASSERT_TRUE(answer->has_value()) << "refused before it was queued";
    ASSERT_FALSE(**answer);
    EXPECT_EQ((*answer)->error().message,
              "One or more parameter values were invalid: Missing the key pk in the item");
    ASSERT_TRUE(commit_group());
    EXPECT_EQ(get("t", kKeyA), "");
    EXPECT_TRUE(logged(log()).empty());

    const Answers good = submit({{put_write("t", kA1)}, {put_write("t", kB1)}});
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE(**good);
    EXPECT_EQ((**good)->size(), 2U);
    const std::vector<LoggedRecord> records = logged(log());
    ASSERT_EQ(records.size(), 2U);
    EXPECT_NE(records[0].commit, records[1].commit) << "each row is a commit by itself";
}

// A commit over several tables is one frame: a crash takes all of it or nothing.
TEST_F(TableStoreTest, ACommitOverTablesIsOneFrame) {
    ASSERT_TRUE(create(spec("u")));
    const Answers answer = submit(
        {{put_write("t", kA1), put_write("u", kB1), delete_write("t", R"({"pk":{"S":"x"}})")}});
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE(**answer);
    EXPECT_EQ((**answer)->size(), 3U);
    const std::vector<LoggedRecord> records = logged(log());
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].commit, records[1].commit);
    EXPECT_EQ(get("u", R"({"pk":{"S":"b"}})"), kB1);
}

TEST_F(TableStoreTest, RefusesWhatIsTooLargeOrUnknown) {
    const std::string filler(409'600, 'x');
    const auto large = put("t", R"({"pk":{"S":"a"},"x":{"S":")" + filler + R"("}})");
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().message, "Item size has exceeded the maximum allowed size");
    EXPECT_EQ(large.error().code, base::Code::Invalid);
    // pk, a and x are 4 bytes: this one is the largest there can be.
    EXPECT_TRUE(put("t", R"({"pk":{"S":"a"},"x":{"S":")" + filler.substr(4) + R"("}})"));

    const auto unknown = put("nowhere", kA1);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, base::Code::NotFound);
    EXPECT_EQ(unknown.error().message, "Requested resource not found");
    const auto read = store().get_item(table_name("nowhere"), item_of(kKeyA));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "Requested resource not found");
    const auto mismatch = store().get_item(table_name("t"), item_of(kA1));
    ASSERT_FALSE(mismatch);
    EXPECT_EQ(mismatch.error().message, "The provided key element does not match the schema");
    EXPECT_FALSE(remove("t", kA1));
}

// Counts are what DescribeTable shows; they are kept, so every kind of change must keep them.
TEST_F(TableStoreTest, CountsAreExactAfterEveryChange) {
    const auto expect_counts = [&](std::int64_t items, std::int64_t bytes) {
        const auto table = store().describe_table(table_name("t"));
        ASSERT_TRUE(table);
        EXPECT_EQ(table->item_count, items);
        EXPECT_EQ(table->size_bytes, bytes);
    };
    const std::int64_t size_a1 = item_of(kA1).size_bytes();
    const std::string longer = R"({"n":{"S":"longer text"},"pk":{"S":"a"}})";
    const std::int64_t size_longer = item_of(longer).size_bytes();
    expect_counts(0, 0);
    ASSERT_TRUE(put("t", kA1));
    expect_counts(1, size_a1);
    ASSERT_TRUE(put("t", kB1));
    expect_counts(2, 2 * size_a1);
    ASSERT_TRUE(put("t", longer));
    expect_counts(2, size_a1 + size_longer);
    ASSERT_TRUE(put("t", longer));
    expect_counts(2, size_a1 + size_longer);
    ASSERT_TRUE(remove("t", kKeyA));
    expect_counts(1, size_a1);
    ASSERT_TRUE(reopen());
    expect_counts(1, size_a1);
}

TEST_F(TableStoreTest, AClosedQueueRefusesAndStillCommitsWhatWaits) {
    const Answers before = submit({{put_write("t", kA1)}});
    store().close_queue();
    const Answers after = submit({{put_write("t", kB1)}});
    ASSERT_TRUE(after->has_value());
    EXPECT_EQ((*after)->error().code, base::Code::Unavailable);
    ASSERT_TRUE(store().commit_some(base::Milliseconds{3'600'000}));
    ASSERT_TRUE(before->has_value());
    EXPECT_TRUE(**before);
    EXPECT_EQ(get("t", kKeyA), kA1);
}

// Nobody may wait for ever for an answer: not even when the store is closed over a full queue.
TEST_F(TableStoreTest, ClosingTheStoreAnswersWhatStillWaits) {
    const Answers answer = submit({{put_write("t", kA1)}});
    close();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->error().code, base::Code::Unavailable);
    ASSERT_TRUE(open());
    EXPECT_EQ(get("t", kKeyA), "");
}

TEST_F(TableStoreTest, AFullQueueRefusesAtOnce) {
    tests::StoreFixtureOptions options;
    options.store.queue_writes_max = 2;
    StoreFixture small(options);
    ASSERT_TRUE(small.open());
    ASSERT_TRUE(small.create(spec("t")));
    const Answers first = small.submit({{put_write("t", kA1)}});
    const Answers second = small.submit({{put_write("t", kB1)}});
    const Answers third = small.submit({{put_write("t", kA2)}});
    ASSERT_TRUE(third->has_value());
    EXPECT_EQ((*third)->error().code, base::Code::Unavailable);
    ASSERT_TRUE(small.commit_group());
    EXPECT_TRUE(**first);
    EXPECT_TRUE(**second);
    EXPECT_TRUE(small.put("t", kA2));
}

}  // namespace
}  // namespace millbeck::capture
