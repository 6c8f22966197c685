// One client's connection: a coroutine that reads, asks the handler, waits, writes. Internal to the
// HTTP server.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/http_request_parser.hpp"
#include "base/http_server.hpp"
#include "base/http_worker.hpp"

namespace millbeck::base {

// Invariants: `turn_` is the number of the request that may be answered, 0 for none. Whoever swaps
//             it to 0 owns `response_` until the worker's thread has been told: so the second of
//             two answers, and an answer after the connection has died, find nothing to do.
// Lifetime:   the object outlives its socket while a Responder is held somewhere; the request it
//             shows stays readable as long.
// Threads:    the worker's, except respond(), peer_closed() and the reading of the request.
inline HttpLimits limits_of(const HttpServerOptions& options) {
    return {.header_bytes_max = options.header_bytes_max,
            .body_bytes_max = options.body_bytes_max,
            .large_target = options.large_target,
            .large_body_bytes_max = options.large_body_bytes_max};
}

class HttpConnection final : public HttpRequest,
                             public std::enable_shared_from_this<HttpConnection> {
  public:
    explicit HttpConnection(std::shared_ptr<HttpWorker> worker);
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    ~HttpConnection() override;

    [[nodiscard]] std::string_view method() const override { return parser_.method(); }
    [[nodiscard]] std::string_view target() const override { return parser_.target(); }
    [[nodiscard]] std::string_view body() const override { return parser_.body(); }
    [[nodiscard]] std::string_view header(std::string_view name) const override {
        return parser_.header(name);
    }
    [[nodiscard]] bool peer_closed() const override;

    // Starts the coroutine, which keeps the object alive until the socket is closed.
    void start(AcceptedSocket socket);

    // Answers request number `turn`; ignored when it has been answered.
    void respond(std::uint64_t turn, HttpResponse response);

    // The answer has reached the worker's thread: goes on.
    void resume_answered();

    void close_if_idle();
    void abort();
    void close_if_overdue(std::uint64_t tick);

  private:
    struct Io;    // the socket, its buffer, the suspended coroutine
    struct Loop;  // the coroutines
    enum class Sent { All, Blocked, Failed };

    void dispatch();
    void resume_waiting();
    void expect_within_idle_timeout() { deadline_tick_ = worker_->idle_deadline(); }
    void prepare_failure();
    void prepare_head();
    Sent send_some();
    void shut_down() const;

    std::shared_ptr<HttpWorker> worker_;
    HttpRequestParser parser_;
    std::unique_ptr<Io> io_;
    std::atomic<int> fd_{-1};

    std::atomic<std::uint64_t> turn_{0};
    std::uint64_t last_turn_ = 0;
    HttpResponse response_;
    bool answered_ = false;
    bool in_handler_ = false;

    std::string head_;
    std::size_t sent_bytes_ = 0;
    std::uint64_t deadline_tick_ = 0;  // 0: none, the handler has the floor
    bool reading_ = false;
    bool closing_ = false;
    bool aborted_ = false;
};

}  // namespace millbeck::base
