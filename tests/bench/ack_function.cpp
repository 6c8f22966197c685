// The Lambda function of the benchmarks: a client of the Runtime API that answers every event at
// once with {}.
// Usage: ack_function [FIFO]    as ack_handler: into the FIFO goes the monotonic time of each
// answer in nanoseconds, 8 bytes.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::string_view kNext =
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kId = "Lambda-Runtime-Aws-Request-Id: ";
constexpr std::string_view kLength = "Content-Length: ";

int connect_to(std::string_view api) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string port(api.substr(api.find(':') + 1));
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(port)));
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        std::exit(1);
    }
    return fd;
}

// The head of one reply, whose body is read to its end.
std::string_view receive(int fd, std::vector<char>& buffer) {
    std::size_t size = 0;
    for (;;) {
        const ssize_t got = ::recv(fd, buffer.data() + size, buffer.size() - size, 0);
        if (got <= 0) {
            std::exit(0);
        }
        size += static_cast<std::size_t>(got);
        const std::string_view text(buffer.data(), size);
        const std::size_t end = text.find("\r\n\r\n");
        if (end != std::string_view::npos) {
            const std::size_t at = text.find(kLength) + kLength.size();
            const std::size_t whole = end + 4 + std::strtoul(text.data() + at, nullptr, 10);
            if (size >= whole) {
                return text.substr(0, end);
            }
            if (whole > buffer.size()) {
                buffer.resize(whole);
            }
        }
    }
}

void send(int fd, std::string_view text) {
    if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
        std::exit(1);
    }
}

void tell_time(int fifo) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t nanoseconds = now.tv_sec * 1'000'000'000L + now.tv_nsec;
    (void)!::write(fifo, &nanoseconds, sizeof nanoseconds);
}

}  // namespace

int main(int count, char** arguments) {
    // Opened both ways, a FIFO needs no reader; without blocking, a full one costs nothing.
    const int fifo = count > 1 ? ::open(arguments[1], O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
    const int api = connect_to(std::getenv("AWS_LAMBDA_RUNTIME_API"));
    std::vector<char> buffer(1 << 20);
    std::string answer;
    for (;;) {
        send(api, kNext);
        const std::string_view head = receive(api, buffer);
        const std::size_t at = head.find(kId) + kId.size();
        answer = "POST /2018-06-01/runtime/invocation/";
        answer += head.substr(at, head.find('\r', at) - at);
        answer += "/response HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}";
        send(api, answer);
        if (fifo >= 0) {
            tell_time(fifo);
        }
        receive(api, buffer);
    }
}
