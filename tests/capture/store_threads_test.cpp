// The store under the threads it has in the program: callers, a committer, a maintainer.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/store_fixture.hpp"

namespace millbeck::capture {
namespace {

using tests::StoreFixture;

constexpr int kWriters = 3;
constexpr int kPutsPerWriter = 150;

std::string key_text(int writer, int key) {
    return R"({"pk":{"S":"w)" + std::to_string(writer) + "-" + std::to_string(key) + R"("}})";
}

std::string item_text(int writer, int key, int value) {
    return R"({"n":{"N":")" + std::to_string(value) + R"("},"pk":{"S":"w)" +
           std::to_string(writer) + "-" + std::to_string(key) + R"("}})";
}

class StoreThreadsTest : public ::testing::Test, public StoreFixture {
  protected:
    void SetUp() override {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
        committer_ = std::jthread([this](const std::stop_token& stopping) {
            while (!stopping.stop_requested()) {
                const base::Status committed = store().commit_some(base::Milliseconds{20});
                ASSERT_TRUE(committed) << committed.error().message;
            }
        });
    }

    void TearDown() override {
        store().close_queue();
        committer_ = {};
        close();
    }

    // Submits and waits, as a caller does.
    Answer put_and_wait(std::string_view table, std::string_view item) {
        std::mutex mutex;
        std::condition_variable answered;
        std::optional<Answer> answer;
        std::vector<Commit> commits(1);
        commits[0].emplace_back(put_write(table, item));
        store().submit(std::move(commits), [&](Answer given) {
            const std::lock_guard lock(mutex);
            answer = std::move(given);
            answered.notify_one();
        });
        std::unique_lock lock(mutex);
        answered.wait(lock, [&] { return answer.has_value(); });
        return std::move(*answer);
    }

    // Every answered put can be read at once, and replaced what the put before it wrote.
    void write(int writer) {
        for (int i = 0; i < kPutsPerWriter; ++i) {
            const int key = i % 10;
            const std::string item = item_text(writer, key, i);
            const Answer answer = put_and_wait("t", item);
            ASSERT_TRUE(answer) << answer.error().message;
            const auto& old_image = answer->at(0).attributes;
            ASSERT_EQ(old_image.value_or(""), i < 10 ? "" : item_text(writer, key, i - 10));
            ASSERT_EQ(get("t", key_text(writer, key)), item);
        }
    }

    std::jthread committer_;
};

// A reader that saw a torn item or missed an answered one, or a count that is off, would be a race.
TEST_F(StoreThreadsTest, WritersReadersTablesAndMaintenanceShareTheStore) {
    ASSERT_TRUE(store().create_table(spec("t", shardlog::StreamViewType::NewAndOldImages)));
    std::atomic<bool> writing = true;
    std::jthread maintainer([&] {
        while (writing) {
            ASSERT_TRUE(log().maintain());
            ASSERT_TRUE(store().maintain());
        }
    });
    std::jthread reader([&] {
        while (writing) {
            for (const std::string& item : all("t")) {
                ASSERT_EQ(tests::item_of(item).text(), item);
            }
            const auto table = store().describe_table(table_name("t"));
            ASSERT_TRUE(table);
            ASSERT_LE(table->item_count, kWriters * 10);
        }
    });
    std::jthread administrator([&] {
        for (int round = 0; writing; ++round) {
            const std::string name = "table-" + std::to_string(round);
            ASSERT_TRUE(store().create_table(spec(name, shardlog::StreamViewType::KeysOnly)));
            ASSERT_TRUE(put_and_wait(name, item_text(9, round, round)));
            ASSERT_TRUE(store().delete_table(table_name(name)));
        }
    });
    {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < kWriters; ++writer) {
            writers.emplace_back([this, writer] { write(writer); });
        }
    }
    writing = false;
    maintainer.join();
    reader.join();
    administrator.join();
    EXPECT_EQ(store().describe_table(table_name("t"))->item_count, kWriters * 10);
    EXPECT_EQ(store().list_tables("", 100).size(), 1U);
}

}  // namespace
}  // namespace millbeck::capture
