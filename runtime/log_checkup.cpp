#include "runtime/log_checkup.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/thread_name.hpp"

namespace millbeck::runtime {

using base::Code;
using base::Status;
using shardlog::SequenceNumber;
using State = LogCheckupStatus::State;

Status LogCheckup::begin() {
    std::jthread ended;  // joined outside of the lock
    const base::MutexLock lock(mutex_);
    if (status_.state == State::Running) {
        return base::fail(Code::InUse, "the log is being checked already");
    }
    ended.swap(thread_);
    status_ = {};
    status_.state = State::Running;
    status_.published = context_.log.stats().published;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

LogCheckupStatus LogCheckup::status() const {
    const base::MutexLock lock(mutex_);
    return status_;
}

void LogCheckup::cancel() {
    std::jthread ended;
    const base::MutexLock lock(mutex_);
    thread_.request_stop();
    ended.swap(thread_);
}

void LogCheckup::on_end(std::function<void()> told) {
    const base::MutexLock lock(mutex_);
    told_ = std::move(told);
}

void LogCheckup::run(const std::stop_token& stop) {
    base::name_this_thread("check log");
    LogCheckupStatus done = status();
    look_at_tables(done);
    auto check =
        shardlog::check_log(context_.files, context_.folder,
                            {.published = done.published,
                             .oldest = [this] { return context_.log.stats().first; },
                             .oldest_past = [this] { return context_.log.history().oldest(); },
                             .go_on =
                                 [this, &stop](std::uint64_t read, std::uint64_t all) {
                                     const base::MutexLock lock(mutex_);
                                     status_.read_bytes = read;
                                     status_.all_bytes = all;
                                     return !stop.stop_requested();
                                 }});
    std::function<void()> told;
    {
        const base::MutexLock lock(mutex_);
        done.read_bytes = check ? check->bytes : status_.read_bytes;
        done.all_bytes = status_.all_bytes;
        if (check) {
            done.check = std::move(*check);
        } else {
            done.error = check.error().message;
        }
        done.state = State::Ended;
        status_ = std::move(done);
        told = told_;
    }
    if (told) {
        told();
    }
}

// Tables are never ahead of the log, and hold all that was published before they were asked.
void LogCheckup::look_at_tables(LogCheckupStatus& status) const {
    const auto names = context_.store.list_tables("", 1);
    const auto image = names.empty() ? base::Result<std::shared_ptr<const shardlog::TableImage>>(
                                           std::shared_ptr<const shardlog::TableImage>())
                                     : context_.store.image(names.front());
    if (!image || *image == nullptr) {
        return;  // deleted between the two calls, or none
    }
    status.applied = (*image)->as_of();
    const SequenceNumber newest = context_.log.stats().published;
    if (status.applied < status.published) {
        status.tables_problem =
            fmt::format("the tables stand at {}, behind the published position {}",
                        status.applied.to_string(), status.published.to_string());
    } else if (status.applied > newest) {
        status.tables_problem = fmt::format("the tables stand at {}, the log only at {}",
                                            status.applied.to_string(), newest.to_string());
    }
}

}  // namespace millbeck::runtime
