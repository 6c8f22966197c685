// Who takes messages, how many more, and which were acknowledged: the PUSH protocol on a socket.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/zeromq/zeromq_socket.hpp"

namespace millbeck::sinks {

// Threads: one at a time.
class ZeroMqPush {
  public:
    // `epoch`: a text that no other life of this sink has; tickets carry it.
    ZeroMqPush(ZeroMqSocket& socket, const ZeroMqOptions& options, std::string epoch,
               const base::Clock& clock)
        : socket_(socket), options_(options), epoch_(std::move(epoch)), clock_(clock) {}

    struct Parts {
        std::string_view table;
        std::string_view key;
        std::string_view sequence;
        std::string_view record;
    };

    struct Result {
        bool was_asked = true;  // false: no subscriber has got anything
        base::Status status;
    };
    // All to one subscriber; returns when it has acknowledged the last. Failures: DeadlineExceeded,
    // Cancelled, Unavailable (nobody has credit; the subscriber has gone), Io (refused, with its
    // words).
    Result push(const std::vector<Parts>& messages, base::Instant deadline);

  private:
    struct Peer {
        unsigned window = 0;
        std::uint64_t sent = 0;
        std::uint64_t acknowledged = 0;
        std::uint64_t refused = 0;  // the newest refused one
        std::string words;          // and why
        base::Instant heard{};
        [[nodiscard]] std::uint64_t credit() const {
            const std::uint64_t out = sent - acknowledged;
            return window > out ? window - out : 0;
        }
    };

    void take_all();
    void take(const std::vector<std::string>& frames);
    Peer* find(const std::string& identity);
    base::Result<std::string> choose(base::Instant deadline);
    base::Status send_one(const std::string& identity, const Parts& parts, base::Instant deadline);
    base::Status wait_for_end(const std::string& identity, std::uint64_t first,
                              base::Instant deadline);
    base::Status wait(ZeroMqSocket::Wait what, base::Instant deadline);
    [[nodiscard]] std::uint64_t number_of(std::string_view ticket) const;

    ZeroMqSocket& socket_;
    const ZeroMqOptions& options_;
    const std::string epoch_;
    const base::Clock& clock_;
    std::map<std::string, Peer> peers_;  // by ZeroMQ's identity
};

}  // namespace millbeck::sinks
