// Tables are what you get by applying the log: after a crash, after losing them, or not at all.
#include "capture/recovery.hpp"

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/logged.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using base::Code;
using shardlog::StreamViewType;
using tests::StoreFixture;

class RecoveryTest : public ::testing::Test, public StoreFixture {
  protected:
    RecoveryTest() : StoreFixture(options()) {}

    static tests::StoreFixtureOptions options() {
        tests::StoreFixtureOptions options;
        options.log.segment_bytes = 64U << 10U;
        options.log.retention = base::Milliseconds{1'000};
        return options;
    }

    void SetUp() override {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE(create(spec("t", StreamViewType::NewImage)));
        ASSERT_TRUE(create(spec("gone")));
    }

    // Writes, overwrites and deletes, so that the tables are not simply the sum of the records.
    // Groups of 20: one sync each.
    void write_some(int begin, int end) {
        for (int i = begin; i < end; ++i) {
            const std::string key = "k" + std::to_string(i % 37);
            if (i % 5 == 4) {
                submit({{delete_write("t", tests::string_attribute("pk", key))}});
            } else {
                submit({{put_write("t", R"({"pk":{"S":")" + key + R"("},"v":{"S":")" +
                                            std::string(static_cast<std::size_t>(i % 400), 'v') +
                                            R"("}})")}});
            }
            if (i % 20 == 19) {
                ASSERT_TRUE(commit_group());
            }
        }
        ASSERT_TRUE(commit_group());
    }

    struct State {
        std::vector<std::string> items;
        std::int64_t count = 0;
        std::int64_t bytes = 0;
        friend bool operator==(const State&, const State&) = default;
    };

    State state() {
        const auto table = store().describe_table(table_name("t"));
        EXPECT_TRUE(table);
        return {all("t"), table->item_count, table->size_bytes};
    }

    // Lets the log forget everything it may forget.
    void trim_log() {
        for (int round = 0; round < 3; ++round) {
            clock().advance(base::Milliseconds{2'000});
            const base::Status kept = log().maintain();
            ASSERT_TRUE(kept) << kept.error().message;
            ASSERT_TRUE(store().maintain());
            const base::Status trimmed = log().maintain();
            ASSERT_TRUE(trimmed) << trimmed.error().message;
        }
    }
};

TEST_F(RecoveryTest, AppliesWhatTheTablesHaveNotSeen) {
    write_some(0, 200);
    const State before = state();
    ASSERT_GT(before.count, 0);
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), before);
    ASSERT_TRUE(store().maintain());
    write_some(200, 300);
    const State later = state();
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), later);
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), later) << "recovering twice is recovering once";
}

// Tables that are lost while the log reaches back are rebuilt, to the byte.
TEST_F(RecoveryTest, LostTablesAreRebuiltFromTheLog) {
    write_some(0, 300);
    ASSERT_TRUE(put("gone", R"({"pk":{"S":"a"}})"));
    ASSERT_TRUE(drop("gone"));
    const State before = state();
    close();
    ASSERT_GT(std::filesystem::remove_all(data_folder() / "tables"), 0U);
    const base::Status opened = open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(state(), before);
    EXPECT_FALSE(store().describe_table(table_name("gone")));
    write_some(300, 350);
    const State later = state();
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), later);
}

// Half a table that looks whole is the worst answer there is.
TEST_F(RecoveryTest, LostTablesTheLogCannotRebuildAreRefusedInWords) {
    for (int round = 0; round < 10; ++round) {
        write_some(round * 100, round * 100 + 100);
        trim_log();
    }
    ASSERT_GT(log().stats().first, shardlog::SequenceNumber{100}) << "the log was to be trimmed";
    const State before = state();
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), before) << "with its tables it opens";

    close();
    const auto tables = data_folder() / "tables";
    const auto aside = data_folder() / "aside";
    std::filesystem::rename(tables, aside);
    const base::Status refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Corrupt);
    EXPECT_NE(refused.error().message.find("the log cannot rebuild them"), std::string::npos)
        << refused.error().message;
    EXPECT_NE(refused.error().message.find("backup"), std::string::npos);

    close();
    std::filesystem::remove_all(tables);
    std::filesystem::rename(aside, tables);
    ASSERT_TRUE(open());
    EXPECT_EQ(state(), before) << "put back, it opens again";
}

// An old copy of the tables with a newer log would silently miss what lies between.
TEST_F(RecoveryTest, AnOldCopyOfTheTablesTheLogHasLeftBehindIsRefused) {
    write_some(0, 100);
    ASSERT_TRUE(store().maintain());
    close();
    const auto copy = data_folder() / "copy";
    std::filesystem::copy(data_folder() / "tables", copy, std::filesystem::copy_options::recursive);
    ASSERT_TRUE(open());
    for (int round = 1; round < 10; ++round) {
        write_some(round * 100, round * 100 + 100);
        trim_log();
    }
    close();
    std::filesystem::remove_all(data_folder() / "tables");
    std::filesystem::rename(copy, data_folder() / "tables");
    const base::Status refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Corrupt) << refused.error().message;
}

// A log that was lost would give the same positions to other records.
TEST_F(RecoveryTest, TablesNewerThanTheLogAreRefused) {
    for (int round = 0; round < 3; ++round) {
        write_some(round * 100, round * 100 + 100);
        trim_log();
    }
    close();
    std::filesystem::remove_all(log_folder());
    const base::Status refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::Corrupt);
    EXPECT_NE(refused.error().message.find("the log was lost or replaced"), std::string::npos)
        << refused.error().message;
}

// The log may go only where the tables on disk have caught up.
TEST_F(RecoveryTest, TheLogIsKeptUntilTheTablesAreFlushed) {
    write_some(0, 400);
    for (int round = 0; round < 3; ++round) {
        clock().advance(base::Milliseconds{2'000});
        ASSERT_TRUE(log().maintain());  // without the store's maintain(): nothing was flushed
    }
    EXPECT_EQ(log().stats().first, shardlog::SequenceNumber{1});
    const State before = state();
    trim_log();
    EXPECT_GT(log().stats().first, shardlog::SequenceNumber{1});
    ASSERT_TRUE(reopen());
    EXPECT_EQ(state(), before);
}

}  // namespace
}  // namespace millbeck::capture
