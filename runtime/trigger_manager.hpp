// Every trigger of the node: starts a worker for each shard that may run, runs workers on a bounded
// pool when their bell rings or their time comes, and knows when everything is delivered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "shardlog/shard_log.hpp"
#include "sinks/sink.hpp"
#include "triggers/checkpoint_store.hpp"
#include "triggers/shard_worker.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::runtime {

struct TriggerManagerOptions {
    unsigned threads_max = 32;  // deliveries at once; range 1 .. 1000
    base::Milliseconds unhealthy_after{
        60'000};  // undelivered for longer: not ready; range 1 s .. 7 d
    shardlog::Identity identity;
    base::Milliseconds retention{24 * 3'600'000};
};

// A trigger and its shards, as people see them.
struct TriggerStatus {
    triggers::TriggerSpec spec;
    std::string stream_arn;
    std::vector<triggers::WorkerStatus> shards;
    std::vector<triggers::Gap> gaps;
    std::uint64_t records_behind = 0;  // published and not acknowledged, over its shards
    std::optional<base::Milliseconds> behind_for;  // age of the oldest of them
};

// Why the node is not ready: one sentence that names trigger, shard and reason.
struct Unhealthy {
    std::string trigger;
    std::string shard;
    std::string reason;
};

// Threads: all calls by any thread; wait_drained's callback runs on a pool thread.
class TriggerManager {
  public:
    static std::unique_ptr<TriggerManager> create(shardlog::ShardLog& log,
                                                  triggers::CheckpointStore& checkpoints,
                                                  const base::Clock& clock, base::Random& random,
                                                  base::Metrics& metrics,
                                                  TriggerManagerOptions options);
    virtual ~TriggerManager() = default;

    // Adds a trigger on the enabled stream of its table, delivering to `sink`. Requires: before
    // start(), or at any time after. NotFound when the table has no enabled stream.
    virtual base::Status add(triggers::TriggerSpec spec, std::shared_ptr<sinks::Sink> sink) = 0;

    virtual void start() = 0;

    // No new deliveries; waits for those in flight until `deadline`, then returns.
    virtual void stop(base::Milliseconds deadline) = 0;

    [[nodiscard]] virtual std::vector<TriggerStatus> status() const = 0;

    // Calls back with true once every enabled trigger has acknowledged everything published before
    // this call, or with false at `timeout`.
    virtual void wait_drained(base::Milliseconds timeout, std::function<void(bool)> done) = 0;

    // Empty when everything written is delivered in time.
    [[nodiscard]] virtual std::vector<Unhealthy> unhealthy() const = 0;
};

}  // namespace millbeck::runtime
