// What the benches of the targets share: a target with its sink and its yardstick, both fed alike.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::bench {

constexpr std::size_t kShards = 4;
constexpr std::size_t kBatch = 1'000;  // messages: a sink's batch when nothing else is said

// A server (or whoever reads) with the sink that writes to it, and the bare client beside it.
// Threads: one.
class Target {
  public:
    virtual ~Target() = default;
    // Before each of the two below, while the clock stands still.
    virtual void prepare() {}
    // All records of a round, by four shards at once; returns when the target has them.
    virtual void write_by_sink() = 0;
    virtual void write_by_hand() = 0;
    // What `write_by_hand` is, for who reads the figures.
    [[nodiscard]] virtual std::string_view yardstick() const = 0;
};

// With `records` a round, a multiple of kShards * kBatch.
std::unique_ptr<Target> memcached_target(std::size_t records);
std::unique_ptr<Target> webhook_target(std::size_t records);
std::unique_ptr<Target> zeromq_target(std::size_t records);
std::unique_ptr<Target> dynamodb_target(std::size_t records);
std::unique_ptr<Target> stdout_target(std::size_t records);

// Throws: a bench whose target fails has nothing to say, and main() says why.
[[noreturn]] void give_up(const std::string& why);

// Or give_up().
template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        give_up(result.error().message);
    }
    return std::move(*result);
}

struct World {
    base::SystemClock clock;
    std::unique_ptr<base::Random> random = base::system_random();
    base::Metrics metrics;
    std::unique_ptr<base::FileSystem> files = base::system_files();
    [[nodiscard]] sinks::SinkContext context() {
        return {.name = "bench",
                .table = "bench",
                .clock = clock,
                .random = *random,
                .metrics = metrics,
                .files = *files};
    }
    [[nodiscard]] base::Instant soon() const { return clock.instant() + std::chrono::minutes{1}; }
};

// What each shard sends, `times` over.
struct Load {
    std::vector<std::vector<sinks::Batch>> shards;
    std::size_t times = 1;
};

// One batch for each shard, the same again and again.
Load repeated_load(std::size_t records);

// Calls write(shard) on a thread of each shard; throws what the first of them threw.
void on_each_shard(const std::function<void(std::size_t shard)>& write);

// As the runtime does: four shards at once, as many deliveries at once as the sink takes.
void feed(const World& world, sinks::Sink& sink, const Load& load);

}  // namespace millbeck::bench
