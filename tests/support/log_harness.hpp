// A shard log on a throw-away folder whose disk breaks on request and whose clock is held still,
// and short words for what tests do with it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/faulty_file_system.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/sqlite.hpp"
#include "shardlog/shard_log.hpp"
#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {

// A draft that owns its bytes. The hash chooses the shard; the value is the new image.
struct OwnDraft {
    shardlog::TableId table{1};
    shardlog::StreamId stream = shardlog::kNoStream;
    shardlog::EventName event = shardlog::EventName::Insert;
    shardlog::Origin origin = shardlog::Origin::User;
    std::string row_key{};
    std::string keys = R"({"k":{"S":"x"}})";
    std::string value{};
    std::string old_value{};

    [[nodiscard]] shardlog::RecordDraft view() const {
        return {.table = table,
                .stream = stream,
                .event = event,
                .origin = origin,
                .row_key = row_key,
                .keys = {keys, 4},
                .new_image = {value, static_cast<std::uint32_t>(value.size())},
                .old_image = {old_value, static_cast<std::uint32_t>(old_value.size())}};
    }
};

// 8 bytes, big-endian, then one byte: the shortest row key there is.
inline std::string row_key_of(std::uint64_t hash) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>(hash >> shift & 0xff));
    }
    key.push_back('k');
    return key;
}

inline OwnDraft draft(shardlog::StreamId stream, std::uint64_t hash, std::string value) {
    return {.stream = stream, .row_key = row_key_of(hash), .value = std::move(value)};
}

// A hash in the middle of the i-th of `count` even ranges.
inline std::uint64_t hash_in_shard(std::uint64_t i, std::uint64_t count) {
    return (~std::uint64_t{0} / count) * i + (~std::uint64_t{0} / count) / 2;
}

class LogHarness {
  public:
    explicit LogHarness(base::PowerCuts power_cuts = base::PowerCuts::Ignored)
        : files(*system_, power_cuts) {
        options.segment_bytes = 64u << 10;
    }

    // Opens, or opens again. The log that was open closes first.
    base::Status open() {
        log.reset();
        metrics = std::make_unique<base::Metrics>();
        auto opened = shardlog::ShardLog::open(files, path(), clock, *metrics, options);
        if (!opened) {
            return tl::unexpected<base::Error>(opened.error());
        }
        log = *std::move(opened);
        return {};
    }

    void must_open() {
        const base::Status opened = open();
        ASSERT_TRUE(opened) << opened.error().message;
    }

    [[nodiscard]] base::Path path() const { return folder_.path() / "log"; }

    shardlog::Stream stream(std::uint32_t shards = 1, std::string_view table = "music") {
        ++tables_;
        auto made = log->enable_stream({.table = shardlog::TableId{tables_},
                                        .table_name = shardlog::TableName{std::string(table)},
                                        .key_schema = "[]",
                                        .shard_count = shards});
        EXPECT_TRUE(made) << made.error().message;
        return made.value_or(shardlog::Stream{});
    }

    base::Result<shardlog::SequenceNumber> append(const std::vector<OwnDraft>& drafts) {
        std::vector<shardlog::RecordDraft> views;
        for (const OwnDraft& one : drafts) {
            views.push_back(one.view());
        }
        return log->append(views);
    }

    // One commit, durable and visible. Position 0 and a test failure if that fails.
    shardlog::SequenceNumber commit(const std::vector<OwnDraft>& drafts) {
        auto first = append(drafts);
        EXPECT_TRUE(first) << first.error().message;
        const base::Status synced = log->sync();
        EXPECT_TRUE(synced) << synced.error().message;
        log->publish();
        return first.value_or(shardlog::SequenceNumber{});
    }

    // Commits of `bytes` of value each until the growing segment changed.
    void fill_segment(const OwnDraft& like, std::size_t bytes = 4000) {
        const shardlog::SequenceNumber before = log->sealed_through();
        OwnDraft one = like;
        one.old_value = std::string(bytes, 'f');
        while (log->sealed_through() == before && !::testing::Test::HasFailure()) {
            commit({one});
        }
    }

    // Values of a shard's records from a position on, page by page.
    std::vector<std::string> values(shardlog::ShardNumber shard, shardlog::SequenceNumber from = {},
                                    const shardlog::ReadLimits& limits = {}) {
        std::vector<std::string> found;
        for (;;) {
            auto page = log->read(shard, from, limits);
            EXPECT_TRUE(page) << page.error().message;
            if (!page || page->records.empty()) {
                return found;
            }
            for (const shardlog::RecordView& record : page->records) {
                found.emplace_back(record.new_image.text);
            }
            from = page->next;
        }
    }

    // Values of everything in the log.
    std::vector<std::string> all_values(shardlog::SequenceNumber from = shardlog::SequenceNumber{
                                            1}) {
        std::vector<std::string> found;
        const base::Status scanned = log->scan(from, [&](const shardlog::CommitView& commit) {
            for (const shardlog::RecordView& record : commit.records) {
                found.emplace_back(record.new_image.text);
            }
            return base::Status{};
        });
        EXPECT_TRUE(scanned) << scanned.error().message;
        return found;
    }

    void must_maintain() {
        const base::Status maintained = log->maintain();
        EXPECT_TRUE(maintained) << maintained.error().message;
    }

    // Names in the log's folder that end so, sorted.
    [[nodiscard]] std::vector<std::string> names(std::string_view suffix) {
        std::vector<std::string> found;
        for (std::string& name : files.list(path()).value_or(std::vector<std::string>{})) {
            if (name.size() >= suffix.size() &&
                name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) {
                found.push_back(std::move(name));
            }
        }
        return found;
    }

    [[nodiscard]] std::string bytes_of(const std::string& name) {
        return base::read_all(files, path() / name, std::size_t{1} << 31).value_or("");
    }

    // The log's database as it was when the log had durably reached only `position`.
    void forget_durable_position(std::int64_t position) {
        auto database = base::Database::open(path() / "shards.db", base::Durability::Full);
        ASSERT_TRUE(database);
        auto set = database->prepare("UPDATE numbers SET value = ? WHERE name = 'durable_through'");
        ASSERT_TRUE(set);
        ASSERT_TRUE(set->bind(1, position).run());
    }

    void overwrite(const std::string& name, std::uint64_t offset, std::string_view bytes) {
        auto file = files.open(path() / name, base::OpenMode::ReadWrite);
        ASSERT_TRUE(file) << file.error().message;
        ASSERT_TRUE((*file)->write_at(offset, bytes));
    }

  private:
    TempFolder folder_;
    std::unique_ptr<base::FileSystem> system_ = base::system_files();
    std::uint32_t tables_ = 0;

  public:
    base::VirtualClock clock;
    base::FaultyFileSystem files;
    std::unique_ptr<base::Metrics> metrics = std::make_unique<base::Metrics>();
    shardlog::LogOptions options;
    std::unique_ptr<shardlog::ShardLog> log;
};

}  // namespace millbeck::tests
