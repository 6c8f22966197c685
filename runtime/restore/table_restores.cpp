#include "runtime/restore/table_restores.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Result;
using base::Status;
using shardlog::TableName;

namespace {

// Clients' names have no `$`.
constexpr std::string_view kHiddenPrefix = "$restore-";

}  // namespace

Result<std::unique_ptr<TableRestores>> TableRestores::open(capture::TableStore& store,
                                                           base::Random& random,
                                                           const base::Path& file) {
    MB_TRY(auto notes, RestoreStore::open(file));
    std::unique_ptr<TableRestores> restores(new TableRestores(store, random, std::move(notes)));
    MB_TRY_STATUS(restores->recover());
    return restores;
}

// A table that has its name already was whole when the process ended.
Status TableRestores::recover() {
    MB_TRY(const auto stored, notes_->list());
    const base::MutexLock lock(mutex_);
    for (const StoredRestore& one : stored) {
        const auto target = store_.describe_table(one.target);
        if (target && !one.table_uuid.empty() && target->uuid == one.table_uuid) {
            MB_TRY_STATUS(notes_->finish(one.hidden));
            by_uuid_.emplace(one.table_uuid, one.note);
            continue;
        }
        if (!one.done) {
            base::log(base::LogLevel::Warn, "restore",
                      "a restore did not end before the last stop; what it wrote is removed",
                      {{"table", one.target.value()}});
            const auto removed = store_.delete_table(one.hidden);
            if (!removed && removed.error().code != Code::NotFound) {
                return tl::unexpected(removed.error());
            }
        }
        MB_TRY_STATUS(notes_->forget(one.hidden));
    }
    return {};
}

TableRestores::~TableRestores() {
    request_stop();
    std::map<std::string, std::unique_ptr<Job>> ending;
    {
        const base::MutexLock lock(mutex_);
        ending.swap(jobs_);
    }
    ending.clear();  // joins
}

void TableRestores::request_stop() {
    const base::MutexLock lock(mutex_);
    for (auto& [name, job] : jobs_) {
        job->thread.request_stop();
    }
}

Result<capture::TableDescription> TableRestores::make_table(Job& job) {
    MB_TRY_STATUS(notes_->begin(job.hidden, job.order.target.name, job.order.note));
    capture::TableSpec spec = job.order.target;
    spec.name = job.hidden;
    auto made = store_.create_table(spec);
    if (!made) {
        MB_TRY_STATUS(notes_->forget(job.hidden));
        return tl::unexpected(std::move(made).error());
    }
    MB_TRY_STATUS(notes_->set_uuid(job.hidden, made->uuid));
    made->spec.name = job.order.target.name;
    made->status = capture::TableStatus::Creating;
    return made;
}

// Nobody else begins a restore to this name until it is let go.
Status TableRestores::reserve(const TableName& target) {
    const base::MutexLock lock(mutex_);
    reap();
    const auto same = jobs_.find(target.value());
    const bool taken = (same != jobs_.end() && !same->second->ended) ||
                       starting_.contains(target.value()) || store_.describe_table(target);
    if (taken) {
        return base::fail(Code::InUse, "Table already exists: " + target.value());
    }
    const auto running = [](const auto& entry) { return !entry.second->ended; };
    const auto at_work = std::count_if(jobs_.begin(), jobs_.end(), running);
    if (static_cast<std::size_t>(at_work) + starting_.size() >= kRunningMax) {
        return base::fail(
            Code::LimitExceeded,
            fmt::format("Too many restores are at work; the limit is {}", kRunningMax));
    }
    starting_.insert(target.value());
    return {};
}

Result<capture::TableDescription> TableRestores::begin(RestoreOrder order) {
    const TableName target = order.target.name;
    MB_TRY_STATUS(reserve(target));
    auto job = std::make_unique<Job>();
    job->hidden = TableName{std::string(kHiddenPrefix) + base::make_uuid(random_)};
    job->order = std::move(order);
    job->pump = std::make_unique<RowPump>(store_, job->hidden);
    auto made = make_table(*job);
    const base::MutexLock lock(mutex_);
    starting_.erase(target.value());
    if (!made) {
        return made;
    }
    job->shown = *made;
    by_uuid_.insert_or_assign(made->uuid, job->order.note);
    Job& at_work = *job;
    jobs_.insert_or_assign(target.value(), std::move(job));
    at_work.thread =
        std::jthread([this, &at_work](const std::stop_token& stop) { run(at_work, stop); });
    return made;
}

// Forgets ended restores above kEndedMax.
void TableRestores::reap() {
    for (auto at = jobs_.begin(); at != jobs_.end() && jobs_.size() >= kEndedMax;) {
        at = at->second->ended ? jobs_.erase(at) : std::next(at);
    }
}

Status TableRestores::fill(Job& job, const std::stop_token& stop) {
    MB_TRY(const auto image, job.order.open());
    return job.pump->run(*image, stop);
}

Status TableRestores::publish(Job& job) {
    capture::TableUpdate update;
    update.name = job.hidden;
    update.rename = job.order.target.name;
    MB_TRY(const auto renamed, store_.update_table(update));
    return notes_->finish(job.hidden);
}

void TableRestores::run(Job& job, const std::stop_token& stop) {
    base::name_this_thread("restore");
    Status done = fill(job, stop);
    if (done) {
        done = publish(job);
    }
    const bool stopped = !done && stop.stop_requested();
    if (!done && !stopped) {
        base::log(base::LogLevel::Error, "restore", "a restore failed; its table is removed",
                  {{"table", job.order.target.name.value()}, {"error", done.error().message}});
        if (store_.delete_table(job.hidden)) {
            static_cast<void>(notes_->forget(job.hidden));  // else the next start does it
        }
    }
    job.order.open = nullptr;
    if (!done) {
        job.error = done.error();
    }
    job.ended = true;
}

std::optional<capture::TableDescription> TableRestores::find(const TableName& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = jobs_.find(name.value());
    if (found == jobs_.end() || found->second->ended) {
        return std::nullopt;
    }
    return found->second->shown;
}

std::vector<TableName> TableRestores::names() const {
    const base::MutexLock lock(mutex_);
    std::vector<TableName> names;
    for (const auto& [name, job] : jobs_) {
        if (!job->ended) {
            names.emplace_back(name);
        }
    }
    return names;
}

std::optional<RestoreNote> TableRestores::note_of(const std::string& uuid) const {
    const base::MutexLock lock(mutex_);
    const auto found = by_uuid_.find(uuid);
    return found == by_uuid_.end() ? std::nullopt : std::optional(found->second);
}

bool TableRestores::reads(std::string_view backup_arn) const {
    const base::MutexLock lock(mutex_);
    return std::ranges::any_of(jobs_, [&](const auto& entry) {
        return !entry.second->ended && entry.second->order.note.source_backup_arn == backup_arn;
    });
}

std::optional<RestoreProgress> TableRestores::progress(const TableName& name) const {
    const base::MutexLock lock(mutex_);
    const auto found = jobs_.find(name.value());
    if (found == jobs_.end()) {
        return std::nullopt;
    }
    const Job& job = *found->second;
    RestoreProgress told{.rows = job.pump->rows()};
    if (job.ended) {
        told.state = job.error.message.empty() ? RestoreProgress::State::Done
                                               : RestoreProgress::State::Failed;
        told.error = job.error.message;
    }
    return told;
}

}  // namespace millbeck::runtime
