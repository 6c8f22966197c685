#include "capture/write_queue.hpp"

#include <utility>

namespace millbeck::capture {

using base::Code;
using base::fail;
using base::Status;

Status WriteQueue::check_room(std::size_t commits) const {
    if (commits_ + commits > limits_.commits_max) {
        return fail(Code::Unavailable, "Too many writes are waiting (" + std::to_string(commits_) +
                                           "): try again later");
    }
    return {};
}

Status WriteQueue::push(WriteRequest& request) {
    const base::MutexLock lock(mutex_);
    if (closed_) {
        return tl::unexpected(*closed_);
    }
    const std::size_t commits = request.commit_ends.size();
    MB_TRY_STATUS(check_room(commits));
    // A request larger than the limit passes when it is alone, or it could never pass.
    if (bytes_ > 0 && bytes_ + request.bytes > limits_.bytes_max) {
        return fail(Code::Unavailable, "Too many bytes are waiting to be written (" +
                                           std::to_string(bytes_) + "): try again later");
    }
    commits_ += commits;
    bytes_ += request.bytes;
    entries_.emplace_back(std::move(request));
    ring_if_waited_for();
    return {};
}

Status WriteQueue::push(Command& command) {
    const base::MutexLock lock(mutex_);
    if (closed_) {
        return tl::unexpected(*closed_);
    }
    MB_TRY_STATUS(check_room(1));
    ++commits_;
    entries_.emplace_back(std::move(command));
    ring_if_waited_for();
    return {};
}

// Notifying costs a system call; while the committer works there is nobody to wake.
void WriteQueue::ring_if_waited_for() {
    if (awaited_) {
        awaited_ = false;
        filled_.notify_one();
    }
}

void WriteQueue::take(QueueBatch& batch, base::Milliseconds patience) {
    batch.clear();
    const base::MutexLock lock(mutex_);
    while (entries_.empty() && !closed_) {
        awaited_ = true;
        if (filled_.wait_for(mutex_, patience) == std::cv_status::timeout) {
            break;
        }
    }
    awaited_ = false;
    if (entries_.empty()) {
        return;
    }
    if (auto* command = std::get_if<Command>(&entries_.front())) {
        batch.command = std::move(*command);
        --commits_;
        entries_.pop_front();
        return;
    }
    take_writes(batch);
}

void WriteQueue::take_writes(QueueBatch& batch) {
    std::size_t group_bytes = 0;
    while (!entries_.empty()) {
        auto* request = std::get_if<WriteRequest>(&entries_.front());
        if (request == nullptr) {
            return;
        }
        group_bytes += request->bytes;
        if (!batch.writes.empty() && group_bytes > limits_.group_bytes_max) {
            return;
        }
        commits_ -= request->commit_ends.size();
        bytes_ -= request->bytes;
        batch.writes.push_back(std::move(*request));
        entries_.pop_front();
    }
}

void WriteQueue::close(base::Error why) {
    const base::MutexLock lock(mutex_);
    if (!closed_) {
        closed_ = std::move(why);
    }
    filled_.notify_all();
}

bool WriteQueue::closed() const {
    const base::MutexLock lock(mutex_);
    return closed_.has_value();
}

std::size_t WriteQueue::waiting_commits() const {
    const base::MutexLock lock(mutex_);
    return commits_;
}

}  // namespace millbeck::capture
