// A check of the log's files, and of how far the tables are, while the node runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "shardlog/log_survey.hpp"
#include "shardlog/shard_log.hpp"

namespace millbeck::runtime {

// All outlive it.
struct LogCheckupContext {
    base::FileSystem& files;
    base::Path folder;  // of the log
    const shardlog::ShardLog& log;
    const capture::TableStore& store;
};

struct LogCheckupStatus {
    enum class State : std::uint8_t { None, Running, Ended };
    State state = State::None;
    std::uint64_t read_bytes = 0;
    std::uint64_t all_bytes = 0;
    shardlog::LogCheck check{};          // when it has ended
    std::string error{};                 // why it could not be carried out; "" when it could
    shardlog::SequenceNumber published;  // of the log when it began
    shardlog::SequenceNumber applied;    // of the tables; 0 without tables
    std::string tables_problem{};        // "" when tables and log fit together
};

// Threads: any.
class LogCheckup {
  public:
    explicit LogCheckup(LogCheckupContext context) : context_(std::move(context)) {}
    // Cancels what runs.
    ~LogCheckup() { cancel(); }
    LogCheckup(const LogCheckup&) = delete;
    LogCheckup& operator=(const LogCheckup&) = delete;

    // On a thread of its own. InUse: one runs already.
    base::Status begin();

    [[nodiscard]] LogCheckupStatus status() const;

    // Ends what runs within 4 MB of reading.
    void cancel();

    // Called when a check has ended, without a lock held; must be quick.
    void on_end(std::function<void()> told);

  private:
    void run(const std::stop_token& stop);
    void look_at_tables(LogCheckupStatus& status) const;

    const LogCheckupContext context_;
    mutable base::Mutex mutex_;
    LogCheckupStatus status_ MB_GUARDED_BY(mutex_);
    std::function<void()> told_ MB_GUARDED_BY(mutex_);
    std::jthread thread_ MB_GUARDED_BY(mutex_);  // last: ends first
};

}  // namespace millbeck::runtime
