// How fast the log appends, is read shard by shard, is scanned, and comes back without its indexes.
// Usage: log_bench [--quick] [--folder DIR] [log_append] [log_read_shard] [log_scan]
// [recovery_scan]. One JSON line per figure; without names, all of them.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::shardlog {
namespace {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGroup = 128;
constexpr std::uint32_t kShards = 16;
constexpr std::size_t kRecordBytes = 688;  // row key, keys and both images

struct Settings {
    std::filesystem::path folder;
    std::size_t records = 1'000'000;
    std::set<std::string> names;

    [[nodiscard]] bool wants(const std::string& name) const {
        return names.empty() || names.contains(name);
    }
};

[[noreturn]] void stop(const base::Error& error) {
    fmt::print(stderr, "log_bench: {}\n", error.message);
    std::exit(1);
}

template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        stop(result.error());
    }
    return *std::move(result);
}
void must(const base::Status& status) {
    if (!status) {
        stop(status.error());
    }
}

double percentile_us(std::vector<double>& seconds, double part) {
    if (seconds.empty()) {
        return 0;
    }
    const auto at = static_cast<std::size_t>(part * static_cast<double>(seconds.size() - 1));
    std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(at),
                     seconds.end());
    return seconds[at] * 1e6;
}

// `each`: seconds of every group, page or other step.
void report(std::string_view bench, std::size_t records, Seconds took, std::vector<double> each) {
    fmt::print(
        "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\", "
        "\"p50_us\": {:.1f}, \"p99_us\": {:.1f}}}\n",
        bench, static_cast<double>(records) / took.count(), percentile_us(each, 0.50),
        percentile_us(each, 0.99));
}

// Runs maintain() every second, as the node does.
class Maintainer {
  public:
    explicit Maintainer(ShardLog& log)
        : thread_([this, &log](const std::stop_token& token) {
              std::unique_lock lock(mutex_);
              while (!token.stop_requested()) {
                  lock.unlock();
                  must(log.maintain());
                  lock.lock();
                  wake_.wait_for(lock, token, std::chrono::seconds(1), [] { return false; });
              }
          }) {}

  private:
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

struct Bench {
    base::SystemClock clock;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    base::Metrics metrics;
    std::unique_ptr<ShardLog> log;

    void open(const std::filesystem::path& folder) {
        log = must(ShardLog::open(*files, folder, clock, metrics, LogOptions{}));
    }
};

void append_all(Bench& bench, const Settings& settings) {
    ShardLog& log = *bench.log;
    const Stream stream = must(log.enable_stream({.table = TableId{1},
                                                  .table_name = TableName{"bench"},
                                                  .key_schema = "[]",
                                                  .shard_count = kShards}));
    std::string row_key(24, 'k');
    const std::string keys = R"({"id":{"S":"customer-0000001234"}})";
    const std::string image((kRecordBytes - row_key.size() - keys.size()) / 2, 'i');
    RecordDraft draft{.table = TableId{1},
                      .stream = stream.id,
                      .event = EventName::Modify,
                      .row_key = row_key,
                      .keys = {keys, 30},
                      .new_image = {image, 300},
                      .old_image = {image, 300}};
    std::vector<double> groups;
    std::uint64_t hash = 0;
    const Maintainer maintainer(log);
    const auto begin = SteadyClock::now();
    for (std::size_t done = 0; done < settings.records; done += kGroup) {
        const auto group_begin = SteadyClock::now();
        for (std::size_t i = 0; i < kGroup; ++i) {
            hash += 0x9e37'79b9'7f4a'7c15u;
            for (std::size_t byte = 0; byte < 8; ++byte) {
                row_key[byte] = static_cast<char>(hash >> (56 - 8 * byte) & 0xff);
            }
            draft.row_key = row_key;
            must(log.append({&draft, 1}));
        }
        must(log.sync());
        log.publish();
        groups.push_back(Seconds(SteadyClock::now() - group_begin).count());
    }
    const Seconds took = SteadyClock::now() - begin;
    if (settings.wants("log_append")) {
        report("log_append", log.latest().position() - 1, took, std::move(groups));
    }
}

// A reader that fell behind: every shard from its start, one after the other.
void read_shards(const ShardLog& log) {
    std::vector<double> pages;
    std::size_t records = 0;
    std::size_t bytes = 0;
    const auto begin = SteadyClock::now();
    for (const Shard& shard : log.shards(log.streams().front().id)) {
        SequenceNumber from;
        for (;;) {
            const auto page_begin = SteadyClock::now();
            const ReadPage page = must(log.read(shard.id.number(), from, {}));
            if (page.records.empty()) {
                break;
            }
            for (const RecordView& record : page.records) {
                bytes += record.new_image.text.size();
            }
            records += page.records.size();
            from = page.next;
            pages.push_back(Seconds(SteadyClock::now() - page_begin).count());
        }
    }
    const Seconds took = SteadyClock::now() - begin;
    if (bytes == 0) {
        stop({base::Code::Internal, "nothing was read"});
    }
    report("log_read_shard", records, took, std::move(pages));
}

void scan_all(const ShardLog& log) {
    std::size_t records = 0;
    const auto begin = SteadyClock::now();
    must(log.scan(log.stats().first, [&](const CommitView& commit) {
        records += commit.records.size();
        return base::Status{};
    }));
    report("log_scan", records, SteadyClock::now() - begin, {});
}

// The worst start there is: every index file is lost, so every segment is read.
void recover(Bench& bench, const Settings& settings) {
    must(bench.log->maintain());
    const std::uint64_t records = bench.log->latest().position() - 1;
    bench.log.reset();
    for (const auto& entry : std::filesystem::directory_iterator(settings.folder)) {
        if (entry.path().extension() == ".idx") {
            std::filesystem::remove(entry.path());
        }
    }
    const auto begin = SteadyClock::now();
    bench.open(settings.folder);
    report("recovery_scan", records, SteadyClock::now() - begin, {});
}

Settings parse(int argc, char** argv) {
    Settings settings;
    settings.folder = std::filesystem::temp_directory_path() / "millbeck-log-bench";
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--quick") {
            settings.records = 100'000;
        } else if (argument == "--folder" && i + 1 < argc) {
            settings.folder = std::filesystem::path(argv[++i]) / "log";
        } else if (argument.starts_with("--")) {
            stop({base::Code::Invalid, fmt::format("unknown option {}", argument)});
        } else {
            settings.names.emplace(argument);
        }
    }
    return settings;
}

int run(int argc, char** argv) {
    const Settings settings = parse(argc, argv);
    std::filesystem::remove_all(settings.folder);
    Bench bench;
    bench.open(settings.folder);
    append_all(bench, settings);
    if (settings.wants("log_read_shard")) {
        read_shards(*bench.log);
    }
    if (settings.wants("log_scan")) {
        scan_all(*bench.log);
    }
    if (settings.wants("recovery_scan")) {
        recover(bench, settings);
    }
    bench.log.reset();
    std::filesystem::remove_all(settings.folder);
    return 0;
}

}  // namespace
}  // namespace millbeck::shardlog

int main(int argc, char** argv) {
    return millbeck::shardlog::run(argc, argv);
}
