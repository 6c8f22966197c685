// From the first byte of a PutItem on its way to where the change ends, one connection, one put at
// a time.
// Usage: put_to_ack_bench ENDPOINT TABLE ITEMS FIFO COUNT          the handler's reply: ack_handler
//                                                                  writes its time into the FIFO
//        put_to_ack_bench ENDPOINT TABLE ITEMS redis:PORT COUNT    seen by a client of a Redis that
//                                                                  tells of changed keys

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/random.hpp"
#include "tests/bench/bench_item.hpp"
#include "tests/support/dynamo_client.hpp"

namespace millbeck::tests {
namespace {

constexpr int kPatience = 10'000;  // ms for one reply

std::int64_t monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000L + now.tv_nsec;
}

// Where a change is seen.
class End {
  public:
    End() = default;
    End(const End&) = delete;
    End& operator=(const End&) = delete;
    virtual ~End() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }

    // When the next change got there.
    [[nodiscard]] virtual std::int64_t next() = 0;

    void forget() {
        std::array<char, 4096> stale{};
        while (::read(file_, stale.data(), stale.size()) > 0) {
        }
    }

  protected:
    void wait() const {
        pollfd waiting{file_, POLLIN, 0};
        if (::poll(&waiting, 1, kPatience) != 1) {
            throw std::runtime_error("a change did not get there within 10 s");
        }
    }
    int file_ = -1;
};

class Fifo final : public End {
  public:
    explicit Fifo(const std::string& path) {
        file_ = ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    }
    std::int64_t next() override {
        wait();
        std::int64_t when = 0;
        if (::read(file_, &when, sizeof when) != sizeof when) {
            throw std::runtime_error("the handler wrote half a time");
        }
        return when;
    }
};

class RedisClient final : public End {
  public:
    explicit RedisClient(const std::string& port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(port)));
        file_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        constexpr std::string_view kAsk =
            "CONFIG SET notify-keyspace-events Kh\r\nPSUBSCRIBE __keyspace@0__:bench:*\r\n";
        constexpr std::string_view kEnd = ":1\r\n";  // of the answer to the second
        std::string answer;
        if (::connect(file_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::write(file_, kAsk.data(), kAsk.size()) != static_cast<ssize_t>(kAsk.size())) {
            throw std::runtime_error("there is no Redis at " + port);
        }
        while (!answer.ends_with(kEnd)) {
            wait();
            std::array<char, 4096> part{};
            answer.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(
                                           0, ::read(file_, part.data(), part.size()))));
        }
        ::fcntl(file_, F_SETFL, O_NONBLOCK);
    }
    std::int64_t next() override {
        wait();
        return monotonic_ns();
    }
};

int run(const std::vector<std::string>& words) {
    if (words.size() != 5) {
        throw std::runtime_error(
            "usage: put_to_ack_bench ENDPOINT TABLE ITEMS FIFO|redis:PORT COUNT");
    }
    DynamoClient client(words[0]);
    const std::uint64_t items = std::stoull(words[2]);
    constexpr std::string_view kRedis = "redis:";
    std::unique_ptr<End> change_end;
    if (words[3].starts_with(kRedis)) {
        change_end = std::make_unique<RedisClient>(words[3].substr(kRedis.size()));
    } else {
        change_end = std::make_unique<Fifo>(words[3]);
    }
    const auto random = base::seeded_random(1);
    std::vector<std::int64_t> times;
    const std::size_t count = std::stoull(words[4]);
    const std::size_t warm_up = count / 10;
    for (std::size_t i = 0; i < count + warm_up; ++i) {
        const std::string body = R"({"TableName":")" + words[1] + R"(","Item":)" +
                                 bench_item(random->next_u64() % items, random->next_u64()) + "}";
        change_end->forget();
        const std::int64_t begin = monotonic_ns();
        const auto reply = client.table("PutItem", body);
        if (!reply || reply->status != 200) {
            throw std::runtime_error(reply ? reply->body : reply.error().message);
        }
        const std::int64_t end = change_end->next();
        if (i >= warm_up) {
            times.push_back(end - begin);
        }
    }
    std::ranges::sort(times);
    const auto at = [&](double part) {
        return static_cast<double>(
                   times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))]) /
               1000.0;
    };
    std::printf(
        "{\"bench\": \"put_to_ack\", \"value\": %.3f, \"unit\": \"ms\", \"p50_us\": %.0f, "
        "\"p99_us\": %.0f}\n",
        at(0.5) / 1000.0, at(0.5), at(0.99));
    return 0;
}

}  // namespace
}  // namespace millbeck::tests

int main(int count, char** arguments) {
    try {
        return millbeck::tests::run({arguments + 1, arguments + count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "put_to_ack_bench: %s\n", error.what());
        return 1;
    }
}
