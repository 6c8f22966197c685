#include "sinks/sqlite/sqlite_session.hpp"

namespace millbeck::sinks {

using base::Code;
using base::MutexLock;
using base::Status;

Status SqliteShared::take_turn(base::Instant deadline) {
    const MutexLock lock(mutex_);
    while (taken_ && !cut_) {
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && taken_) {
            return base::fail(Code::DeadlineExceeded,
                              "other batches were written to the file until the deadline");
        }
    }
    if (cut_) {
        return base::fail(Code::Cancelled, "the sink has been stopped");
    }
    taken_ = true;
    return {};
}

void SqliteShared::end_turn() {
    const MutexLock lock(mutex_);
    taken_ = false;
    changed_.notify_one();
}

Status SqliteShared::go_on(base::Instant deadline) const {
    if (cut_) {
        return base::fail(Code::Cancelled, "the sink has been stopped");
    }
    if (clock_.instant() >= deadline) {
        return base::fail(Code::DeadlineExceeded,
                          "the file was not written before the deadline: another program holds it, "
                          "or the disk is slow");
    }
    return {};
}

void SqliteShared::cut() {
    const MutexLock lock(mutex_);
    cut_ = true;
    changed_.notify_all();
}

}  // namespace millbeck::sinks
