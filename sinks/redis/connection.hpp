// One connection to a Redis server: commands out, as many replies back.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/redis/command_buffer.hpp"
#include "sinks/redis/redis_options.hpp"
#include "sinks/redis/reply.hpp"
#include "sinks/redis/stream.hpp"

namespace millbeck::sinks::redis {

// Threads: one at a time.
class Connection {
  public:
    // Connects, signs in, chooses the database. Unavailable: nobody listens, or the server is still
    // loading. Io: it refuses us. `tls` may be null.
    static base::Result<std::unique_ptr<Connection>> open(const Address& address,
                                                          const RedisOptions& options,
                                                          const TlsContext* tls,
                                                          const Patience& patience);

    // One reply for each command, errors of single commands among them. A failure leaves the
    // connection unusable: of what was sent, nothing may be assumed.
    base::Result<std::vector<Reply>> exchange(const CommandBuffer& commands,
                                              const Patience& patience);

  private:
    explicit Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

    base::Status sign_in(const RedisOptions& options, const Patience& patience);
    base::Result<short> send(std::string_view& left);
    base::Result<short> receive(std::vector<Reply>& replies, std::size_t wanted);

    std::unique_ptr<Stream> stream_;
    ReplyReader reader_;
    std::array<char, std::size_t{64} * 1024> buffer_{};
};

// An error a server answered, as one of ours: Unavailable where it did not look at what was asked.
base::Error error_of(const Reply& reply);

}  // namespace millbeck::sinks::redis
