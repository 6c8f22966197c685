// What people are told of the log, as the admin routes say it.
#include "runtime/log_admin.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/api/log_answers.hpp"
#include "tests/support/store_fixture.hpp"

namespace millbeck::runtime {
namespace {

using Json = nlohmann::json;

class LogAdminTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(store.open());
        ASSERT_TRUE(store.create(tests::StoreFixture::spec("music")));
        options.retention = base::Milliseconds{3'600'000};
        auto opened =
            LogAdmin::open({.files = store.files(),
                            .folder = store.log_folder(),
                            .log = store.log(),
                            .store = store.store()},
                           store.clock(), store.data_folder() / "pins.db", store.log(), options);
        ASSERT_TRUE(opened) << opened.error().message;
        admin = std::move(*opened);
    }
    void TearDown() override { admin.reset(); }

    Json ask(const std::string& route, const std::string& body = "{}") {
        const auto answer = answer_log(route, body, store.log(), store.clock(), *admin);
        if (!answer) {
            return {{"error", answer.error().message}};
        }
        return Json::parse(*answer);
    }
    void put(int count) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(store.put("music", R"({"pk":{"S":")" + std::to_string(i) +
                                               R"("},"v":{"S":")" + std::string(30'000, 'x') +
                                               R"("}})"));
        }
    }
    Json checked() {
        EXPECT_NE(ask("POST log/verify").at("state"), "none");  // "ended" if it is quick
        while (admin->checkup().status().state == LogCheckupStatus::State::Running) {
            std::this_thread::yield();
        }
        return Json::parse(checkup_json(admin->checkup().status()));
    }

    tests::StoreFixture store;
    shardlog::LogOptions options;
    std::unique_ptr<LogAdmin> admin;
};

TEST_F(LogAdminTest, RoutesAreItsOwn) {
    for (const char* mine : {"GET log/stats", "POST log/verify", "GET pins", "POST pins/add"}) {
        EXPECT_TRUE(is_log_route(mine)) << mine;
    }
    for (const char* other : {"GET status", "GET logs", "POST pinned", "GET dead-letters", ""}) {
        EXPECT_FALSE(is_log_route(other)) << other;
    }
    EXPECT_EQ(ask("GET log/nothing").at("error"), "there is no GET log/nothing");
}

// If it fails, nobody knows why the log grows.
TEST_F(LogAdminTest, StatsSayWhatItCostsAndWhoHoldsIt) {
    const Json pinned = ask("POST pins/add", R"({"name":"a","from":"start","reason":"why"})");
    EXPECT_EQ(pinned.at("pins").at(0).at("from"), "100000000000000000001");
    EXPECT_EQ(pinned.at("pins").at(0).at("is_whole"), true);
    put(100);
    store.clock().advance(base::Milliseconds{30'000});
    EXPECT_TRUE(ask("GET log/stats").at("bytes_per_day").is_null());
    store.clock().advance(base::Milliseconds{2 * 3'600'000 - 30'000});
    ASSERT_TRUE(store.log().maintain());
    const Json stats = ask("GET log/stats");
    EXPECT_EQ(stats.at("first"), "100000000000000000001");
    EXPECT_EQ(stats.at("newest"), store.log().stats().published.to_string());
    EXPECT_GE(stats.at("segments"), 3);
    const auto used = stats.at("used_bytes").get<double>();
    EXPECT_GT(used, 3e6);
    // Written in a moment, two hours ago.
    EXPECT_NEAR(stats.at("bytes_per_day").get<double>() / used, 12.0, 0.1);
    EXPECT_GE(stats.at("past_segments"), 2);
    EXPECT_EQ(stats.at("unheld_segments"), 0);
    EXPECT_EQ(stats.at("holders").at(0).at("owner"), R"(pin "a")");
    EXPECT_EQ(stats.at("holders").at(0).at("segments"), stats.at("past_segments"));
    EXPECT_EQ(ask("POST pins/remove", R"({"name":"a"})").at("pins"), Json::array());
    EXPECT_EQ(ask("GET log/stats").at("unheld_segments"), stats.at("past_segments"));
}

TEST_F(LogAdminTest, PinsAreMadeFromMomentsAndWrongOnesAreRefused) {
    put(1);
    store.clock().advance(base::Milliseconds{60'000});
    const std::string before = store.log().latest().to_string();
    put(2);
    EXPECT_EQ(ask("POST pins/add", R"({"name":"b","from":"30s"})").at("pins").at(0).at("from"),
              before);
    EXPECT_EQ(ask("POST pins/add", R"({"name":"c","from":"now"})").at("pins").at(1).at("from"),
              store.log().latest().to_string());
    for (const char* body : {"[]", "{}", R"({"name":1,"from":"now"})", R"({"name":"d"})",
                             R"({"name":"d","from":"yesterday"})", R"({"name":"b","from":"now"})",
                             R"({"name":"d","from":"now","reason":7})"}) {
        EXPECT_TRUE(ask("POST pins/add", body).contains("error")) << body;
    }
    EXPECT_EQ(ask("GET pins").at("pins").size(), 2U);
}

// If it fails, a bad disk is not noticed, or a good one is not believed.
TEST_F(LogAdminTest, AVerificationFindsDamage) {
    EXPECT_EQ(Json::parse(checkup_json(admin->checkup().status())).at("state"), "none");
    put(100);
    ASSERT_TRUE(store.log().maintain());
    const Json whole = checked();
    EXPECT_EQ(whole.at("state"), "ended");
    EXPECT_EQ(whole.at("damaged"), 0);
    EXPECT_EQ(whole.at("error"), "");
    EXPECT_EQ(whole.at("tables_problem"), "");
    EXPECT_EQ(whole.at("last"), store.log().stats().published.to_string());
    EXPECT_GE(whole.at("tables_applied"), whole.at("last"));
    EXPECT_GE(whole.at("indexes"), 2);
    auto file = store.files().open(store.log_folder() / "00000000000000000001.seg",
                                   base::OpenMode::ReadWrite);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write_at(200'000, "?"));
    const Json broken = checked();
    EXPECT_EQ(broken.at("damaged"), 1);
    EXPECT_EQ(broken.at("damage").at(0).at("file"), "00000000000000000001.seg");
    ask("POST log/verify/cancel");
}

}  // namespace
}  // namespace millbeck::runtime
