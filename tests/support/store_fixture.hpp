// A table store on a real log in a folder of its own, with the committer in the test's hand: a
// group is committed when the test says so, a crash is one call.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/faulty_file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "capture/table_store.hpp"
#include "shardlog/shard_log.hpp"
#include "tests/support/items.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {

struct StoreFixtureOptions {
    base::PowerCuts power_cuts = base::PowerCuts::Ignored;
    // The item cache holds few items, so that they come and go.
    capture::StoreOptions store = {.block_cache_bytes = 8U << 20U,
                                   .item_cache_bytes = 512U << 10U,
                                   .memtable_bytes = 1U << 20U};
    shardlog::LogOptions log = {.segment_bytes = 1U << 20U, .commit_bytes_max = 1U << 20U};
};

// Only the log's files go through the faulty file system: the catalogue (SQLite) and the tables
// (RocksDB) have their own access to the disk.
class StoreFixture {
  public:
    using Answer = base::Result<std::vector<capture::WriteResult>>;
    using Answers = std::shared_ptr<std::optional<Answer>>;

    explicit StoreFixture(StoreFixtureOptions options = {})
        : options_(std::move(options)),
          real_files_(base::system_files()),
          files_(*real_files_, options_.power_cuts),
          random_(base::seeded_random(1)) {}
    StoreFixture(const StoreFixture&) = delete;
    StoreFixture& operator=(const StoreFixture&) = delete;
    ~StoreFixture() = default;

    [[nodiscard]] base::Status open() {
        MB_TRY(log_, shardlog::ShardLog::open(files_, folder_.path() / "log", clock_, metrics_,
                                              options_.log));
        MB_TRY(store_, capture::TableStore::open({.files = files_,
                                                  .clock = clock_,
                                                  .random = *random_,
                                                  .metrics = metrics_,
                                                  .log = *log_},
                                                 data_folder(), options_.store));
        return {};
    }

    // Closing flushes nothing, so this is also what the death of the process leaves.
    void close() {
        store_.reset();
        log_.reset();
    }

    [[nodiscard]] base::Status reopen() {
        close();
        return open();
    }

    [[nodiscard]] std::filesystem::path data_folder() const { return folder_.path() / "data"; }
    [[nodiscard]] std::filesystem::path log_folder() const { return folder_.path() / "log"; }
    base::FaultyFileSystem& files() { return files_; }
    base::VirtualClock& clock() { return clock_; }
    base::Metrics& metrics() { return metrics_; }
    shardlog::ShardLog& log() { return *log_; }
    capture::TableStore& store() { return *store_; }

    // Runs a call that waits for the committer, and is the committer meanwhile.
    template <typename Call>
    auto run(Call call) {
        auto future = std::async(std::launch::async, std::move(call));
        while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            static_cast<void>(store_->commit_some(base::Milliseconds{1}).has_value());
        }
        return future.get();
    }

    base::Result<capture::TableDescription> create(const capture::TableSpec& spec) {
        return run([&] { return store_->create_table(spec); });
    }
    base::Result<capture::TableDescription> drop(std::string_view name) {
        return run([&] { return store_->delete_table(table_name(name)); });
    }
    base::Result<capture::TableDescription> set_stream(
        std::string_view name, std::optional<shardlog::StreamViewType> view) {
        capture::TableUpdate update;
        update.name = table_name(name);
        update.stream = view;
        return run([&] { return store_->update_table(update); });
    }

    // Queues commits; the answer appears once the group was committed.
    Answers submit(std::vector<capture::Commit> commits) {
        auto answer = std::make_shared<std::optional<Answer>>();
        store_->submit(std::move(commits), [answer](Answer given) {
            EXPECT_FALSE(answer->has_value()) << "answered twice";
            *answer = std::move(given);
        });
        return answer;
    }
    [[nodiscard]] base::Status commit_group() { return store_->commit_some(base::Milliseconds{0}); }

    // One commit in a group of its own. `ReturnValues` is AllOld.
    Answer write(capture::Write write) {
        std::vector<capture::Commit> commits(1);
        commits[0].push_back(std::move(write));
        const Answers answer = submit(std::move(commits));
        static_cast<void>(commit_group().has_value());
        EXPECT_TRUE(answer->has_value());
        return **answer;
    }
    Answer put(std::string_view table, std::string_view item) {
        return write(put_write(table, item));
    }
    Answer remove(std::string_view table, std::string_view key) {
        return write(delete_write(table, key));
    }

    // "" when there is no such item.
    std::string get(std::string_view table, std::string_view key) {
        auto item = store_->get_item(table_name(table), item_of(key));
        if (!item) {
            ADD_FAILURE() << item.error().message;
            return {};
        }
        return item->text;
    }

    std::vector<std::string> all(std::string_view table) {
        std::vector<std::string> items;
        const base::Status visited =
            store_->for_each_item(table_name(table), [&](std::string_view item) -> base::Status {
                items.emplace_back(item);
                return {};
            });
        EXPECT_TRUE(visited) << visited.error().message;
        return items;
    }

    static shardlog::TableName table_name(std::string_view name) {
        return shardlog::TableName{std::string(name)};
    }
    static capture::PutWrite put_write(std::string_view table, std::string_view item) {
        return {table_name(table), item_of(item), capture::ReturnValues::AllOld};
    }
    static capture::DeleteWrite delete_write(std::string_view table, std::string_view key) {
        return {table_name(table), item_of(key), capture::ReturnValues::AllOld};
    }

    // Hash key `pk` of type S.
    static capture::TableSpec spec(std::string_view name,
                                   std::optional<shardlog::StreamViewType> stream = std::nullopt) {
        capture::TableSpec spec;
        spec.name = table_name(name);
        spec.keys.hash = {"pk", shardlog::AttributeType::S};
        spec.billing = capture::BillingMode::PayPerRequest;
        spec.stream = stream;
        return spec;
    }

  private:
    StoreFixtureOptions options_;
    TempFolder folder_;
    std::unique_ptr<base::FileSystem> real_files_;
    base::FaultyFileSystem files_;
    base::VirtualClock clock_;
    std::unique_ptr<base::Random> random_;
    base::Metrics metrics_;
    std::unique_ptr<shardlog::ShardLog> log_;
    std::unique_ptr<capture::TableStore> store_;
};

}  // namespace millbeck::tests
