// The Redis sink on a server of its own, beside Redis's own benchmark on the same server.
// Usage: redis_bench [--quick] [redis] [redis_rows] [redis_one]
// One JSON line per figure: items of 300 bytes as hashes with the position, 4 shards at once,
// batches of 1000 (redis: changes; redis_rows: a back-fill); redis_one: batches of one, one after
// the other.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/child_process.hpp"
#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/redis/redis_sink.hpp"
#include "tests/bench/bench_item.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kShards = 4;
constexpr std::size_t kDepth = 1'000;

Batch batch_of(std::size_t shard, std::size_t first, std::size_t count, Content content) {
    auto texts = std::make_shared<std::vector<std::string>>();
    texts->reserve(count * 3);
    Batch batch;
    batch.shard_id = fmt::format("shard-{}", shard);
    batch.table = "orders";
    batch.generation = "g";
    batch.content = content;
    batch.position = fmt::format("position of {}", first);
    for (std::size_t i = first; i < first + count; ++i) {
        const std::size_t number = i * kShards + shard;
        const auto& id = texts->emplace_back(
            fmt::format("{:021}", content == Content::Rows ? 1 : 1'000'000 + number));
        const auto& key = texts->emplace_back(
            fmt::format(R"({{"id":{{"S":"user-{}"}}}})", tests::padded(number, 7)));
        const auto& image = texts->emplace_back(tests::bench_item(number, number));
        batch.messages.push_back({.id = id, .key = key, .record = image, .new_image = image});
        batch.payload_bytes += image.size();
    }
    batch.memory = std::move(texts);
    return batch;
}

class Bench {
  public:
    Bench()
        : server_({.command = [](std::uint16_t port) {
              return std::vector<std::string>{
                  "redis-server", "--port", std::to_string(port), "--bind", "127.0.0.1",
                  "--save",       ""};
          }}) {
        RedisOptions options;
        options.port = server_.port();
        auto opened = open_redis(options, {.name = "bench",
                                           .table = "orders",
                                           .clock = clock_,
                                           .random = *random_,
                                           .metrics = metrics_,
                                           .files = *files_});
        MB_CHECK(opened.has_value(), "the sink does not open");
        sink_ = std::move(*opened);
    }

    // What the server's one thread that writes has worked so far, in microseconds: tells more than
    // the clock does on a machine that has other work.
    [[nodiscard]] double server_micros() const {
        double nanoseconds = 0;
        std::ifstream(fmt::format("/proc/{}/schedstat", server_.pid())) >> nanoseconds;
        constexpr double kNanosecondsInMicro = 1'000;
        return nanoseconds / kNanosecondsInMicro;
    }

    // Items a second.
    double write(Content content, std::size_t items) {
        begin();
        const std::size_t batches = items / kShards / kDepth;
        std::vector<std::vector<Batch>> all(kShards);
        for (std::size_t shard = 0; shard < kShards; ++shard) {
            for (std::size_t i = 0; i < batches; ++i) {
                all[shard].push_back(batch_of(shard, i * kDepth, kDepth, content));
            }
        }
        const auto start = SteadyClock::now();
        {
            std::vector<std::jthread> threads;
            for (std::size_t shard = 0; shard < kShards; ++shard) {
                threads.emplace_back([&, shard] {
                    for (const Batch& batch : all[shard]) {
                        deliver(batch);
                    }
                });
            }
        }
        const std::chrono::duration<double> took = SteadyClock::now() - start;
        return static_cast<double>(batches * kShards * kDepth) / took.count();
    }

    // Microseconds of each delivery of one change.
    std::vector<double> write_one_by_one(std::size_t items) {
        begin();
        std::vector<double> micros;
        for (std::size_t i = 0; i < items; ++i) {
            const Batch batch = batch_of(0, i, 1, Content::Changes);
            const auto start = SteadyClock::now();
            deliver(batch);
            micros.push_back(
                std::chrono::duration<double, std::micro>(SteadyClock::now() - start).count());
        }
        std::sort(micros.begin(), micros.end());
        return micros;
    }

    // What Redis's own client reaches with the same hashes, as many connections, the same depth.
    double yardstick(std::size_t items) {
        begin();
        auto child = base::ChildProcess::start({.command = {"redis-benchmark",
                                                            "-p",
                                                            std::to_string(server_.port()),
                                                            "-c",
                                                            std::to_string(kShards),
                                                            "-P",
                                                            std::to_string(kDepth),
                                                            "-n",
                                                            std::to_string(items),
                                                            "-r",
                                                            std::to_string(items),
                                                            "--csv",
                                                            "HSET",
                                                            "yardstick:__rand_int__",
                                                            "id",
                                                            "user-0000001",
                                                            "text",
                                                            std::string(230, 'x'),
                                                            "v",
                                                            "1000000"},
                                                .environment = {},
                                                .working_folder = {}});
        MB_CHECK(child.has_value(), "redis-benchmark does not start");
        std::string text;
        std::array<char, 4'096> buffer{};
        for (pollfd ready{child->stdout_fd(), POLLIN, 0}; ::poll(&ready, 1, -1) > 0;) {
            const ssize_t got = ::read(child->stdout_fd(), buffer.data(), buffer.size());
            if (got <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        // "test","rps",... / "HSET ...","612345.12",...
        const auto last = text.find_last_of('\n', text.size() - 2) + 1;
        const auto begin_at = text.find("\",\"", last) + 3;
        return std::stod(text.substr(begin_at, text.find('"', begin_at) - begin_at));
    }

  private:
    void begin() {
        const auto begun =
            sink_->position_keeper()->begin("g", clock_.instant() + std::chrono::seconds{60});
        MB_CHECK(begun.has_value(), "no generation begins");
    }
    void deliver(const Batch& batch) {
        const Outcome outcome = sink_->deliver(batch, clock_.instant() + std::chrono::seconds{60});
        MB_CHECK(outcome.kind == Outcome::Kind::Delivered, outcome.error.message);
    }

    tests::TargetServer server_;
    base::SystemClock clock_;
    base::Metrics metrics_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
    std::unique_ptr<Sink> sink_;
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void report_beside(std::string_view name, Content content, std::size_t items, int rounds) {
    std::vector<double> values;
    std::vector<double> of;
    std::array<double, 2> micros{};  // of the server's work for an item: ours, the yardstick's
    for (int round = 0; round < rounds; ++round) {
        // Each on an empty server: none is to clean up behind the other.
        {
            Bench bench;
            values.push_back(bench.write(content, items));
            micros[0] = bench.server_micros() / static_cast<double>(items);
        }
        Bench bench;
        of.push_back(bench.yardstick(items));
        micros[1] = bench.server_micros() / static_cast<double>(items);
    }
    fmt::print(
        "{{\"bench\": \"{}\", \"value\": {:.0f}, \"unit\": \"items/s\", \"of\": "
        "\"redis-benchmark HSET\", \"yardstick\": {:.0f}, \"ratio\": {:.3f}, \"server_us\": "
        "{:.2f}, "
        "\"yardstick_server_us\": {:.2f}}}\n",
        name, median(values), median(of), median(values) / median(of), micros[0], micros[1]);
}

void report_one(std::size_t items) {
    Bench bench;
    const auto micros = bench.write_one_by_one(items);
    fmt::print(
        "{{\"bench\": \"redis_one\", \"value\": {:.1f}, \"unit\": \"us\", \"p50_us\": "
        "{:.1f}, \"p99_us\": {:.1f}}}\n",
        micros[micros.size() / 2], micros[micros.size() / 2], micros[micros.size() * 99 / 100]);
}

int run(const std::set<std::string_view>& names, bool is_quick) {
    const std::size_t items = is_quick ? 200'000 : 1'000'000;
    const int rounds = is_quick ? 1 : 3;
    const auto wanted = [&](std::string_view name) {
        return names.empty() || names.contains(name);
    };
    if (wanted("redis")) {
        report_beside("redis", Content::Changes, items, rounds);
    }
    if (wanted("redis_rows")) {
        report_beside("redis_rows", Content::Rows, items, rounds);
    }
    if (wanted("redis_one")) {
        report_one(is_quick ? 2'000 : 20'000);
    }
    return 0;
}

}  // namespace
}  // namespace millbeck::sinks

int main(int argc, char** argv) {
    std::set<std::string_view> names;
    bool is_quick = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--quick") {
            is_quick = true;
        } else {
            names.insert(argument);
        }
    }
    return millbeck::sinks::run(names, is_quick);
}
