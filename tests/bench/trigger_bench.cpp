// Records through a trigger to a C++ function of the Runtime API, batches of 100: read from the
// log, made into events, delivered, checkpointed. The log is full when the clock starts.
// Usage: trigger_bench [--quick] [trigger_1] [trigger_4]    on one shard, on four
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "runtime/trigger_manager.hpp"
#include "sinks/handler/handler.hpp"
#include "sinks/handler/output_pump.hpp"
#include "tests/bench/bench_item.hpp"

namespace millbeck::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kGroupRecords = 1'000;

template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        fmt::print(stderr, "trigger_bench: {}\n", result.error().message);
        std::exit(1);
    }
    return std::move(*result);
}

void must(const base::Status& status) {
    if (!status) {
        fmt::print(stderr, "trigger_bench: {}\n", status.error().message);
        std::exit(1);
    }
}

// Keys spread evenly over the hashes.
std::string row_key_of(std::uint64_t number) {
    const std::uint64_t hash = number * 0x9E37'79B9'7F4A'7C15U;
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key += static_cast<char>(hash >> shift & 0xff);
    }
    return key + std::to_string(number);
}

// As single puts write them: a frame for each, many to a sync.
void fill(shardlog::ShardLog& log, const shardlog::Stream& stream, std::size_t records) {
    for (std::size_t number = 0; number < records; ++number) {
        const std::string row_key = row_key_of(number);
        const std::string keys = R"({"id":{"S":"user-)" + tests::padded(number, 7) + R"("}})";
        const std::string item = tests::bench_item(number, number);
        const shardlog::RecordDraft draft{.table = stream.table,
                                          .stream = stream.id,
                                          .row_key = row_key,
                                          .keys = {keys, 14},
                                          .new_image = {item, 260},
                                          .old_image = {}};
        must(log.append({&draft, 1}).map([](auto) {}));
        if (number % kGroupRecords == kGroupRecords - 1) {
            must(log.sync());
            log.publish();
        }
    }
    must(log.sync());
    log.publish();
    must(log.maintain());
}

void wait_drained(TriggerManager& manager) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    manager.wait_drained(base::Milliseconds{600'000}, [&](bool drained) {
        const std::lock_guard lock(mutex);
        done = drained;
        changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
}

void measure(std::string_view name, std::uint32_t shards, std::size_t records,
             const std::filesystem::path& programs) {
    std::string folder = std::filesystem::temp_directory_path() / "millbeck-bench-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) {
        fmt::print(stderr, "trigger_bench: no folder {}\n", folder);
        std::exit(1);
    }
    const base::Path place = folder;
    const base::SystemClock clock;
    base::Metrics metrics;
    const auto files = base::system_files();
    const auto random = base::seeded_random(1);
    const auto log = must(shardlog::ShardLog::open(*files, place / "log", clock, metrics, {}));
    const auto stream = must(log->enable_stream({.table = shardlog::TableId{1},
                                                 .table_name = shardlog::TableName{"bench"},
                                                 .key_schema = "[]",
                                                 .shard_count = shards}));
    fill(*log, stream, records);
    const auto checkpoints = must(triggers::CheckpointStore::open(place / "triggers.db"));
    const auto pump = must(sinks::OutputPump::create());
    const std::jthread pumping([&](std::stop_token stop) { pump->run(std::move(stop)); });
    sinks::HandlerOptions options;
    options.function = "ack";
    options.protocol = sinks::HandlerProtocol::Runtime;
    options.command = {programs / "ack_function"};
    options.lambda.code = programs;
    const std::shared_ptr<sinks::Sink> sink = must(sinks::open_handler(
        std::move(options), clock, metrics,
        [](std::string_view, std::string_view line) { fmt::print(stderr, "{}\n", line); },
        pump.get()));
    const auto manager = TriggerManager::create(*log, *checkpoints, clock, *random, metrics, {});
    triggers::TriggerSpec spec;
    spec.name = "bench";
    spec.table = stream.table_name;
    spec.function = "ack";
    manager->start();
    const auto begin = SteadyClock::now();
    must(manager->add(spec, sink));
    wait_drained(*manager);
    const std::chrono::duration<double> took = SteadyClock::now() - begin;
    std::uint64_t delivered = 0;
    for (const triggers::WorkerStatus& shard : manager->status().at(0).shards) {
        delivered += shard.records_delivered;
    }
    if (delivered != records) {
        fmt::print(stderr, "trigger_bench: {} of {} records arrived\n", delivered, records);
        std::exit(1);
    }
    manager->stop(base::Milliseconds{10'000});
    sink->stop(clock.instant() + base::Milliseconds{1'000});
    std::error_code ignored;
    std::filesystem::remove_all(place, ignored);
    fmt::print("{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\"}}\n", name,
               static_cast<double>(records) / took.count());
}

int run(const std::filesystem::path& self, std::set<std::string> words) {
    base::set_log_level(base::LogLevel::Error);
    const bool quick = words.erase("--quick") > 0;
    const std::size_t records = quick ? 200'000 : 2'000'000;
    const auto wanted = [&](const char* name) { return words.empty() || words.contains(name); };
    if (wanted("trigger_1")) {
        measure("trigger_1", 1, records, self.parent_path());
    }
    if (wanted("trigger_4")) {
        measure("trigger_4", 4, records, self.parent_path());
    }
    return 0;
}

}  // namespace
}  // namespace millbeck::runtime

int main(int count, char** arguments) {
    return millbeck::runtime::run(std::filesystem::absolute(arguments[0]),
                                  {arguments + 1, arguments + count});
}
