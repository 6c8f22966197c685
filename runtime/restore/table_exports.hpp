// Exports of tables into folders in the service's format, one after the other, and what became of
// them.
// What they write is in <folder>/<bucket>/..., see transfer/export_folder.hpp.
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
#include "base/random.hpp"
#include "base/result.hpp"
#include "runtime/restore/export_store.hpp"
#include "runtime/restore/job_lane.hpp"
#include "runtime/transfer/export_folder.hpp"
#include "shardlog/table_image.hpp"

namespace millbeck::runtime {

// Called on the export's thread, once: they may read much of the log.
struct ExportImages {
    std::shared_ptr<const shardlog::TableImage> before;  // of an increment; null: nothing was there
    std::shared_ptr<const shardlog::TableImage> after;
};
using ExportOpener = std::function<base::Result<ExportImages>()>;

struct ExportOrder {
    ExportWish wish;
    std::string table_uuid;
    std::string table_arn;  // for the manifest
    base::WallTime as_of{};
    ExportOpener open;
    // Of an increment: when the item with this row key was written last, in the time of it.
    std::function<base::Result<base::WallTime>(std::string_view row_key)> written = {};
};

struct ExportPage {
    std::vector<Export> exports;  // newest first
    bool is_last = true;
};

// Invariants: an export that is completed is whole on disk. One that a stop or a crash ended is
// told
//             as failed at the next start; like every failed one it leaves what it wrote, without a
//             manifest. Nothing is written outside of the folder.
// Threads:    any; files are written by one of its own.
class TableExports {
  public:
    struct Context {
        base::FileSystem& files;
        const base::Clock& clock;
        base::Random& random;
    };
    // How long a token stands for its request, and how long an export is told of. Source: API
    // reference, ExportTableToPointInTime and ListExports.
    static constexpr base::Milliseconds kTokenKept{std::int64_t{8} * 3'600 * 1'000};
    static constexpr base::Milliseconds kExportKept{std::int64_t{90} * 24 * 3'600 * 1'000};

    // Borrows the context. `file`: which exports there are; not below the folder.
    static base::Result<std::unique_ptr<TableExports>> open(const Context& context,
                                                            const base::Path& file,
                                                            base::Path folder);
    // The export at work ends soon. Before the store of its images ends.
    void request_stop() { lane_.request_stop(); }

    // The export that had this token in the last 8 hours; nullptr: none. InUse: it was asked for
    // something else.
    [[nodiscard]] base::Result<std::optional<Export>> earlier(const ExportWish& wish) const;
    // Requires: parse_export_prefix() takes the prefix. Errors: LimitExceeded, those of the
    // database.
    base::Result<Export> begin(ExportOrder order);

    [[nodiscard]] std::optional<Export> find(const std::string& id) const;
    // Those of one table's life, or all; `before`: an id, "" for the newest.
    [[nodiscard]] ExportPage list(const std::optional<std::string>& table_uuid,
                                  const std::string& before, std::size_t limit) const;

  private:
    TableExports(const Context& context, base::Path folder, std::unique_ptr<ExportStore> notes)
        : context_(context),
          folder_(std::move(folder)),
          notes_(std::move(notes)),
          lane_("exports") {}

    base::Status recover();
    void run(const std::string& id, const ExportOrder& order, const std::stop_token& stop);
    base::Result<ExportTotals> write(const Export& facts, const ExportOrder& order,
                                     const std::stop_token& stop);
    void end(Export told);
    [[nodiscard]] bool is_told(const Export& one) const;

    const Context context_;
    const base::Path folder_;
    const std::unique_ptr<ExportStore> notes_;
    mutable base::Mutex mutex_;
    std::map<std::string, Export> exports_ MB_GUARDED_BY(mutex_);  // by id
    JobLane lane_;                                                 // last: its work uses the others
};

// Whether a bucket of this name can be. Source: S3 user guide, "Bucket naming rules".
bool is_bucket_name(std::string_view name);

// S3Prefix as the path of a folder, "" or without a slash at its end. Invalid: what is no path
// below the bucket.
base::Result<std::string> parse_export_prefix(std::string_view prefix);

}  // namespace millbeck::runtime
