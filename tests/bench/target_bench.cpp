// The sinks of targets without a bench of their own, each on a real server beside the bare client
// library with equal messages, equal batches and equal depth on the same server, in turns.
// Usage: target_bench [--quick] [memcached] [webhook] [zeromq] [dynamodb] [stdout]
// One JSON line for each: stream records of items of 300 bytes, 4 shards at once, batches of 1000;
// the median of three rounds after a warm-up. `cpu_us`: what this program worked for a record,
// which says more than the clock on a machine that has other work.
#include "tests/bench/target_bench.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <future>
#include <semaphore>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/resource.h>

#include "tests/bench/shard_batch.hpp"

namespace millbeck::bench {

void give_up(const std::string& why) {
    throw std::runtime_error(why);
}

Load repeated_load(std::size_t records) {
    Load load;
    for (std::size_t shard = 0; shard < kShards; ++shard) {
        load.shards.push_back(
            {tests::make_shard_batch({.shard = shard, .first = shard * kBatch, .count = kBatch})});
    }
    load.times = records / kShards / kBatch;
    return load;
}

void on_each_shard(const std::function<void(std::size_t shard)>& write) {
    std::array<std::future<void>, kShards> ends;
    for (std::size_t shard = 0; shard < kShards; ++shard) {
        ends[shard] = std::async(std::launch::async, write, shard);
    }
    for (auto& end : ends) {
        end.get();
    }
}

void feed(const World& world, sinks::Sink& sink, const Load& load) {
    std::counting_semaphore<kShards> room(
        static_cast<std::ptrdiff_t>(std::min<std::size_t>(sink.concurrency(), kShards)));
    on_each_shard([&](std::size_t shard) {
        for (std::size_t i = 0; i < load.times; ++i) {
            for (const sinks::Batch& batch : load.shards[shard]) {
                room.acquire();
                const sinks::Outcome outcome = sink.deliver(batch, world.soon());
                room.release();
                if (outcome.kind != sinks::Outcome::Kind::Delivered) {
                    give_up(outcome.error.message);
                }
            }
        }
    });
}

namespace {

constexpr int kRounds = 3;

struct Bench {
    std::string_view name;
    std::unique_ptr<Target> (*open)(std::size_t records);
    std::size_t records;  // of a round; a fifth of them for a quick run
};
constexpr Bench kBenches[]{
    {"memcached", memcached_target, 200'000}, {"webhook", webhook_target, 5'000'000},
    {"zeromq", zeromq_target, 1'000'000},     {"dynamodb", dynamodb_target, 100'000},
    {"stdout", stdout_target, 10'000'000},
};

// Seconds of CPU that this program has had.
double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    constexpr double kMicro = 1e-6;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicro;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

struct Figures {
    std::vector<double> rates;       // records a second
    std::vector<double> cpu_micros;  // of this program, for a record
};

template <typename Write>
void measure(Target& target, std::size_t records, Figures& into, Write write) {
    target.prepare();
    const double cpu = cpu_seconds();
    const auto begin = std::chrono::steady_clock::now();
    (target.*write)();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    constexpr double kMicrosInSecond = 1e6;
    const auto count = static_cast<double>(records);
    into.rates.push_back(count / took.count());
    into.cpu_micros.push_back((cpu_seconds() - cpu) * kMicrosInSecond / count);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void run(const Bench& bench, bool is_quick) {
    constexpr std::size_t kQuickPart = 5;
    const std::size_t records = is_quick ? bench.records / kQuickPart : bench.records;
    const auto target = bench.open(records);
    Figures ours;
    Figures bare;
    for (int round = 0; round <= kRounds; ++round) {
        if (round == 1) {
            ours = bare = {};  // the first one warmed it up
        }
        measure(*target, records, ours, &Target::write_by_sink);
        measure(*target, records, bare, &Target::write_by_hand);
    }
    const double rate = median(ours.rates);
    const double of = median(bare.rates);
    fmt::print(
        "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"records/s\", \"of\": \"{}\", "
        "\"yardstick\": {:.0f}, \"ratio\": {:.3f}, \"cpu_us\": {:.2f}, \"yardstick_cpu_us\": "
        "{:.2f}}}\n",
        bench.name, rate, target->yardstick(), of, rate / of, median(ours.cpu_micros),
        median(bare.cpu_micros));
    std::fflush(stdout);
}

}  // namespace
}  // namespace millbeck::bench

int main(int argc, char** argv) {
    using millbeck::bench::kBenches;
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    const auto has = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    const bool is_quick = has("--quick");
    const auto known = std::count_if(words.begin(), words.end(), [](std::string_view word) {
        return word == "--quick" ||
               std::any_of(std::begin(kBenches), std::end(kBenches),
                           [&](const auto& each) { return each.name == word; });
    });
    if (static_cast<std::size_t>(known) != words.size()) {
        fmt::print(stderr,
                   "usage: target_bench [--quick] [memcached] [webhook] [zeromq] [dynamodb] "
                   "[stdout]\n");
        return 2;
    }
    try {
        for (const auto& bench : kBenches) {
            if (words.size() == (is_quick ? 1u : 0u) || has(bench.name)) {
                millbeck::bench::run(bench, is_quick);
            }
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "target_bench: {}\n", error.what());
        return 1;
    }
    return 0;
}
