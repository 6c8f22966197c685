#include "sinks/handler/runtime_server.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "sinks/handler/function_identity.hpp"
#include "sinks/handler/runtime_connection.hpp"

namespace millbeck::sinks {

namespace {

using base::Instant;
using base::Milliseconds;

constexpr std::size_t kReadBytes = 64u << 10;
// A process talks over one or two; a client that opens one for each call closes it behind itself.
constexpr std::size_t kConnectionsMax = 64;

// Rounded up, so that a wait that has begun never turns into a spin; an hour at most, then again.
int poll_timeout_ms(std::chrono::nanoseconds left) {
    const auto milliseconds = std::chrono::ceil<Milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 3'600'000));
}

base::Error no_port() {
    return {base::Code::Io,
            fmt::format("the system gives no port for the Runtime API (errno {})", errno)};
}

}  // namespace

base::Result<std::unique_ptr<RuntimeServer>> RuntimeServer::open(const HandlerOptions& options,
                                                                 const base::Clock& clock,
                                                                 base::Random& random) {
    base::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);  // the sockets interface's own idiom
    socklen_t size = sizeof address;
    if (!listener.valid() || ::bind(listener.get(), generic, size) != 0 ||
        ::listen(listener.get(), SOMAXCONN) != 0 ||
        ::getsockname(listener.get(), generic, &size) != 0) {
        return tl::unexpected<base::Error>(no_port());
    }
    return std::unique_ptr<RuntimeServer>(
        new RuntimeServer(std::move(listener), ntohs(address.sin_port), options, clock, random));
}

RuntimeServer::RuntimeServer(base::UniqueFd listener, std::uint16_t port,
                             const HandlerOptions& options, const base::Clock& clock,
                             base::Random& random)
    : listener_(std::move(listener)),
      port_(port),
      options_(options),
      clock_(clock),
      random_(random),
      api_(options, random),
      buffer_(kReadBytes) {}

RuntimeServer::~RuntimeServer() = default;

std::string RuntimeServer::address() const {
    return fmt::format("127.0.0.1:{}", port_);
}

ServeEnd RuntimeServer::start(HandlerProcess& process, Instant deadline) {
    return serve(process, deadline, [this] { return api_.state() != RuntimeState::Started; });
}

ServeEnd RuntimeServer::invoke(HandlerProcess& process, const Invocation& invocation,
                               Instant deadline) {
    // What it asked since the last call belongs before this invocation.
    read_all();
    api_.begin(invocation.call.request_id());
    head_ = event_head(options_, invocation.call, clock_.wall(), invocation.deadline, random_);
    invocation_ = &invocation;
    give_event();
    const ServeEnd end = serve(process, deadline, [this] { return api_.verdict().has_value(); });
    invocation_ = nullptr;
    for (const auto& connection : connections_) {
        connection->forget_event();
    }
    bury_dead();
    // What it wrote before its answer is handed over before the answer is.
    process.drain_log();
    return end;
}

template <typename Reached>
ServeEnd RuntimeServer::serve(HandlerProcess& process, Instant deadline, Reached reached) {
    while (!reached()) {
        if (exited_) {
            return ServeEnd::Exited;
        }
        const auto left = deadline - clock_.instant();
        if (left.count() <= 0) {
            return ServeEnd::TimedOut;
        }
        wait(process, poll_timeout_ms(left));
    }
    return ServeEnd::Reached;
}

void RuntimeServer::wait(HandlerProcess& process, int timeout_ms) {
    files_.clear();
    for (const auto& connection : connections_) {
        files_.push_back({connection->fd(), connection->wanted(), 0});
    }
    const std::size_t others = files_.size();
    files_.push_back({process.log_fd(), POLLIN, 0});
    files_.push_back({listener_.get(), POLLIN, 0});
    files_.push_back({process.exit_fd(), POLLIN, 0});
    if (::poll(files_.data(), files_.size(), timeout_ms) <= 0) {
        return;
    }
    for (std::size_t i = 0; i < others; ++i) {
        if ((files_[i].revents & POLLOUT) != 0) {
            connections_[i]->on_writable(api_);
        }
        if ((files_[i].revents & ~POLLOUT) != 0 && !connections_[i]->dead()) {
            connections_[i]->on_readable(api_, buffer_);
        }
    }
    if (files_[others].revents != 0) {
        process.drain_log();
    }
    if (files_[others + 1].revents != 0) {
        accept_all();
    }
    if (files_[others + 2].revents != 0) {
        // Its last words may still be in the sockets.
        accept_all();
        read_all();
        exited_ = true;
    }
    bury_dead();
    give_event();
}

void RuntimeServer::read_all() {
    for (const auto& connection : connections_) {
        connection->on_readable(api_, buffer_);
    }
    bury_dead();
}

void RuntimeServer::accept_all() {
    for (;;) {
        base::UniqueFd fd(
            ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.valid()) {
            return;
        }
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connections_.size() == kConnectionsMax) {
            const auto idle = std::find_if(connections_.begin(), connections_.end(),
                                           [](const auto& each) { return each->idle(); });
            if (idle == connections_.end()) {
                continue;  // closes the new one
            }
            connections_.erase(idle);
        }
        connections_.push_back(std::make_unique<RuntimeConnection>(std::move(fd)));
        connections_.back()->on_readable(api_, buffer_);
    }
}

// To all that wait: who asks twice gets the same event twice.
void RuntimeServer::give_event() {
    if (invocation_ == nullptr || api_.verdict()) {
        return;
    }
    for (const auto& connection : connections_) {
        if (connection->waits_for_event() && !connection->dead()) {
            api_.given();
            connection->send_event(api_, invocation_->call.event(EventEnding::None), head_);
        }
    }
}

void RuntimeServer::bury_dead() {
    connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                      [](const auto& each) { return each->dead(); }),
                       connections_.end());
}

}  // namespace millbeck::sinks
