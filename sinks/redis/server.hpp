// The server as the sink sees it: connections on loan, redirections followed, an orderly end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "sinks/redis/connection.hpp"

namespace millbeck::sinks::redis {

class Server;

// A connection for one user; goes back when it is fit to be used again.
class Lease {
  public:
    Lease(Server& server, std::unique_ptr<Connection> connection, bool is_new)
        : server_(server), connection_(std::move(connection)), is_new_(is_new) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    // As Connection::exchange().
    base::Result<std::vector<Reply>> exchange(const CommandBuffer& commands,
                                              base::Instant deadline);
    // It was made for this loan: nothing can have ended it while it lay idle.
    [[nodiscard]] bool is_new() const { return is_new_; }
    // It is not to be used again: keys are watched, for one.
    void discard() { is_broken_ = true; }

  private:
    Server& server_;
    std::unique_ptr<Connection> connection_;
    bool is_new_;
    bool is_broken_ = false;
};

// Threads: any.
class Server {
  public:
    // `tls` may be null. Borrows options and clock.
    Server(const RedisOptions& options, std::unique_ptr<TlsContext> tls, const base::Clock& clock);

    // What `talk` says, on a connection that was redirected where the server said, or replaced when
    // an idle one turns out to be dead. `talk` is called again then. Cancelled after close().
    using Talk = std::function<base::Result<std::vector<Reply>>(Lease&)>;
    base::Result<std::vector<Reply>> with_connection(const Talk& talk, base::Instant deadline);

    // One exchange.
    base::Result<std::vector<Reply>> ask(const CommandBuffer& commands, base::Instant deadline);
    // The same; the first error among the replies is one.
    base::Result<std::vector<Reply>> ask_strictly(const CommandBuffer& commands,
                                                  base::Instant deadline);

    // Lends no more, waits until all is back, then cuts off. Idempotent.
    void stop(base::Instant deadline);

    [[nodiscard]] const base::Clock& clock() const { return clock_; }

  private:
    friend class Lease;
    std::unique_ptr<Connection> take_idle();
    base::Result<std::unique_ptr<Connection>> connect(const Patience& patience);
    base::Status enter();
    void leave();
    void give_back(std::unique_ptr<Connection> connection);
    // Whether the replies say that another node is to be asked.
    bool follow(const std::vector<Reply>& replies);
    bool wait_until_idle(base::Instant deadline);

    const RedisOptions& options_;
    const std::unique_ptr<TlsContext> tls_;
    const base::Clock& clock_;
    const Address home_;
    StopBell bell_;
    base::Mutex mutex_;
    base::ConditionVariable idle_changed_;
    Address address_ MB_GUARDED_BY(mutex_);
    std::vector<std::unique_ptr<Connection>> idle_ MB_GUARDED_BY(mutex_);
    unsigned users_ MB_GUARDED_BY(mutex_) = 0;
    bool closed_ MB_GUARDED_BY(mutex_) = false;
};

// The first error among replies, or null.
const Reply* first_error(const std::vector<Reply>& replies);

}  // namespace millbeck::sinks::redis
