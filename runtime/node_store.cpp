// The part of a node that keeps data: log, tables, and the databases beside them.
#include <utility>

#include <fmt/format.h>

#include "runtime/running_node.hpp"

namespace millbeck::runtime {

using base::Error;
using base::Status;

Status RunningNode::open_store() {
    const base::Path& folder = config_.node.data;
    const auto context = [&](const Error& error) {
        return base::with_context(fmt::format("data folder {}", folder.native()), error);
    };
    auto log =
        shardlog::ShardLog::open(*files_, folder / "log", clock_, metrics_, config_.node.log);
    if (!log) {
        return context(log.error());
    }
    log_ = std::move(*log);
    capture::StoreOptions options = config_.node.store;
    options.logs_old_images = config_.node.log.archive_retention.count() > 0;
    auto store = capture::TableStore::open(
        {.files = *files_, .clock = clock_, .random = *random_, .metrics = metrics_, .log = *log_},
        folder / "tables", options);
    if (!store) {
        return context(store.error());
    }
    store_ = std::move(*store);
    auto checkpoints = triggers::CheckpointStore::open(folder / "triggers.db", *random_);
    if (!checkpoints) {
        return context(checkpoints.error());
    }
    checkpoints_ = std::move(*checkpoints);
    auto dead_letters =
        triggers::DeadLetterStore::open(folder / "dead-letters.db", config_.node.dead_letters,
                                        [this](auto function) { return output_.tail(function); });
    if (!dead_letters) {
        return context(dead_letters.error());
    }
    dead_letters_ = std::move(*dead_letters);
    auto parking = triggers::ParkingLot::open(folder / "parked.db", config_.node.parking);
    if (!parking) {
        return context(parking.error());
    }
    parking_ = std::move(*parking);
    auto log_admin =
        LogAdmin::open({.files = *files_, .folder = folder / "log", .log = *log_, .store = *store_},
                       clock_, folder / "pins.db", *log_, config_.node.log);
    if (!log_admin) {
        return context(log_admin.error());
    }
    log_admin_ = std::move(*log_admin);
    committer_.emplace(*store_, hooks_.on_fatal);
    auto restores = TableRestores::open(*store_, *random_, folder / "restores.db");
    if (!restores) {
        return context(restores.error());
    }
    restores_ = std::move(*restores);
    return open_backups();
}

Status RunningNode::open_backups() {
    const base::Path& folder = config_.node.data;
    auto backups = TableBackups::open(
        {.files = *files_, .store = *store_, .clock = clock_, .random = *random_},
        folder / "backups");
    if (!backups) {
        return base::with_context(fmt::format("data folder {}", folder.native()), backups.error());
    }
    backups_ = std::move(*backups);
    auto exports = TableExports::open({.files = *files_, .clock = clock_, .random = *random_},
                                      folder / "exports.db", folder / "exports");
    if (!exports) {
        return base::with_context(fmt::format("data folder {}", folder.native()), exports.error());
    }
    exports_ = std::move(*exports);
    return {};
}

}  // namespace millbeck::runtime
