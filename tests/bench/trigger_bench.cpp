// Records through a trigger to a C++ function of the Runtime API, batches of 100: read from the
// log, made into events, delivered, checkpointed. The log is full when the clock starts.
// Usage: trigger_bench [--quick] [trigger_1] [trigger_4] [replay]    on one shard, on four; a
// replay of 1 M records, after a trigger on four, both to a C++ function over a pipe
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
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
#include "runtime/replay/replay_run.hpp"
#include "runtime/scheduler/strand_pool.hpp"
#include "runtime/scheduler/timekeeper.hpp"
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

// A log, and a function that takes what is on it.
class Bench {
  public:
    Bench(std::uint32_t shards, std::size_t records, std::shared_ptr<sinks::Sink> sink)
        : folder_(make_folder()),
          log_(must(shardlog::ShardLog::open(*files_, folder_ / "log", clock_, metrics_, {}))),
          stream_(must(log_->enable_stream({.table = shardlog::TableId{1},
                                            .table_name = shardlog::TableName{"bench"},
                                            .key_schema = "[]",
                                            .shard_count = shards}))),
          checkpoints_(must(triggers::CheckpointStore::open(folder_ / "triggers.db"))),
          sink_(std::move(sink)),
          manager_(TriggerManager::create(*log_, *checkpoints_, clock_, *random_, metrics_, {})),
          records_(records) {
        fill(*log_, stream_, records);
        manager_->start();
    }
    ~Bench() {
        manager_->stop(base::Milliseconds{10'000});
        sink_->stop(clock_.instant() + base::Milliseconds{1'000});
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    // Records per second of a trigger from the log's beginning on.
    double trigger() {
        triggers::TriggerSpec spec;
        spec.name = "bench";
        spec.table = stream_.table_name;
        spec.function = "ack";
        const auto begin = SteadyClock::now();
        must(manager_->add(spec, sink_));
        wait_drained(*manager_);
        const std::chrono::duration<double> took = SteadyClock::now() - begin;
        std::uint64_t delivered = 0;
        for (const triggers::WorkerStatus& shard : manager_->status().at(0).shards) {
            delivered += shard.records_delivered;
        }
        check(delivered);
        return static_cast<double>(records_) / took.count();
    }

    // The same of a replay.
    double replay() {
        ReplaySpec spec;
        spec.name = "bench";
        spec.table = stream_.table_name.value();
        spec.choice.table = stream_.table;
        spec.choice.range = {log_->history().oldest(), log_->history().newest()};
        spec.target = {ReplayTarget::Kind::Function, "ack"};
        std::promise<void> ended;
        const auto begin = SteadyClock::now();
        const auto run = must(ReplayRun::open(
            {.log = *log_,
             .checkpoints = *checkpoints_,
             .dead_letters = none_,
             .clock = clock_,
             .random = *random_,
             .metrics = metrics_,
             .identity = {}},
            spec, {sink_}, {.on_progress = [] {}, .on_ended = [&] { ended.set_value(); }}));
        Timekeeper timekeeper;
        StrandPool pool(timekeeper, 8);
        pool.start();
        run->begin(pool);
        ended.get_future().wait();
        const std::chrono::duration<double> took = SteadyClock::now() - begin;
        check(run->counts().records);
        return static_cast<double>(records_) / took.count();
    }

  private:
    // Nothing fails here.
    class None final : public triggers::FailureDestination {
        base::Status take(const triggers::FailedBatch& failed) override {
            return base::fail(base::Code::Internal, failed.error);
        }
    };

    static base::Path make_folder() {
        std::string folder = std::filesystem::temp_directory_path() / "millbeck-bench-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) {
            fmt::print(stderr, "trigger_bench: no folder {}\n", folder);
            std::exit(1);
        }
        return folder;
    }

    void check(std::uint64_t delivered) const {
        if (delivered != records_) {
            fmt::print(stderr, "trigger_bench: {} of {} records arrived\n", delivered, records_);
            std::exit(1);
        }
    }

    const base::Path folder_;
    const base::SystemClock clock_;
    base::Metrics metrics_;
    const std::unique_ptr<base::FileSystem> files_ = base::system_files();
    const std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    const std::unique_ptr<shardlog::ShardLog> log_;
    const shardlog::Stream stream_;
    const std::unique_ptr<triggers::CheckpointStore> checkpoints_;
    const std::shared_ptr<sinks::Sink> sink_;
    const std::unique_ptr<TriggerManager> manager_;
    const std::size_t records_;
    None none_;
};

sinks::HandlerOptions function(sinks::HandlerProtocol protocol,
                               const std::filesystem::path& programs) {
    const bool is_pipe = protocol == sinks::HandlerProtocol::Pipe;
    sinks::HandlerOptions options;
    options.function = "ack";
    options.protocol = protocol;
    options.command = {programs / (is_pipe ? "ack_handler" : "ack_function")};
    options.lambda.code = programs;
    return options;
}

void print(std::string_view name, double rate, const std::string& more = "") {
    fmt::print("{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\"{}}}\n", name, rate,
               more);
}

void measure(std::string_view name, std::size_t records, const std::filesystem::path& programs) {
    const base::SystemClock clock;
    base::Metrics metrics;
    const auto pump = must(sinks::OutputPump::create());
    const std::jthread pumping([&](std::stop_token stop) { pump->run(std::move(stop)); });
    const bool is_replay = name == "replay";
    const std::shared_ptr<sinks::Sink> sink = must(sinks::open_handler(
        function(is_replay ? sinks::HandlerProtocol::Pipe : sinks::HandlerProtocol::Runtime,
                 programs),
        clock, metrics,
        [](std::string_view, std::string_view line) { fmt::print(stderr, "{}\n", line); },
        pump.get()));
    Bench bench(name == "trigger_1" ? 1 : 4, records, sink);
    const double live = bench.trigger();
    if (!is_replay) {
        print(name, live);
        return;
    }
    const double again = bench.replay();
    print(name, again,
          fmt::format(", \"of\": \"trigger\", \"of_value\": {:.0f}, \"ratio\": {:.2f}", live,
                      again / live));
}

int run(const std::filesystem::path& self, std::set<std::string> words) {
    base::set_log_level(base::LogLevel::Error);
    const bool quick = words.erase("--quick") > 0;
    const std::size_t records = quick ? 200'000 : 2'000'000;
    const auto wanted = [&](const char* name) { return words.empty() || words.contains(name); };
    for (const char* name : {"trigger_1", "trigger_4"}) {
        if (wanted(name)) {
            measure(name, records, self.parent_path());
        }
    }
    if (wanted("replay")) {
        measure("replay", records / 2, self.parent_path());
    }
    return 0;
}

}  // namespace
}  // namespace millbeck::runtime

int main(int count, char** arguments) {
    return millbeck::runtime::run(std::filesystem::absolute(arguments[0]),
                                  {arguments + 1, arguments + count});
}
