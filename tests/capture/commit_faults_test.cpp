// What a full or a broken disk does to those who wait for their writes.
#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/logged.hpp"
#include "tests/support/lowered_limit.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using base::FileCall;
using tests::logged;
using tests::StoreFixture;

constexpr const char* kKeyA = R"({"pk":{"S":"a"}})";
constexpr const char* kA1 = R"({"n":{"N":"1"},"pk":{"S":"a"}})";
constexpr const char* kA2 = R"({"n":{"N":"2"},"pk":{"S":"a"}})";

std::string item_with(std::string_view key, std::size_t filler_bytes) {
    return R"({"pk":{"S":")" + std::string(key) + R"("},"x":{"S":")" +
           std::string(filler_bytes, 'x') + R"("}})";
}

class CommitFaultsTest : public ::testing::Test, public StoreFixture {
  protected:
    void SetUp() override {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE(create(spec("t", shardlog::StreamViewType::NewAndOldImages)));
    }
};

// A full disk must cost the writes that do not fit and nothing else: no gap, no restart.
TEST_F(CommitFaultsTest, AFullDiskRefusesGroupsUntilThereIsRoom) {
    ASSERT_TRUE(put("t", kA1));
    files().set_free_bytes(0);
    base::Result<std::vector<WriteResult>> answer = base::fail(Code::Internal, "none yet");
    std::size_t written = 0;
    std::string last_key;
    do {  // the segment at hand still has room for some
        last_key = "k" + std::to_string(written);
        answer = put("t", item_with(last_key, 100'000));
        written += answer ? 1U : 0U;
    } while (answer && written < 100);
    ASSERT_FALSE(answer) << "ten of these fill the segment";
    EXPECT_EQ(answer.error().code, Code::NoSpace) << answer.error().message;
    EXPECT_EQ(get("t", R"({"pk":{"S":")" + last_key + R"("}})"), "");

    // Everyone in a refused group is told, also those whose write would have fitted.
    const Answers small = submit({{put_write("t", kA2)}});
    const Answers large = submit({{put_write("t", item_with("large", 200'000))}});
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE(small->has_value() && large->has_value());
    EXPECT_EQ((*small)->error().code, Code::NoSpace);
    EXPECT_EQ((*large)->error().code, Code::NoSpace);
    EXPECT_EQ(get("t", kKeyA), kA1);

    files().set_free_bytes_unlimited();
    ASSERT_TRUE(put("t", kA2));
    EXPECT_EQ(get("t", kKeyA), kA2);
    const auto records = logged(log());
    EXPECT_EQ(records.size(), written + 2);
    EXPECT_EQ(store().describe_table(table_name("t"))->item_count,
              static_cast<std::int64_t>(written + 1));
    ASSERT_TRUE(reopen());
    EXPECT_EQ(get("t", kKeyA), kA2);
}

// After a failed sync nobody knows what is on disk: going on could acknowledge what is lost.
TEST_F(CommitFaultsTest, AFailedSyncStopsTheStore) {
    ASSERT_TRUE(put("t", kA1));
    files().inject({.call = FileCall::Sync});
    const Answers failed = submit({{put_write("t", kA2)}});
    const base::Status committed = commit_group();
    ASSERT_FALSE(committed);
    ASSERT_TRUE(failed->has_value());
    EXPECT_EQ((*failed)->error().code, Code::Unavailable) << (*failed)->error().message;
    EXPECT_EQ(get("t", kKeyA), kA1) << "what may not be durable must not be read";

    const Answers later = submit({{put_write("t", kA2)}});
    ASSERT_TRUE(later->has_value());
    EXPECT_EQ((*later)->error().code, Code::Unavailable);
    const auto created = store().create_table(spec("u"));  // refused: nobody will run it
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().code, Code::Unavailable);
    const base::Status again = commit_group();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().message, committed.error().message);
}

TEST_F(CommitFaultsTest, AFailedSyncAnswersThoseWhoWaitBehindTheGroup) {
    tests::StoreFixtureOptions options;
    options.store.group_bytes_max = 1;  // every request is a group
    StoreFixture narrow(options);
    ASSERT_TRUE(narrow.open());
    ASSERT_TRUE(narrow.create(spec("t")));
    narrow.files().inject({.call = FileCall::Sync});
    const Answers first = narrow.submit({{put_write("t", kA1)}});
    const Answers second = narrow.submit({{put_write("t", kA2)}});
    EXPECT_FALSE(narrow.commit_group());
    ASSERT_TRUE(first->has_value());
    ASSERT_TRUE(second->has_value());
    EXPECT_EQ((*second)->error().code, Code::Unavailable);
}

// If it fails, tables are flushed to a disk that is known to be full; RocksDB then refuses every
// later write, and the process ends although there is room again.
TEST_F(CommitFaultsTest, AFullDiskPutsTheFlushOffUntilThereIsRoom) {
    for (int i = 0; i < 15; ++i) {  // more than a segment: there is something to flush
        ASSERT_TRUE(put("t", item_with("k" + std::to_string(i), 100'000)));
    }
    files().set_free_bytes(0);
    const base::Status flushed = store().maintain();
    ASSERT_FALSE(flushed);
    EXPECT_EQ(flushed.error().code, Code::NoSpace) << flushed.error().message;
    ASSERT_TRUE(put("t", kA1)) << "the segment at hand has room";
    files().set_free_bytes_unlimited();
    ASSERT_TRUE(store().maintain());
    ASSERT_TRUE(put("t", kA2));
}

// The tables' own files are written long after their writes were answered. If it fails, a disk that
// refuses them leaves a store that goes on answering from memory until it runs out of it, or one
// that has lost what it answered.
TEST_F(CommitFaultsTest, TablesThatCannotBeFlushedStopTheStoreAndLoseNothing) {
    tests::StoreFixtureOptions options;
    options.store.memtable_bytes = 64U << 20U;  // nothing is flushed before maintain() asks
    StoreFixture large(options);
    ASSERT_TRUE(large.open());
    ASSERT_TRUE(large.create(spec("t", shardlog::StreamViewType::NewAndOldImages)));
    constexpr int kItems = 30;
    for (int i = 0; i < kItems; ++i) {
        ASSERT_TRUE(large.put("t", item_with("k" + std::to_string(i), 100'000)));
    }
    const auto before = std::signal(SIGXFSZ, SIG_IGN);  // as main() does
    {
        // A segment of the log fits below it, a file of all items does not.
        const tests::LoweredLimit limit(RLIMIT_FSIZE, (1U << 20U) + 4096);
        const base::Status flushed = large.store().maintain();
        ASSERT_FALSE(flushed);
        EXPECT_NE(flushed.error().message.find("tables: flush: "), std::string::npos)
            << flushed.error().message;
        EXPECT_NE(large.get("t", R"({"pk":{"S":"k0"}})"), "") << "reading goes on";

        const Answers unknown = large.submit({{put_write("t", kA1)}});
        const base::Status committed = large.commit_group();
        ASSERT_FALSE(committed) << "the node ends by this error";
        EXPECT_NE(committed.error().message.find("apply to the tables"), std::string::npos)
            << committed.error().message;
        ASSERT_TRUE(unknown->has_value());
        EXPECT_EQ((*unknown)->error().code, Code::Unavailable);
        EXPECT_NE((*unknown)->error().message.find("unknown until the server has restarted"),
                  std::string::npos);
        const Answers later = large.submit({{put_write("t", kA2)}});
        ASSERT_TRUE(later->has_value());
        EXPECT_EQ((*later)->error().code, Code::Unavailable);
    }
    std::signal(SIGXFSZ, before);
    ASSERT_TRUE(large.reopen());
    EXPECT_EQ(large.all("t").size(), kItems + 1U);
    EXPECT_EQ(large.get("t", kKeyA), kA1) << "it was on the synced log";
    EXPECT_EQ(logged(large.log()).size(), kItems + 1U);
    ASSERT_TRUE(large.store().maintain());
    ASSERT_TRUE(large.put("t", kA2));
}

// A commit the log cannot frame is refused alone; its group, and the state its group sees, go on.
TEST_F(CommitFaultsTest, ACommitTooLargeForAFrameIsRefusedAlone) {
    const Answers small = submit({{put_write("t", kA1)}});
    const Answers large = submit(
        {{put_write("t", kA2), put_write("t", item_with("b", 400'000)),
          put_write("t", item_with("c", 400'000)), put_write("t", item_with("d", 400'000))}});
    const Answers after = submit({{delete_write("t", kKeyA)}});
    ASSERT_TRUE(commit_group());
    EXPECT_TRUE(**small);
    ASSERT_FALSE(**large);
    EXPECT_EQ((*large)->error().code, Code::LimitExceeded);
    ASSERT_TRUE(**after);
    EXPECT_EQ((**after)->at(0).attributes, kA1) << "the refused commit left no trace in its group";
    EXPECT_EQ(logged(log()).size(), 2U);
    EXPECT_EQ(store().describe_table(table_name("t"))->item_count, 0);
}

}  // namespace
}  // namespace millbeck::capture
