// put_to_ack: from the first byte of a PutItem on its way to the handler's reply, one connection,
// one put at a time. Usage: put_to_ack_bench ENDPOINT TABLE ITEMS FIFO COUNT    (ack_handler writes
// into the FIFO)

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
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

// The time of the next reply.
std::int64_t next_reply(int fifo) {
    pollfd waiting{fifo, POLLIN, 0};
    std::int64_t when = 0;
    if (::poll(&waiting, 1, kPatience) != 1 || ::read(fifo, &when, sizeof when) != sizeof when) {
        throw std::runtime_error("the handler did not get a record within 10 s");
    }
    return when;
}

int run(const std::vector<std::string>& words) {
    if (words.size() != 5) {
        throw std::runtime_error("usage: put_to_ack_bench ENDPOINT TABLE ITEMS FIFO COUNT");
    }
    DynamoClient client(words[0]);
    const std::uint64_t items = std::stoull(words[2]);
    const int fifo = ::open(words[3].c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const auto random = base::seeded_random(1);
    std::vector<std::int64_t> times;
    const std::size_t count = std::stoull(words[4]);
    const std::size_t warm_up = count / 10;
    for (std::int64_t stale = 0; ::read(fifo, &stale, sizeof stale) > 0;) {
    }
    for (std::size_t i = 0; i < count + warm_up; ++i) {
        const std::string body = R"({"TableName":")" + words[1] + R"(","Item":)" +
                                 bench_item(random->next_u64() % items, random->next_u64()) + "}";
        const std::int64_t begin = monotonic_ns();
        const auto reply = client.table("PutItem", body);
        if (!reply || reply->status != 200) {
            throw std::runtime_error(reply ? reply->body : reply.error().message);
        }
        const std::int64_t end = next_reply(fifo);
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
