// A sink's connections: made when needed, kept while they work, and how many deliveries use them.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/sql/session.hpp"

namespace millbeck::sinks::sql {

class SessionPool;

// A session on loan; goes back when this goes, or is thrown away when it no longer works.
class Lease {
  public:
    Lease(SessionPool& pool, std::unique_ptr<Session> session)
        : pool_(&pool), session_(std::move(session)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    Session* operator->() const { return session_.get(); }

  private:
    SessionPool* pool_;
    std::unique_ptr<Session> session_;
};

// Threads: any.
class SessionPool {
  public:
    // `backend` outlives the pool.
    explicit SessionPool(Backend& backend) : backend_(backend) {}

    // Waits for a free one until `deadline`. Cancelled after close(); else what connect() says.
    base::Result<Lease> take(base::Instant deadline);

    // No more are given out.
    void close();
    // False: some were still on loan at `deadline`.
    bool wait_until_idle(base::Instant deadline);

  private:
    friend class Lease;
    void give_back(std::unique_ptr<Session> session);

    Backend& backend_;
    base::Mutex mutex_;
    base::ConditionVariable changed_;
    std::vector<std::unique_ptr<Session>> idle_ MB_GUARDED_BY(mutex_);
    unsigned on_loan_ MB_GUARDED_BY(mutex_) = 0;
    bool closed_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::sinks::sql
