#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capture/table_store.hpp"
#include "tests/support/expressions.hpp"
#include "tests/support/logged.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using shardlog::EventName;
using shardlog::Origin;
using shardlog::StreamViewType;
using tests::logged;

class ExpiryTest : public tests::StoreFixture, public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(open());
        ASSERT_TRUE(create(spec("t", StreamViewType::NewAndOldImages)));
    }

    [[nodiscard]] std::int64_t now() {
        return std::chrono::duration_cast<std::chrono::seconds>(clock().wall().time_since_epoch())
            .count();
    }
    void put_expiring(const std::string& key, std::int64_t seconds) {
        ASSERT_TRUE(put("t", R"({"due":{"N":")" + std::to_string(seconds) + R"("},"pk":{"S":")" +
                                 key + R"("}})"));
    }
    base::Result<TableDescription> set(bool enabled, const std::string& attribute = "due") {
        TableUpdate update;
        update.name = table_name("t");
        update.time_to_live = TimeToLiveUpdate{enabled, attribute};
        return run([&] { return store().update_table(update); });
    }
    // What maintenance and committer do in a second.
    void sweep() {
        ASSERT_TRUE(store().maintain());
        ASSERT_TRUE(commit_group());
    }
    void settle() {
        for (int i = 0; i < 10; ++i) {
            sweep();
        }
    }
};

// If it fails, items outlive their time, or ones that have time left are lost.
TEST_F(ExpiryTest, DeletesWhatHasExpiredAndNothingElse) {
    put_expiring("before", now() + 10);
    ASSERT_TRUE(set(true));
    settle();
    put_expiring("soon", now() + 10);
    put_expiring("later", now() + 1000);
    put_expiring("long-ago", now() - 6 * 365 * 24 * 3600LL);
    ASSERT_TRUE(put("t", R"({"due":{"S":"1"},"pk":{"S":"text"}})"));
    ASSERT_TRUE(put("t", R"({"pk":{"S":"none"}})"));
    sweep();
    EXPECT_EQ(all("t").size(), 6U);
    clock().advance(base::Milliseconds{10'000});
    const auto from = log().next_sequence();
    sweep();
    EXPECT_EQ(get("t", R"({"pk":{"S":"before"}})"), "");
    EXPECT_EQ(get("t", R"({"pk":{"S":"soon"}})"), "");
    EXPECT_EQ(all("t").size(), 4U);
    const auto records = logged(log(), from);
    ASSERT_EQ(records.size(), 2U);
    for (const auto& record : records) {
        EXPECT_EQ(record.event, EventName::Remove);
        EXPECT_EQ(record.origin, Origin::TimeToLive);
        EXPECT_NE(record.old_image, "");
    }
    sweep();
    EXPECT_EQ(logged(log(), from).size(), 2U) << "an item expires once";
}

// If it fails, a session that was prolonged in the last moment is ended all the same.
TEST_F(ExpiryTest, AnItemThatWasProlongedStays) {
    ASSERT_TRUE(set(true));
    put_expiring("a", now() + 10);
    clock().advance(base::Milliseconds{10'000});
    const Answers prolonged =
        submit({{put_write("t", R"({"due":{"N":"99999999999"},"pk":{"S":"a"}})")}});
    ASSERT_TRUE(store().maintain());  // queues the deletion of what the tables still hold
    ASSERT_TRUE(commit_group());
    ASSERT_TRUE((*prolonged)->has_value());
    EXPECT_NE(get("t", R"({"pk":{"S":"a"}})"), "");
}

TEST_F(ExpiryTest, IsKeptThroughRestartsAndSwitchedOff) {
    ASSERT_TRUE(set(true));
    put_expiring("a", now() + 10);
    ASSERT_TRUE(reopen());
    put_expiring("b", now() + 10);
    ASSERT_TRUE(reopen());
    EXPECT_EQ(store().describe_table(table_name("t"))->time_to_live->attribute, "due");
    EXPECT_EQ(set(true).error().message, "TimeToLive is already enabled");
    EXPECT_EQ(set(true, "other").error().message,
              "TimeToLive is active on a different AttributeName: current AttributeName is due");
    clock().advance(base::Milliseconds{20'000});
    settle();
    EXPECT_TRUE(all("t").empty());
    put_expiring("c", now() + 10);
    ASSERT_TRUE(set(false));
    EXPECT_EQ(set(false).error().message, "TimeToLive is already disabled");
    clock().advance(base::Milliseconds{20'000});
    settle();
    EXPECT_EQ(all("t").size(), 1U);
    EXPECT_FALSE(store().describe_table(table_name("t"))->time_to_live);
}

}  // namespace
}  // namespace millbeck::capture
