// The sinks of a configuration while the node runs: opened, paused and resumed, begun anew,
// compared with their tables, stopped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/config/sink_config.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/sink_verify.hpp"
#include "runtime/trigger_manager.hpp"
#include "shardlog/shard_log.hpp"
#include "triggers/checkpoint_store.hpp"

namespace millbeck::runtime {

// Borrowed for the registry's life.
struct SinkRegistryContext {
    TriggerManager& triggers;
    triggers::CheckpointStore& checkpoints;
    capture::TableStore& store;
    shardlog::ShardLog& log;
    base::FileSystem& files;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    shardlog::Identity identity;
    base::Path file;  // sinks.db: which are paused
};

// Invariants: every sink is a trigger of the manager under its own name; a pause lasts until it is
//             lifted, also over restarts.
// Threads:    any.
class SinkRegistry {
  public:
    // Opens every target and adds it to the manager. Errors, with the sink's place: Invalid; those
    // of the file.
    // Tends them once a second from then on.
    static base::Result<std::unique_ptr<SinkRegistry>> open(const SinkRegistryContext& context,
                                                            const std::vector<SinkConfig>& sinks);
    ~SinkRegistry();
    SinkRegistry(const SinkRegistry&) = delete;
    SinkRegistry& operator=(const SinkRegistry&) = delete;

    // `done` runs once nothing is delivered any more, or when deliveries go on. Errors: NotFound,
    // those of the file.
    base::Status pause(const std::string& name, std::function<void()> done);
    base::Status resume(const std::string& name, std::function<void()> done);

    [[nodiscard]] bool is_paused(const std::string& name) const;

    // The copy is made anew, rows first. Errors: NotFound; InUse (it is being begun already).
    base::Status begin_anew(const std::string& name);

    // Compares table and copy, on a thread of its own, while the sink is paused; `done` runs once.
    // Errors: NotFound; Unsupported (the target cannot be read back); InUse (a comparison runs).
    base::Status verify(const std::string& name, Repair repair,
                        std::function<void(base::Result<Comparison>)> done);

    // Ends deliveries and connections.
    void stop(base::Instant deadline);

  private:
    struct Entry {
        triggers::TriggerSpec spec;
        std::shared_ptr<sinks::Sink> sink;
        bool paused = false;
    };

    explicit SinkRegistry(const SinkRegistryContext& context) : context_(context) {}
    base::Status add(const SinkConfig& config);
    base::Status set_enabled(const std::string& name, bool enabled, std::function<void()> done);
    base::Result<Comparison> compare(const Entry& entry, Repair repair);
    base::Result<Entry> find(const std::string& name) const;
    void tend(const std::stop_token& stop);

    const SinkRegistryContext context_;
    std::unique_ptr<lambda::DocumentStore> documents_;  // none without sinks
    mutable base::Mutex mutex_;
    std::map<std::string, Entry> sinks_ MB_GUARDED_BY(mutex_);
    bool comparing_ MB_GUARDED_BY(mutex_) = false;
    std::jthread comparison_ MB_GUARDED_BY(mutex_);
    std::jthread tending_;  // last: ends first
};

}  // namespace millbeck::runtime
