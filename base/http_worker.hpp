// One io_context, its one thread, and the connections that live on it. Internal to the HTTP server.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/connection_count.hpp"
#include "base/http_response_text.hpp"
#include "base/http_server.hpp"
#include "base/mutex.hpp"
#include "base/unique_fd.hpp"

namespace boost::asio {
class io_context;
}

namespace millbeck::base {

class HttpConnection;

// What all connections of a server share.
struct HttpShared {
    HttpServerOptions options;
    HttpHandler handler;
    Counter* requests = nullptr;
    ConnectionCount count;
    std::atomic<bool> stopping{false};
};

// An accepted socket on its way to its worker.
struct AcceptedSocket {
    UniqueFd fd;  // non-blocking
    ConnectionSlot slot;
};

// Lifetime: shared by the server and by every connection, so that an answer that comes after the
//           server has gone still finds an io_context to be ignored by.
// Threads:  each method says which.
class HttpWorker {
  public:
    explicit HttpWorker(std::shared_ptr<HttpShared> shared);
    HttpWorker(const HttpWorker&) = delete;
    HttpWorker& operator=(const HttpWorker&) = delete;
    ~HttpWorker();

    // Any thread:
    [[nodiscard]] boost::asio::io_context& context();
    [[nodiscard]] HttpShared& shared() { return *shared_; }
    static void adopt(const std::shared_ptr<HttpWorker>& worker, AcceptedSocket socket);
    void complete(std::shared_ptr<HttpConnection> connection);  // its answer is there
    void close_idle();                                          // those that are not being answered
    void close_all();                                           // the rest; then run() returns
    [[nodiscard]] bool is_this_thread() const { return thread_id_ == std::this_thread::get_id(); }

    // The thread's body.
    void run();

    // The worker's thread only:
    void enter(HttpConnection& connection);
    void leave(HttpConnection& connection);
    [[nodiscard]] std::string_view date() { return date_.text(SystemClock{}.wall()); }
    // Coarse time: the tick at which something that starts now has lasted for the idle timeout.
    [[nodiscard]] std::uint64_t idle_deadline() const;

  private:
    struct Io;
    void deliver_completed();
    void tick();
    [[nodiscard]] bool done() const { return closing_ && connections_.empty(); }
    void finish_if_empty();

    std::shared_ptr<HttpShared> shared_;
    std::unique_ptr<Io> io_;
    std::atomic<std::thread::id> thread_id_{};
    std::unordered_set<HttpConnection*> connections_;
    std::vector<std::shared_ptr<HttpConnection>> delivering_;
    HttpDate date_;
    std::uint64_t tick_ = 1;
    bool closing_ = false;

    Mutex mutex_;
    std::vector<std::shared_ptr<HttpConnection>> completed_ MB_GUARDED_BY(mutex_);
    bool closed_ MB_GUARDED_BY(mutex_) = false;
};

}  // namespace millbeck::base
