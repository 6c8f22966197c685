// A server that a sink writes to (redis-server, memcached, postgres, a broker): a child on
// loopback, killed and started again at will, ended by its pid.
//
//     TargetServer server({.command = [&](std::uint16_t port) {
//         return std::vector<std::string>{"redis-server", "--port", std::to_string(port)}; }});
//     server.kill();     // SIGKILL, reaped
//     server.start();    // the same port and folder
#pragma once

#include <csignal>
#include <cstdint>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temp_folder.hpp"

namespace millbeck::tests {

namespace target_server_parts {

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

}  // namespace target_server_parts

// A port of loopback that nobody listens on right now.
inline std::uint16_t free_port() {
    sockaddr_in address = target_server_parts::loopback(0);
    socklen_t size = sizeof address;
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: the socket API's own cast
    const bool good =
        ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
    ::close(descriptor);
    if (!good) {
        throw std::runtime_error("loopback has no free port");
    }
    return ntohs(address.sin_port);
}

// Whether somebody accepts connections there.
inline bool accepts(std::uint16_t port) {
    const sockaddr_in address = target_server_parts::loopback(port);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool good =
        ::connect(descriptor,
                  reinterpret_cast<const sockaddr*>(&address),  // NOLINT: the API's own cast
                  sizeof address) == 0;
    ::close(descriptor);
    return good;
}

struct TargetServerOptions {
    // Program (a path, or a name on PATH) and arguments, for a port on 127.0.0.1.
    std::function<std::vector<std::string>(std::uint16_t port)> command;
    // Whether it is ready; asked again and again after a start.
    std::function<bool(std::uint16_t port)> is_ready = accepts;
    // How long a start may take.
    int patience_ms = 60'000;
    // More than one start on other ports, should somebody have taken the one that was free.
    int attempts = 5;
};

// Lifecycle: the constructor starts it; the destructor kills it. stdout and stderr go to a file.
// Threads: one.
class TargetServer {
  public:
    // Throws, with what the server said, when it does not get ready.
    explicit TargetServer(TargetServerOptions options) : options_(std::move(options)) {
        for (int attempt = 1;; ++attempt) {
            port_ = free_port();
            try {
                start();
                return;
            } catch (const std::runtime_error&) {
                if (attempt == options_.attempts) {
                    throw;
                }
            }
        }
    }
    TargetServer(const TargetServer&) = delete;
    TargetServer& operator=(const TargetServer&) = delete;
    ~TargetServer() { kill(); }

    // On the same port as before. Requires: it does not run.
    void start() {
        spawn();
        const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        constexpr int kLookAgainMs = 2;
        bool has_ended = false;
        bool is_ready = false;
        for (int waited = 0; !is_ready && !has_ended && waited < options_.patience_ms;
             waited += kLookAgainMs) {
            is_ready = options_.is_ready(port_);
            pollfd ended{descriptor, POLLIN, 0};
            has_ended = ::poll(&ended, 1, is_ready ? 0 : kLookAgainMs) == 1;
        }
        ::close(descriptor);
        if (!is_ready || has_ended) {
            kill();
            throw std::runtime_error("the server did not get ready: " + output());
        }
    }

    // As a power cut: nothing is flushed. Idempotent.
    void kill() { end(SIGKILL); }
    // As an orderly stop; waits for its end. Idempotent.
    void terminate() { end(SIGTERM); }
    void signal(int number) const {
        if (pid_ > 0) {
            ::kill(pid_, number);
        }
    }

    [[nodiscard]] bool runs() const { return pid_ > 0; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    // Its own, for what it keeps; there through all its lives.
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
    // All that it said so far, in all its lives.
    [[nodiscard]] std::string output() const {
        std::ostringstream text;
        text << std::ifstream(log()).rdbuf();
        return text.str();
    }

  private:
    [[nodiscard]] std::filesystem::path log() const { return folder() / "target-server.log"; }

    void spawn() {
        const std::vector<std::string> command = options_.command(port_);
        std::vector<char*> pointers;
        for (const std::string& each : command) {
            pointers.push_back(const_cast<char*>(each.c_str()));  // NOLINT: exec's own signature
        }
        pointers.push_back(nullptr);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 1, log().c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
        ::posix_spawn_file_actions_addchdir_np(&actions, folder().c_str());
        const int failed = ::posix_spawnp(&pid_, command[0].c_str(), &actions, nullptr,
                                          pointers.data(), ::environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (failed != 0) {
            pid_ = -1;
            throw std::runtime_error("cannot start " + command[0]);
        }
    }

    void end(int number) {
        if (pid_ > 0) {
            ::kill(pid_, number);
            ::kill(pid_, SIGCONT);  // a stopped one would never hear of a SIGTERM
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }

    TargetServerOptions options_;
    TempFolder folder_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace millbeck::tests
