// How fast the table store commits without HTTP, and how fast it comes back from its log.
// Usage: store_bench [--quick] [--folder DIR] [store_put_16] [store_put_128] [recovery].
// store_put_N: durable puts of 300 B items over a table of a million (quick: 100,000), N waiting
// at any time, stream NEW_AND_OLD_IMAGES. recovery: the folder of the tables is deleted and rebuilt
// from the log. One JSON line per figure; without names, all of them.
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "capture/table_store.hpp"
#include "shardlog/shard_log.hpp"
#include "tests/bench/bench_item.hpp"
#include "tests/bench/bench_node.hpp"

namespace millbeck::capture {
namespace {

using tests::must;
using tests::stop;
using Node = tests::BenchNode;
using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

const shardlog::TableName kTable{"bench"};

struct Settings {
    std::filesystem::path folder;
    std::uint64_t keys = 1'000'000;
    std::uint64_t puts = 500'000;
    std::set<std::string> names;

    [[nodiscard]] bool wants(const std::string& name) const {
        return names.empty() || names.contains(name);
    }
};

// Keeps `waiting` puts under way: every answer makes room for the next one.
class Load {
  public:
    Load(TableStore& store, std::uint64_t waiting) : store_(store), waiting_(waiting) {}

    void put(std::uint64_t key, std::uint64_t value) {
        auto item = must(shardlog::parse_item(tests::bench_item(key, value)));
        std::vector<Commit> commits(1);
        commits[0].emplace_back(PutWrite{kTable, std::move(item), ReturnValues::None});
        {
            std::unique_lock lock(mutex_);
            room_.wait(lock, [&] { return under_way_ < waiting_; });
            ++under_way_;
        }
        store_.submit(std::move(commits), [this, begin = SteadyClock::now()](auto answer) {
            const Seconds took = SteadyClock::now() - begin;
            if (!answer) {
                stop(answer.error());
            }
            const std::lock_guard lock(mutex_);
            seconds_.push_back(took.count());
            --under_way_;
            room_.notify_one();
        });
    }

    void drain() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return under_way_ == 0; });
    }

    double micros_at(double share) {
        const std::lock_guard lock(mutex_);
        std::sort(seconds_.begin(), seconds_.end());
        const auto at = static_cast<std::size_t>(share * static_cast<double>(seconds_.size() - 1));
        return seconds_.empty() ? 0 : seconds_[at] * 1e6;
    }

  private:
    TableStore& store_;
    const std::uint64_t waiting_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::uint64_t under_way_ = 0;
    std::vector<double> seconds_;
};

void create_table(TableStore& store) {
    TableSpec spec;
    spec.name = kTable;
    spec.keys.hash = {"id", shardlog::AttributeType::S};
    spec.billing = BillingMode::PayPerRequest;
    spec.stream = shardlog::StreamViewType::NewAndOldImages;
    must(store.create_table(spec));
}

void fill(Node& node, const Settings& settings) {
    create_table(node.store());
    Load load(node.store(), 1024);
    for (std::uint64_t key = 0; key < settings.keys; ++key) {
        load.put(key, 0);
    }
    load.drain();
}

void bench_put(Node& node, const Settings& settings, std::uint64_t waiting, std::uint64_t round) {
    Load load(node.store(), waiting);
    const auto random = base::seeded_random(round);
    const auto begin = SteadyClock::now();
    for (std::uint64_t i = 0; i < settings.puts; ++i) {
        load.put(random->next_u64() % settings.keys, round * settings.puts + i + 1);
    }
    load.drain();
    const Seconds took = SteadyClock::now() - begin;
    fmt::print(
        "{{\"bench\": \"store_put_{}\", \"value\": {:.0f}, \"unit\": \"puts/s\", "
        "\"p50_us\": {:.0f}, \"p99_us\": {:.0f}}}\n",
        waiting, static_cast<double>(settings.puts) / took.count(), load.micros_at(0.50),
        load.micros_at(0.99));
}

// Peak resident memory of this process so far, in MB.
double peak_memory_mb() {
    std::FILE* status = std::fopen("/proc/self/status", "r");
    std::array<char, 256> line{};
    double kilobytes = 0;
    while (status != nullptr && std::fgets(line.data(), line.size(), status) != nullptr) {
        if (std::string_view(line.data()).starts_with("VmHWM:")) {
            kilobytes = std::strtod(line.data() + 6, nullptr);
        }
    }
    if (status != nullptr) {
        std::fclose(status);
    }
    return kilobytes / 1024;
}

void bench_recovery(const Settings& settings) {
    std::filesystem::remove_all(settings.folder / "data" / "tables");
    base::SystemClock clock;
    base::Metrics metrics;
    const auto files = base::system_files();
    const auto random = base::seeded_random(1);
    const auto log =
        must(shardlog::ShardLog::open(*files, settings.folder / "log", clock, metrics, {}));
    const auto begin = SteadyClock::now();
    const auto store = must(
        TableStore::open({*files, clock, *random, metrics, *log}, settings.folder / "data", {}));
    const Seconds took = SteadyClock::now() - begin;
    const auto records = static_cast<double>(log->next_sequence().position() - 1);
    fmt::print(
        "{{\"bench\": \"recovery\", \"value\": {:.0f}, \"unit\": \"records/s\", "
        "\"records\": {:.0f}, \"peak_memory_mb\": {:.0f}}}\n",
        records / took.count(), records, peak_memory_mb());
}

Settings parse(int argc, char** argv) {
    Settings settings;
    settings.folder = std::filesystem::temp_directory_path();
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--quick") {
            settings.keys = 100'000;
            settings.puts = 100'000;
        } else if (arguments[i] == "--folder" && i + 1 < arguments.size()) {
            settings.folder = arguments[++i];
        } else {
            settings.names.emplace(arguments[i]);
        }
    }
    settings.folder /= "store_bench-" + std::to_string(::getpid());
    return settings;
}

void run(const Settings& settings) {
    std::filesystem::create_directories(settings.folder);
    {
        Node node(settings.folder);
        fill(node, settings);
        if (settings.wants("store_put_16")) {
            bench_put(node, settings, 16, 1);
        }
        if (settings.wants("store_put_128")) {
            bench_put(node, settings, 128, 2);
        }
    }
    if (settings.wants("recovery")) {
        bench_recovery(settings);
    }
    std::filesystem::remove_all(settings.folder);
}

}  // namespace
}  // namespace millbeck::capture

int main(int argc, char** argv) {
    millbeck::capture::run(millbeck::capture::parse(argc, argv));
    return 0;
}
