#include "sinks/redis/stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/errno_error.hpp"

namespace millbeck::sinks::redis {

using base::Code;

StopBell::StopBell() : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    MB_CHECK(bell_.valid(), "no event descriptor is left");
}

void StopBell::ring() const {
    ::eventfd_write(bell_.get(), 1);
}

base::Status wait_for(int descriptor, short events, const Patience& patience) {
    for (;;) {
        const auto left =
            std::chrono::ceil<base::Milliseconds>(patience.deadline - patience.clock.instant());
        if (left.count() <= 0) {
            return base::fail(Code::DeadlineExceeded, "the server did not answer in time");
        }
        std::array<pollfd, 2> waits{pollfd{descriptor, events, 0},
                                    pollfd{patience.bell.descriptor(), POLLIN, 0}};
        const auto timeout = std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max());
        const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(timeout));
        if (ready < 0 && errno != EINTR) {
            return tl::unexpected(base::errno_error("poll", errno));
        }
        if (ready > 0 && waits[1].revents != 0) {
            return base::fail(Code::Cancelled, "the sink is being stopped");
        }
        if (ready > 0) {
            return {};
        }
    }
}

std::string Address::to_string() const {
    return unix_socket.empty() ? fmt::format("{}:{}", host, port) : unix_socket;
}

namespace {

class PlainStream final : public Stream {
  public:
    explicit PlainStream(base::UniqueFd socket) : socket_(std::move(socket)) {}

    base::Result<Moved> read(std::span<char> into) override {
        const ssize_t got = ::recv(socket_.get(), into.data(), into.size(), 0);
        if (got == 0) {
            return base::fail(Code::Io, "the server closed the connection");
        }
        return moved(got, POLLIN, "receiving from the server");
    }

    base::Result<Moved> write(std::string_view bytes) override {
        return moved(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), POLLOUT,
                     "sending to the server");
    }

    [[nodiscard]] int descriptor() const override { return socket_.get(); }

  private:
    static base::Result<Moved> moved(ssize_t count, short wait_for, std::string_view what) {
        if (count >= 0) {
            return Moved{static_cast<std::size_t>(count), 0};
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
            return Moved{0, wait_for};
        }
        return base::fail(Code::Io, base::errno_error(what, errno).message);
    }

    base::UniqueFd socket_;
};

base::Error unreachable(const Address& address, std::string_view why) {
    return {Code::Unavailable,
            fmt::format("no Redis server can be reached at {}: {}", address.to_string(), why)};
}

// One address of a name, connected or refused.
base::Result<base::UniqueFd> try_connect(const sockaddr* to, socklen_t size, int family,
                                         const Address& address, const Patience& patience) {
    base::UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.valid()) {
        return tl::unexpected(unreachable(address, base::errno_error("socket", errno).message));
    }
    int error = ::connect(socket.get(), to, size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        MB_TRY_STATUS(wait_for(socket.get(), POLLOUT, patience));
        socklen_t error_size = sizeof error;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &error_size);
    }
    if (error != 0) {
        return tl::unexpected(unreachable(address, base::errno_error("connect", error).message));
    }
    const int on = 1;
    if (family != AF_UNIX) {
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    return socket;
}

base::Result<base::UniqueFd> connect_unix(const Address& address, const Patience& patience) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (address.unix_socket.size() >= sizeof to.sun_path) {
        return base::fail(Code::Invalid, fmt::format("the path of the socket {} is too long",
                                                     address.unix_socket));
    }
    std::memcpy(static_cast<char*>(to.sun_path), address.unix_socket.data(),
                address.unix_socket.size());
    return try_connect(reinterpret_cast<const sockaddr*>(&to),  // NOLINT: the API's own cast
                       sizeof to, AF_UNIX, address, patience);
}

}  // namespace

base::Result<base::UniqueFd> connect_to(const Address& address, const Patience& patience) {
    if (!address.unix_socket.empty()) {
        return connect_unix(address, patience);
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed =
        ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
    if (failed != 0) {
        return tl::unexpected(unreachable(address, ::gai_strerror(failed)));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
    base::Result<base::UniqueFd> connected =
        tl::unexpected(unreachable(address, "the name has no address"));
    for (const addrinfo* each = found; each != nullptr && !connected; each = each->ai_next) {
        connected =
            try_connect(each->ai_addr, each->ai_addrlen, each->ai_family, address, patience);
    }
    return connected;
}

std::unique_ptr<Stream> plain_stream(base::UniqueFd socket) {
    return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace millbeck::sinks::redis
