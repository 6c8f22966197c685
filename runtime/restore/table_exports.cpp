#include "runtime/restore/table_exports.hpp"

#include <limits>
#include <utility>

#include "base/log.hpp"
#include "runtime/restore/increment.hpp"
#include "runtime/restore/room_on_disk.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;

namespace {

// What the service calls what went wrong.
constexpr std::string_view kNoSuchBucket = "S3NoSuchBucket";
constexpr std::string_view kOther = "InternalServerError";

// Where the lines go.
struct Target {
    ExportFolder& folder;
    RoomOnDisk room;

    Status add(std::string_view line) {
        MB_TRY_STATUS(room.take(line.size()));
        return folder.add(line);
    }
};

Status write_rows(Target target, const shardlog::TableImage& image, const std::stop_token& stop) {
    return visit_changes(nullptr, image, stop, [&](const ItemChange& row) {
        return target.add(std::string(R"({"Item":)").append(row.after.text).append("}\n"));
    });
}

Status write_changes(Target target, const ExportImages& images, const ExportOrder& order,
                     const std::stop_token& stop) {
    const bool with_old = order.wish.increment->view == ExportView::NewAndOldImages;
    return visit_changes(
        images.before.get(), *images.after, stop, [&](const ItemChange& change) -> Status {
            MB_TRY(const base::WallTime written, order.written(change.row_key));
            return target.add(
                change_line(change, written, with_old ? OldImages::Shown : OldImages::Hidden));
        });
}

Result<ExportFacts> facts_of(const Export& told, const ExportOrder& order) {
    ExportFacts facts;
    facts.id = told.id;
    facts.table_arn = order.table_arn;
    facts.table_id = told.table_uuid;
    facts.bucket = told.wish.bucket;
    MB_TRY(facts.prefix, parse_export_prefix(told.wish.prefix));
    facts.encryption = told.wish.encryption.empty() ? "AES256" : told.wish.encryption;
    facts.encryption_key = told.wish.encryption_key;
    facts.started = told.started;
    facts.export_time = told.as_of;
    if (told.wish.increment) {
        const bool with_old = told.wish.increment->view == ExportView::NewAndOldImages;
        facts.increment = ExportFacts::Increment{told.wish.increment->from, told.as_of,
                                                 with_old ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE"};
    }
    return facts;
}

}  // namespace

Result<std::unique_ptr<TableExports>> TableExports::open(const Context& context,
                                                         const base::Path& file,
                                                         base::Path folder) {
    MB_TRY(auto notes, ExportStore::open(file));
    std::unique_ptr<TableExports> made(
        new TableExports(context, std::move(folder), std::move(notes)));
    MB_TRY_STATUS(made->recover());
    return made;
}

Status TableExports::recover() {
    MB_TRY(auto stored, notes_->list());
    for (Export& one : stored) {
        if (one.state == ExportState::InProgress) {
            one.state = ExportState::Failed;
            one.ended = context_.clock.wall();
            one.failure_code = kOther;
            one.failure = "Millbeck was stopped before the export was whole";
            MB_TRY_STATUS(notes_->put(one));
        }
        if (!is_told(one)) {
            MB_TRY_STATUS(notes_->remove(one.id));
            continue;
        }
        const base::MutexLock lock(mutex_);
        std::string id = one.id;
        exports_.emplace(std::move(id), std::move(one));
    }
    return {};
}

bool TableExports::is_told(const Export& one) const {
    return !one.ended || *one.ended + kExportKept > context_.clock.wall();
}

Result<std::optional<Export>> TableExports::earlier(const ExportWish& wish) const {
    if (wish.token.empty()) {
        return std::nullopt;
    }
    const base::MutexLock lock(mutex_);
    for (const auto& [id, one] : exports_) {
        if (one.wish.token != wish.token || one.started + kTokenKept <= context_.clock.wall()) {
            continue;
        }
        if (one.wish == wish) {
            return one;
        }
        return base::fail(Code::InUse, "Duplicate request detected with conflicting parameters");
    }
    return std::nullopt;
}

Result<Export> TableExports::begin(ExportOrder order) {
    Export told;
    told.wish = order.wish;
    told.table_uuid = order.table_uuid;
    told.as_of = order.as_of;
    told.started = context_.clock.wall();
    told.id = make_export_id(told.started, context_.random);
    MB_TRY_STATUS(notes_->put(told));
    {
        const base::MutexLock lock(mutex_);
        exports_.insert_or_assign(told.id, told);
    }
    Status posted = lane_.post([this, id = told.id, order = std::move(order)](
                                   const std::stop_token& stop) { run(id, order, stop); });
    if (!posted) {
        static_cast<void>(notes_->remove(told.id));  // else the next start tells it as failed
        const base::MutexLock lock(mutex_);
        exports_.erase(told.id);
        return tl::unexpected(std::move(posted).error());
    }
    return told;
}

Result<ExportTotals> TableExports::write(const Export& told, const ExportOrder& order,
                                         const std::stop_token& stop) {
    MB_TRY(const ExportImages images, order.open());
    MB_TRY(const ExportFacts facts, facts_of(told, order));
    MB_TRY(const auto folder, ExportFolder::create(context_.files, folder_ / told.wish.bucket,
                                                   context_.random, facts));
    Target target{*folder, RoomOnDisk(context_.files, folder->folder())};
    MB_TRY_STATUS(told.wish.increment ? write_changes(std::move(target), images, order, stop)
                                      : write_rows(std::move(target), *images.after, stop));
    return folder->finish(context_.clock.wall());
}

void TableExports::run(const std::string& id, const ExportOrder& order,
                       const std::stop_token& stop) {
    Export told = *find(id);
    if (!is_bucket_name(told.wish.bucket)) {
        told.failure_code = kNoSuchBucket;
        told.failure = "The specified bucket does not exist";
        return end(std::move(told));
    }
    const auto totals = write(told, order, stop);
    if (totals) {
        told.items = totals->items;
        told.bytes = totals->bytes;
        told.manifest_key = totals->manifest_key;
    } else if (stop.stop_requested()) {
        return;  // the next start tells it
    } else {
        told.failure_code = kOther;
        told.failure = totals.error().message;
    }
    end(std::move(told));
}

void TableExports::end(Export told) {
    told.state = told.failure_code.empty() ? ExportState::Completed : ExportState::Failed;
    told.ended = context_.clock.wall();
    if (told.state == ExportState::Failed) {
        base::log(base::LogLevel::Error, "export", "an export failed",
                  {{"table", told.wish.table.value()}, {"error", told.failure}});
    }
    if (const Status noted = notes_->put(told); !noted) {
        base::log(base::LogLevel::Error, "export", "the end of an export could not be noted",
                  {{"export", told.id}, {"error", noted.error().message}});
    }
    const base::MutexLock lock(mutex_);
    std::string id = told.id;
    exports_.insert_or_assign(std::move(id), std::move(told));
}

std::optional<Export> TableExports::find(const std::string& id) const {
    const base::MutexLock lock(mutex_);
    const auto found = exports_.find(id);
    if (found == exports_.end() || !is_told(found->second)) {
        return std::nullopt;
    }
    return found->second;
}

ExportPage TableExports::list(const std::optional<std::string>& table_uuid,
                              const std::string& before, std::size_t limit) const {
    ExportPage page;
    const base::MutexLock lock(mutex_);
    auto at = before.empty() ? exports_.end() : exports_.lower_bound(before);
    while (at != exports_.begin()) {
        --at;
        const Export& one = at->second;
        if ((table_uuid && one.table_uuid != *table_uuid) || !is_told(one)) {
            continue;
        }
        if (page.exports.size() == limit) {
            page.is_last = false;
            return page;
        }
        page.exports.push_back(one);
    }
    return page;
}

}  // namespace millbeck::runtime
