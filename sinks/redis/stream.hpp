// Bytes to and from a server, never longer than a deadline, cut off by a bell.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sinks/redis/redis_options.hpp"

namespace millbeck::sinks::redis {

// Ends every wait of a sink, once and for all. Threads: any.
class StopBell {
  public:
    StopBell();
    void ring() const;
    [[nodiscard]] int descriptor() const { return bell_.get(); }

  private:
    base::UniqueFd bell_;
};

// How waits end. Borrowed clock and bell.
struct Patience {
    const base::Clock& clock;
    const StopBell& bell;
    base::Instant deadline;
};

// Waits until poll() reports `events` (POLLIN, POLLOUT). DeadlineExceeded, Cancelled.
base::Status wait_for(int descriptor, short events, const Patience& patience);

// What one try moved: bytes, or none and what to wait for.
struct Moved {
    std::size_t bytes = 0;
    short wait_for = 0;
};

// A connected byte stream that never blocks. Threads: one.
class Stream {
  public:
    virtual ~Stream() = default;
    // Io when the other side is gone.
    virtual base::Result<Moved> read(std::span<char> into) = 0;
    virtual base::Result<Moved> write(std::string_view bytes) = 0;
    [[nodiscard]] virtual int descriptor() const = 0;
};

struct Address {
    std::string host;
    std::uint16_t port = 0;
    std::string unix_socket{};  // wins

    [[nodiscard]] std::string to_string() const;
};

// Unavailable with the address when nobody listens there.
base::Result<base::UniqueFd> connect_to(const Address& address, const Patience& patience);

std::unique_ptr<Stream> plain_stream(base::UniqueFd socket);

// Certificates, read once. Threads: any, once created.
class TlsContext {
  public:
    // Invalid when a file is no good.
    static base::Result<std::unique_ptr<TlsContext>> create(const RedisOptions& options);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    // Shakes hands; the certificate must be of `host` (a name or an address). Io when it is not.
    [[nodiscard]] base::Result<std::unique_ptr<Stream>> wrap(base::UniqueFd socket,
                                                             const std::string& host,
                                                             const Patience& patience) const;

  private:
    struct Impl;
    explicit TlsContext(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace millbeck::sinks::redis
