// A TCP client that sends and reads exactly the bytes a test asks for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/unique_fd.hpp"

namespace millbeck::tests {

class RawClient {
  public:
    // `receive_bytes`: the socket's receive buffer, to play a slow reader; 0: the system's.
    explicit RawClient(std::uint16_t port, int receive_bytes = 0)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receive_bytes > 0) {
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the system call's signature.
        const auto* generic = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::connect(fd_.get(), generic, sizeof address), 0);
    }

    // False when the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }

    // The next whole answer, header and body by its Content-Length; what there is when the server
    // closes first.
    std::string read_answer() {
        std::size_t header_end = std::string::npos;
        while ((header_end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) {
                return std::exchange(received_, {});
            }
        }
        return read_exactly(header_end + 4 + content_length(received_.substr(0, header_end)));
    }

    std::string read_exactly(std::size_t bytes) {
        while (received_.size() < bytes && receive()) {
        }
        std::string taken = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return taken;
    }

    // Everything until the server closes.
    std::string read_to_end() {
        while (receive()) {
        }
        return std::exchange(received_, {});
    }

  private:
    static constexpr int kGenerousMs = 30'000;

    static std::size_t content_length(const std::string& header) {
        constexpr std::string_view kName = "\r\nContent-Length: ";
        const std::size_t at = header.find(kName);
        return at == std::string::npos ? 0 : std::stoul(header.substr(at + kName.size()));
    }

    // False when the server has closed, or is silent for far too long.
    bool receive() {
        std::array<char, 16384> buffer{};
        pollfd entry{fd_.get(), POLLIN, 0};
        const int ready = ::poll(&entry, 1, kGenerousMs);
        EXPECT_EQ(ready, 1) << "the server is silent; so far: " << received_;
        const ssize_t n = ready == 1 ? ::recv(fd_.get(), buffer.data(), buffer.size(), 0) : -1;
        if (n <= 0) {
            return false;
        }
        received_.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    base::UniqueFd fd_;
    std::string received_;
};

}  // namespace millbeck::tests
