// The replays there are: begun, paused, resumed over restarts, cancelled, forgotten.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "runtime/lambda/document_store.hpp"
#include "runtime/replay/replay_request.hpp"
#include "runtime/replay/replay_run.hpp"
#include "runtime/replay/replay_spec.hpp"
#include "runtime/scheduler/strand_pool.hpp"
#include "runtime/scheduler/timekeeper.hpp"
#include "runtime/trigger_manager.hpp"

namespace millbeck::runtime {

// Replays that are kept, those that have ended too.
inline constexpr std::size_t kReplaysMax = 200;
// What its documents are called in their store.
inline constexpr std::string_view kReplayKind = "replay";
// Lanes of a replay, where there are threads enough.
inline constexpr std::uint32_t kReplayLanes = 4;
// Differences kept of a replay that compares; further ones are counted.
inline constexpr std::uint64_t kDifferencesKept = 1'000;

// Borrowed for the registry's life.
struct ReplayContext {
    ReplayRunContext run;
    const TriggerManager& triggers;
    base::Path file;                // replays.db
    unsigned delivery_threads = 8;  // of the triggers; replays have half as many at most
    // Opens what records are delivered to. Errors: NotFound, Invalid, those of the target.
    std::function<base::Result<std::shared_ptr<sinks::Sink>>(const ReplayTarget&)> open_target;
    std::function<bool(const std::string&)> is_function;
    std::function<bool(const std::string&)> is_sink;
};

// A replay as people see it.
struct ReplayStatus {
    ReplayRecord record;
    double part_done = 0;  // 0..1
    std::string problem;   // why nothing moves, or why it failed; "" otherwise
};

// Invariants: a replay's checkpoints are its own; the log is pinned from the oldest of them on
//             until the replay has ended; what was running when the node ended runs on when it
//             starts again.
// Threads:    any, but open(), start() and the destructor by the owner.
// Errors:     NotFound (no replay of this name), those of its file.
class ReplayRegistry {
  public:
    // Pins what unfinished replays need; nothing runs before start().
    static base::Result<std::unique_ptr<ReplayRegistry>> open(ReplayContext context);
    // Stops first.
    ~ReplayRegistry();
    ReplayRegistry(const ReplayRegistry&) = delete;
    ReplayRegistry& operator=(const ReplayRegistry&) = delete;

    // Runs on what was running. One that cannot is Failed, with the reason.
    void start();

    [[nodiscard]] ReplayNames names() const {
        return {context_.is_function, context_.is_sink, context_.triggers};
    }
    // No new deliveries; waits for those in flight until `deadline`. What runs then goes on when
    // the node starts again. What is still in flight ends with the sinks, before the destructor.
    void stop(base::Milliseconds deadline);

    // How many lanes a new replay gets.
    [[nodiscard]] std::uint32_t lanes() const;
    // A name that no replay has: "replay-1", ...
    [[nodiscard]] std::string free_name() const;

    // Begins a replay. Errors: InUse (the name is taken; another one delivers to the same sink),
    // LimitExceeded (so many run, or are kept).
    base::Status begin(ReplaySpec spec);

    [[nodiscard]] std::vector<ReplayStatus> list() const;  // by name
    [[nodiscard]] base::Result<ReplayStatus> find(const std::string& name) const;

    // What is in flight ends first. Errors besides: Invalid (it does not run).
    base::Status pause(const std::string& name);
    // Also of one that failed. Errors besides: Invalid (it has ended), LimitExceeded.
    base::Status resume(const std::string& name);
    // For good: its checkpoints go. One that has ended already stays as it is.
    base::Status cancel(const std::string& name);
    // Forgets one that has ended. Errors besides: InUse (it has not).
    base::Status drop(const std::string& name);

    // Where compared functions differ, as to_json() writes it; kDifferencesKept at most, in the
    // order of their first records.
    [[nodiscard]] base::Result<std::vector<std::string>> differences(const std::string& name) const;

    // Of a reader: it has safely taken everything before `taken`. Finished when that is behind the
    // range. Errors besides: Invalid (nobody reads it, or it has ended).
    base::Status note_taken(const std::string& name, shardlog::SequenceNumber taken,
                            std::uint64_t records);

  private:
    struct Entry {
        ReplayRecord record;
        ReplayCounts before;  // counted in earlier runs
        std::shared_ptr<ReplayRun> run = nullptr;
        std::unique_ptr<shardlog::Pin> pin = nullptr;
        ReplayState wish = ReplayState::Running;  // what it becomes when its run is at rest
        base::Instant stored{};
        bool is_starting = false;
        std::uint64_t differences_kept = 0;
    };

    explicit ReplayRegistry(ReplayContext context) : context_(std::move(context)) {}
    base::Status load();
    base::Status run(const std::string& name);
    StrandPool& pool();
    base::Status check_room(bool is_new) const MB_REQUIRES(mutex_);
    base::Status check_target(const ReplaySpec& spec) const MB_REQUIRES(mutex_);
    base::Result<ReplayTaker> open_taker(const ReplaySpec& spec);
    base::Status keep_difference(const std::string& name, const ReplayDifference& difference);
    base::Status forget_differences(const std::string& name);
    void note_progress(const std::string& name);
    void settle(const std::string& name);
    base::Status store(const std::string& name);
    base::Status end(const std::string& name, ReplayState state, std::string problem);
    [[nodiscard]] ReplayStatus status_of(const Entry& entry) const;

    const ReplayContext context_;
    std::unique_ptr<lambda::DocumentStore> documents_;
    mutable base::Mutex mutex_;
    // Made with the first replay that runs.
    std::unique_ptr<Timekeeper> timekeeper_ MB_GUARDED_BY(mutex_);
    std::unique_ptr<StrandPool> pool_ MB_GUARDED_BY(mutex_);
    std::map<std::string, Entry> entries_ MB_GUARDED_BY(mutex_);
    // Held while an entry is read and written to the file, so that the newest is written last.
    base::Mutex storing_;
};

}  // namespace millbeck::runtime
