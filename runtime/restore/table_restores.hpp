// Tables that are made out of the rows of an image: of a moment of the past, or of a backup.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/restore/image_opener.hpp"
#include "runtime/restore/restore_store.hpp"
#include "runtime/restore/row_pump.hpp"

namespace millbeck::runtime {

struct RestoreOrder {
    capture::TableSpec target;  // without a stream
    RestoreNote note;
    ImageOpener open;
};

struct RestoreProgress {
    enum class State { Running, Done, Failed } state = State::Running;
    std::uint64_t rows = 0;
    std::string error = {};  // of a failed one
};

// Invariants: a table has its name only when all its rows are durable; until then it has one that
//             clients cannot say, so it is in no list and no call finds it. What a crash leaves of
//             it is removed at the next start.
// Threads:    any; each restore has one of its own, kRunningMax at most. Borrows what it is given.
class TableRestores {
  public:
    static constexpr std::size_t kRunningMax = 4;
    static constexpr std::size_t kEndedMax = 100;  // that progress() still tells of

    // Removes what a crash left. Requires: the committer runs, and no client calls yet.
    static base::Result<std::unique_ptr<TableRestores>> open(capture::TableStore& store,
                                                             base::Random& random,
                                                             const base::Path& file);
    ~TableRestores();  // request_stop(), then waits for the threads
    // Those at work end soon; the next start removes what they wrote. Before the committer ends.
    void request_stop();
    TableRestores(const TableRestores&) = delete;
    TableRestores& operator=(const TableRestores&) = delete;

    // The table as it is shown from now on: being created. Waits for the committer.
    // Errors: InUse (the name is taken), LimitExceeded, those of create_table.
    base::Result<capture::TableDescription> begin(RestoreOrder order);

    // A table that is being restored, as it is shown. nullopt: none with this name.
    [[nodiscard]] std::optional<capture::TableDescription> find(
        const shardlog::TableName& name) const;
    [[nodiscard]] std::vector<shardlog::TableName> names() const;  // in byte order
    // Of a table that was, or is being, restored, by its uuid.
    [[nodiscard]] std::optional<RestoreNote> note_of(const std::string& uuid) const;
    // Whether a restore at work reads this backup.
    [[nodiscard]] bool reads(std::string_view backup_arn) const;
    // Of the last restore to this name since the start.
    [[nodiscard]] std::optional<RestoreProgress> progress(const shardlog::TableName& name) const;

  private:
    struct Job {
        shardlog::TableName hidden;
        capture::TableDescription shown;
        RestoreOrder order;
        std::unique_ptr<RowPump> pump;
        std::atomic<bool> ended = false;
        base::Error error;  // once it ended; with Code::Internal and no text: none
        std::jthread thread;
    };

    TableRestores(capture::TableStore& store, base::Random& random,
                  std::unique_ptr<RestoreStore> notes)
        : store_(store), random_(random), notes_(std::move(notes)) {}

    base::Status recover();
    base::Status reserve(const shardlog::TableName& target);
    base::Result<capture::TableDescription> make_table(Job& job);
    void run(Job& job, const std::stop_token& stop);
    base::Status fill(Job& job, const std::stop_token& stop);
    base::Status publish(Job& job);
    void reap() MB_REQUIRES(mutex_);

    capture::TableStore& store_;
    base::Random& random_;
    const std::unique_ptr<RestoreStore> notes_;
    mutable base::Mutex mutex_;
    std::map<std::string, RestoreNote> by_uuid_ MB_GUARDED_BY(mutex_);
    std::set<std::string> starting_ MB_GUARDED_BY(mutex_);  // targets without a job yet
    std::map<std::string, std::unique_ptr<Job>> jobs_ MB_GUARDED_BY(mutex_);  // by target
};

}  // namespace millbeck::runtime
