#include "sinks/sql/session_pool.hpp"

#include <utility>

namespace millbeck::sinks::sql {

using base::Code;
using base::MutexLock;

Lease::~Lease() {
    if (pool_ != nullptr && session_ != nullptr) {
        pool_->give_back(std::move(session_));
    }
}

base::Result<Lease> SessionPool::take(base::Instant deadline) {
    std::unique_ptr<Session> session;
    {
        const MutexLock lock(mutex_);
        while (!closed_ && on_loan_ >= backend_.sessions_max()) {
            if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) {
                return base::fail(Code::DeadlineExceeded,
                                  "all connections to the database were busy until the deadline");
            }
        }
        if (closed_) {
            return base::fail(Code::Cancelled, "the sink has been stopped");
        }
        ++on_loan_;
        if (!idle_.empty()) {
            session = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (session != nullptr && !session->is_usable()) {
        session.reset();  // what it spoke to went away meanwhile
    }
    if (session == nullptr) {
        auto connected = backend_.connect(deadline);
        if (!connected) {
            give_back(nullptr);
            return tl::unexpected<base::Error>(std::move(connected).error());
        }
        session = std::move(*connected);
    }
    return Lease(*this, std::move(session));
}

void SessionPool::give_back(std::unique_ptr<Session> session) {
    std::unique_ptr<Session> broken;  // closed without the lock
    const MutexLock lock(mutex_);
    --on_loan_;
    if (session != nullptr && session->is_usable() && !closed_) {
        idle_.push_back(std::move(session));
    } else {
        broken = std::move(session);
    }
    changed_.notify_all();
}

void SessionPool::close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool SessionPool::wait_until_idle(base::Instant deadline) {
    const MutexLock lock(mutex_);
    while (on_loan_ > 0) {
        if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout && on_loan_ > 0) {
            return false;
        }
    }
    idle_.clear();
    return true;
}

}  // namespace millbeck::sinks::sql
