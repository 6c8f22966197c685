// Log and table store on real files, for benchmarks; what goes wrong ends the program.
#pragma once

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::tests {

[[noreturn]] inline void stop(const base::Error& error) {
    fmt::print(stderr, "{}: {}\n", program_invocation_short_name, error.message);
    std::exit(1);
}

template <typename T>
T must(base::Result<T> result) {
    if (!result) {
        stop(result.error());
    }
    return *std::move(result);
}
inline void must(const base::Status& status) {
    if (!status) {
        stop(status.error());
    }
}

// Log and store with the two threads runtime gives them.
class BenchNode {
  public:
    explicit BenchNode(const std::filesystem::path& folder)
        : files_(base::system_files()), random_(base::seeded_random(7)) {
        log_ = must(shardlog::ShardLog::open(*files_, folder / "log", clock_, metrics_, {}));
        store_ = must(capture::TableStore::open({*files_, clock_, *random_, metrics_, *log_},
                                                folder / "data", {}));
        committer_ = std::jthread([this](const std::stop_token& stopping) {
            while (!stopping.stop_requested()) {
                must(store_->commit_some(base::Milliseconds{50}));
            }
        });
        maintainer_ = std::jthread([this](const std::stop_token& stopping) {
            std::mutex mutex;
            std::condition_variable_any bell;
            std::unique_lock lock(mutex);
            while (!stopping.stop_requested()) {
                must(log_->maintain());
                must(store_->maintain());
                bell.wait_for(lock, stopping, std::chrono::milliseconds(200), [] { return false; });
            }
        });
    }

    capture::TableStore& store() { return *store_; }
    shardlog::ShardLog& log() { return *log_; }

  private:
    base::SystemClock clock_;
    base::Metrics metrics_;
    std::unique_ptr<base::FileSystem> files_;
    std::unique_ptr<base::Random> random_;
    std::unique_ptr<shardlog::ShardLog> log_;
    std::unique_ptr<capture::TableStore> store_;
    std::jthread maintainer_;
    std::jthread committer_;
};

}  // namespace millbeck::tests
