#include "base/http_server.hpp"

#include <algorithm>
#include <cerrno>
#include <future>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/backoff.hpp"
#include "base/http_worker.hpp"
#include "base/log.hpp"

namespace millbeck::base {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr unsigned kThreadsMax = 64;
constexpr std::size_t kHeaderBytesLimit = 1u << 30;

Status check(const HttpServerOptions& options) {
    if (options.threads > kThreadsMax) {
        return fail(Code::Invalid, fmt::format("{} HTTP threads, at most {} are allowed",
                                               options.threads, kThreadsMax));
    }
    if (options.header_bytes_max == 0 || options.header_bytes_max > kHeaderBytesLimit) {
        return fail(Code::Invalid,
                    fmt::format("the HTTP header limit must be 1 to {} bytes", kHeaderBytesLimit));
    }
    if (options.connections_max == 0 || options.idle_timeout.count() <= 0) {
        return fail(Code::Invalid, "the HTTP connection limit and idle timeout must be positive");
    }
    return {};
}

unsigned thread_count(const HttpServerOptions& options) {
    const unsigned wanted =
        options.threads == 0 ? std::thread::hardware_concurrency() : options.threads;
    return std::clamp(wanted, 1u, kThreadsMax);
}

// An error of accept() that concerns one connection, or this moment, and not the listener.
bool is_passing(int number) {
    return number == EINTR || number == ECONNABORTED || number == EPROTO || number == ENETDOWN ||
           number == ENETUNREACH || number == EHOSTUNREACH || number == EHOSTDOWN ||
           number == ENONET || number == ENOPROTOOPT || number == EOPNOTSUPP || number == EPERM;
}

bool is_out_of_resources(int number) {
    return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

class BeastServer final : public HttpServer {
  public:
    explicit BeastServer(std::shared_ptr<HttpShared> shared)
        : shared_(std::move(shared)),
          workers_(make_workers(shared_)),
          acceptor_(workers_.front()->context()),
          pause_(workers_.front()->context()) {}
    BeastServer(const BeastServer&) = delete;
    BeastServer& operator=(const BeastServer&) = delete;
    // NOLINTNEXTLINE(bugprone-exception-escape): what could throw is out of memory, which is fatal.
    ~BeastServer() override { stop_now(Milliseconds{0}); }

    Status listen() {
        boost::system::error_code error;
        const HttpServerOptions& options = shared_->options;
        const auto address = asio::ip::make_address(options.address, error);
        if (error) {
            return fail(Code::Invalid,
                        fmt::format("\"{}\" is not an IP address to listen on", options.address));
        }
        const tcp::endpoint endpoint(address, options.port);
        acceptor_.open(endpoint.protocol(), error);
        if (!error) {
            acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        }
        if (!error) {
            acceptor_.bind(endpoint, error);
        }
        if (!error) {
            acceptor_.listen(asio::socket_base::max_listen_connections, error);
        }
        if (!error) {
            acceptor_.native_non_blocking(true, error);
        }
        if (!error) {
            port_ = acceptor_.local_endpoint(error).port();
        }
        if (error) {
            const bool taken = error == boost::system::errc::address_in_use;
            return fail(taken ? Code::InUse : Code::Io,
                        fmt::format("listen on {} port {}: {}", options.address, options.port,
                                    taken ? "another process listens there" : error.message()));
        }
        return {};
    }

    void start() override {
        MB_CHECK(threads_.empty() && !shared_->stopping, "an HTTP server starts once");
        asio::post(workers_.front()->context(), [this] { wait_for_connections(); });
        for (const auto& worker : workers_) {
            threads_.emplace_back([worker] { worker->run(); });
        }
    }

    [[nodiscard]] std::uint16_t port() const override { return port_; }

    void stop(Milliseconds deadline) override { stop_now(deadline); }

  private:
    static std::vector<std::shared_ptr<HttpWorker>> make_workers(
        const std::shared_ptr<HttpShared>& shared) {
        std::vector<std::shared_ptr<HttpWorker>> workers;
        for (unsigned i = 0; i < thread_count(shared->options); ++i) {
            workers.push_back(std::make_shared<HttpWorker>(shared));
        }
        return workers;
    }

    void stop_now(Milliseconds deadline) {
        shared_->stopping = true;
        if (threads_.empty()) {
            return;
        }
        asio::post(workers_.front()->context(), [this] {
            boost::system::error_code ignored;
            acceptor_.close(ignored);
            pause_.cancel();
        });
        // From here on no worker is given another socket.
        accept_ended_.get_future().wait();
        for (const auto& worker : workers_) {
            worker->close_idle();
        }
        shared_->count.wait_for_none(deadline);
        for (const auto& worker : workers_) {
            worker->close_all();
        }
        threads_.clear();  // joins
        // A Responder kept somewhere keeps `shared_`; it need not keep what the handler captured.
        shared_->handler = nullptr;
    }

    // On the first worker's thread, as all below. Ends by setting accept_ended_.
    void wait_for_connections() {
        if (shared_->stopping) {
            accept_ended_.set_value();
            return;
        }
        acceptor_.async_wait(tcp::acceptor::wait_read,
                             [this](const boost::system::error_code& error) {
                                 if (error) {
                                     accept_ended_.set_value();
                                     return;
                                 }
                                 const int number = accept_waiting();
                                 if (is_out_of_resources(number)) {
                                     pause(number);
                                 } else {
                                     failures_ = 0;
                                     wait_for_connections();
                                 }
                             });
    }

    // The waiting connection stays in the queue: without a pause the listener would spin.
    void pause(int number) {
        ++failures_;
        const Milliseconds wait =
            backoff_after({Milliseconds{10}, Milliseconds{1000}, 2.0}, failures_);
        log(LogLevel::Warn, "base", "cannot accept connections",
            {{"errno", std::int64_t{number}}, {"retry_ms", std::int64_t{wait.count()}}});
        pause_.expires_after(wait);
        pause_.async_wait([this](const boost::system::error_code&) { wait_for_connections(); });
    }

    // Accepts all that wait, some at a time; returns the error that ended it.
    int accept_waiting() {
        constexpr int kAtOnce = 64;
        for (int i = 0; i < kAtOnce && !shared_->stopping; ++i) {
            UniqueFd fd(::accept4(acceptor_.native_handle(), nullptr, nullptr,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!fd.valid()) {
                const int number = errno;
                if (is_passing(number)) {
                    continue;
                }
                return number;
            }
            // Over the limit: closed at once by `fd`, so that the client knows now.
            if (shared_->count.try_open()) {
                hand_over(std::move(fd));
            }
        }
        return 0;
    }

    void hand_over(UniqueFd fd) {
        // Answers are written whole: waiting for more to send would only delay them.
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        HttpWorker::adopt(workers_[next_worker_++ % workers_.size()],
                          {std::move(fd), ConnectionSlot(shared_->count)});
    }

    std::shared_ptr<HttpShared> shared_;
    std::vector<std::shared_ptr<HttpWorker>> workers_;
    tcp::acceptor acceptor_;    // on the first worker
    asio::steady_timer pause_;  // on the first worker
    std::promise<void> accept_ended_;
    std::uint32_t failures_ = 0;
    std::size_t next_worker_ = 0;
    std::uint16_t port_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::open(HttpServerOptions options, HttpHandler handler,
                                                     Metrics& metrics) {
    MB_TRY_STATUS(check(options));
    auto shared = std::make_shared<HttpShared>();
    shared->count.init(
        options.connections_max,
        &metrics.gauge("millbeck_base_http_connections", "Client connections that are open now."));
    shared->requests = &metrics.counter("millbeck_base_http_requests_total",
                                        "HTTP requests that were given to a handler.");
    shared->options = std::move(options);
    shared->handler = std::move(handler);
    auto server = std::make_unique<BeastServer>(std::move(shared));
    MB_TRY_STATUS(server->listen());
    return server;
}

}  // namespace millbeck::base
