// A trigger manager on a real log and real checkpoints, and short words for its tests.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/trigger_manager.hpp"
#include "tests/runtime/scripted_sink.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::runtime {

inline constexpr base::Milliseconds kLong{60'000};

// A real log and real checkpoints in a folder of their own; what a test writes is published at
// once, by the test's thread.
class TriggerManagerTest : public testing::Test {
  protected:
    using Milliseconds = base::Milliseconds;
    using ScriptedSink = tests::ScriptedSink;
    using Stream = shardlog::Stream;

    TriggerManagerTest() {
        log = must(shardlog::ShardLog::open(*files, folder.path() / "log", clock, metrics, {}));
        checkpoints = must(triggers::CheckpointStore::open(folder.path() / "triggers.db", *random));
        start_manager();
    }
    ~TriggerManagerTest() override { stop_manager(); }

    template <typename T>
    static T must(base::Result<T> result) {
        EXPECT_TRUE(result) << result.error().message;
        return std::move(*result);
    }

    void start_manager(TriggerManagerOptions options = {}) {
        stop_manager();
        manager = TriggerManager::create(*log, *checkpoints, clock, *random, metrics, options);
        manager->start();
    }
    void stop_manager() {
        if (manager) {
            manager->stop(kLong);
            manager.reset();
        }
    }

    Stream stream(std::uint32_t shards, const std::string& table = "music") {
        ++tables;
        return must(log->enable_stream({.table = shardlog::TableId{tables},
                                        .table_name = shardlog::TableName{table},
                                        .key_schema = "[]",
                                        .shard_count = shards}));
    }

    // One record whose hash and key are `key`.
    void put(const Stream& to, std::uint64_t hash, const std::string& value) {
        std::string row_key;
        for (int shift = 56; shift >= 0; shift -= 8) {
            row_key += static_cast<char>(hash >> shift & 0xff);
        }
        row_key += 'k';
        const std::string keys = R"({"id":{"S":")" + std::to_string(hash) + R"("}})";
        const std::string image = R"({"v":{"S":")" + value + R"("}})";
        const std::vector<shardlog::RecordDraft> drafts{{.table = to.table,
                                                         .stream = to.id,
                                                         .row_key = row_key,
                                                         .keys = {keys, 4},
                                                         .new_image = {image, 4},
                                                         .old_image = {}}};
        ASSERT_TRUE(log->append(drafts));
        ASSERT_TRUE(log->sync());
        log->publish();
    }

    static triggers::TriggerSpec spec(const std::string& name = "sums",
                                      const std::string& table = "music") {
        triggers::TriggerSpec made;
        made.name = name;
        made.table = shardlog::TableName{table};
        made.function = "totals";
        made.retry = {.first = Milliseconds{1}, .longest = Milliseconds{5}};
        return made;
    }

    bool drained(Milliseconds timeout = kLong) {
        tests::Promised<bool> answer;
        manager->wait_drained(timeout, answer.keeper());
        return answer.wait().value_or(false);
    }

    static std::vector<std::string> values(const ScriptedSink& sink) {
        std::vector<std::string> found;
        for (const std::string& record : sink.records()) {
            found.push_back(
                nlohmann::json::parse(record)["dynamodb"]["NewImage"]["v"]["S"].get<std::string>());
        }
        return found;
    }

    tests::TempFolder folder;
    base::SystemClock clock;
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    std::unique_ptr<base::Random> random = base::seeded_random(7);
    std::unique_ptr<shardlog::ShardLog> log;
    std::unique_ptr<triggers::CheckpointStore> checkpoints;
    std::unique_ptr<TriggerManager> manager;
    std::uint32_t tables = 0;
};

}  // namespace millbeck::runtime
