// Backups of tables: files of rows that neither the log's retention nor the end of their table
// touches.
//   <folder>/backups.db       which there are
//   <folder>/rows/<id>.rows   the rows of one, see backup_file.hpp
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "capture/table_store.hpp"
#include "runtime/restore/backup_store.hpp"
#include "runtime/restore/image_opener.hpp"
#include "runtime/restore/job_lane.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Invariants: a backup is available only when all its rows are on disk; they are the table's as of
//             the call. What a crash or a stop leaves of one half made is removed at the next
//             start; one that fails is gone, and the log says why. An expired one is gone.
// Threads:    any; rows are written by one of its own, one backup after the other.
class TableBackups {
  public:
    struct Context {
        base::FileSystem& files;
        capture::TableStore& store;
        const base::Clock& clock;
        base::Random& random;
    };
    // Of the backup that DeleteTable leaves of a table with point-in-time recovery. Source:
    // Developer guide, "Point-in-time recovery".
    static constexpr base::Milliseconds kSystemKept{std::int64_t{35} * 24 * 3'600 * 1'000};

    // Borrows the context. Errors: those of the database and of the file system.
    static base::Result<std::unique_ptr<TableBackups>> open(const Context& context,
                                                            const base::Path& folder);
    // The backup at work ends soon; the next start removes what it wrote. Before the store ends.
    void request_stop() { lane_.request_stop(); }

    // Errors: NotFound (the table), LimitExceeded, those of the database.
    base::Result<Backup> begin(const shardlog::TableName& table, const std::string& name);
    // A system backup of a table that was deleted, of what it was at its end.
    base::Status begin_system(const capture::TableDescription& table, ImageOpener open);

    [[nodiscard]] std::optional<Backup> find(const std::string& id) const;
    [[nodiscard]] BackupPage list(const BackupChoice& choice) const;
    // As it was. Errors: NotFound; InUse: it is being created.
    base::Result<Backup> remove(const std::string& id);

    // The rows of one that is available; for a thread that may wait. Errors: Corrupt, Io.
    [[nodiscard]] base::Result<std::shared_ptr<const shardlog::TableImage>> image(
        const std::string& id) const;

  private:
    TableBackups(const Context& context, base::Path rows, std::unique_ptr<BackupStore> notes)
        : context_(context), rows_(std::move(rows)), notes_(std::move(notes)), lane_("backups") {}

    base::Status recover();
    base::Result<Backup> start(Backup backup, ImageOpener open);
    void run(const std::string& id, const ImageOpener& open, const std::stop_token& stop);
    base::Status finish(const std::string& id, const ImageOpener& open,
                        const std::stop_token& stop);
    void forget(const std::string& id);
    void forget_expired();
    [[nodiscard]] base::Path file_of(const std::string& id) const { return rows_ / (id + ".rows"); }

    const Context context_;
    const base::Path rows_;
    const std::unique_ptr<BackupStore> notes_;
    mutable base::Mutex mutex_;
    std::map<std::string, Backup> backups_ MB_GUARDED_BY(mutex_);  // by id
    JobLane lane_;                                                 // last: its work uses the others
};

}  // namespace millbeck::runtime
