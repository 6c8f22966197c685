// A server that says nothing.
#pragma once

#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace millbeck::sinks {

// Takes connections, which the kernel does for it, and never answers.
class SilentListener {
  public:
    SilentListener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's own cast
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        constexpr int kBacklog = 64;
        if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, kBacklog) != 0 ||
            ::getsockname(descriptor_, generic, &size) != 0) {
            throw std::runtime_error("no silent listener");
        }
        brokers_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    }
    SilentListener(const SilentListener&) = delete;
    SilentListener& operator=(const SilentListener&) = delete;
    ~SilentListener() { ::close(descriptor_); }

    [[nodiscard]] const std::string& brokers() const { return brokers_; }

  private:
    int descriptor_ = -1;
    std::string brokers_;
};

}  // namespace millbeck::sinks
