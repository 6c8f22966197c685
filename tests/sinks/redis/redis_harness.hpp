// A Redis server of a test's own, and what one asks it beside the sink.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"
#include "sinks/copy_reader.hpp"
#include "sinks/position_keeper.hpp"
#include "sinks/redis/connection.hpp"
#include "sinks/redis/redis_sink.hpp"
#include "tests/sinks/batches.hpp"
#include "tests/support/target_server.hpp"

namespace millbeck::sinks {

// Whether a server answers there, and not that it is still loading.
inline bool answers(std::uint16_t port) {
    const sockaddr_in address = tests::target_server_parts::loopback(port);
    const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto* generic =
        reinterpret_cast<const sockaddr*>(&address);  // NOLINT: the API's own cast
    constexpr std::string_view kPing = "PING\r\n";
    if (::connect(socket.get(), generic, sizeof address) != 0 ||
        ::send(socket.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) < 0) {
        return false;
    }
    std::array<char, 64> answer{};
    const ssize_t got = ::recv(socket.get(), answer.data(), answer.size(), 0);
    return got > 0 && !std::string_view(answer.data()).starts_with("-LOADING");
}

inline tests::TargetServerOptions redis_server(const std::vector<std::string>& more = {}) {
    tests::TargetServerOptions options;
    options.command = [more](std::uint16_t port) {
        std::vector<std::string> command{
            "redis-server", "--port", std::to_string(port), "--bind",    "127.0.0.1",
            "--save",       "",       "--unixsocket",       "redis.sock"};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    };
    options.is_ready = answers;
    return options;
}

class RedisHarness {
  public:
    explicit RedisHarness(const std::vector<std::string>& more = {})
        : server_(redis_server(more)) {}

    tests::TargetServer& server() { return server_; }

    [[nodiscard]] RedisOptions options() const {
        RedisOptions options;
        options.port = server_.port();
        return options;
    }

    std::unique_ptr<Sink> open(RedisOptions options, const std::string& name = "cache") {
        auto opened = open_redis(std::move(options), context(name));
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    std::unique_ptr<Sink> open() { return open(options()); }

    [[nodiscard]] SinkContext context(const std::string& name = "cache") {
        return {.name = name,
                .table = "orders",
                .clock = clock_,
                .random = *random_,
                .metrics = metrics_,
                .files = *files_};
    }

    [[nodiscard]] base::Instant soon() const { return clock_.instant() + std::chrono::seconds{60}; }

    redis::Reply ask(const std::vector<std::string>& command) {
        return ask(command, server_.port());
    }
    redis::Reply ask(const std::vector<std::string>& command, std::uint16_t port) {
        const redis::StopBell bell;
        const redis::Patience patience{clock_, bell, soon()};
        auto connection =
            redis::Connection::open({"127.0.0.1", port}, RedisOptions{}, nullptr, patience);
        EXPECT_TRUE(connection) << connection.error().message;
        redis::CommandBuffer commands;
        commands.begin(command.size());
        for (const std::string& each : command) {
            commands.argument(each);
        }
        auto replies = (*connection)->exchange(commands, patience);
        EXPECT_TRUE(replies) << replies.error().message;
        return std::move(replies->front());
    }

    // The fields of a hash, as {"name": "text"} by name, without our own.
    std::map<std::string, std::string> hash(const std::string& key) {
        std::map<std::string, std::string> fields;
        const redis::Reply reply = ask({"HGETALL", key});
        for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
            fields[reply.elements[i].text] = reply.elements[i + 1].text;
        }
        fields.erase("_millbeck");
        return fields;
    }

    std::string text(const std::vector<std::string>& command) {
        const redis::Reply reply = ask(command);
        return reply.is_nil() ? "nil" : reply.text;
    }

    std::vector<std::string> keys(const std::string& pattern) {
        std::vector<std::string> names;
        for (const redis::Reply& each : ask({"KEYS", pattern}).elements) {
            names.push_back(each.text);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    const base::SystemClock& clock() { return clock_; }

  private:
    tests::TargetServer server_;
    base::SystemClock clock_;
    std::unique_ptr<base::Random> random_ = base::seeded_random(1);
    base::Metrics metrics_;
    std::unique_ptr<base::FileSystem> files_ = base::system_files();
};

// A port that takes connections and never answers.
class SilentPort {
  public:
    SilentPort() : port_(tests::free_port()), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const sockaddr_in address = tests::target_server_parts::loopback(port_);
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        EXPECT_EQ(::bind(socket_.get(),
                         reinterpret_cast<const sockaddr*>(&address),  // NOLINT: the API's own cast
                         sizeof address),
                  0);
        EXPECT_EQ(::listen(socket_.get(), 8), 0);
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    std::uint16_t port_;
    base::UniqueFd socket_;
};

}  // namespace millbeck::sinks
