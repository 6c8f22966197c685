// One ZeroMQ socket of ours: opened again when that failed, waited for until a deadline or a stop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sinks/zeromq/zeromq_options.hpp"

namespace millbeck::sinks {

using Frames = std::vector<std::string_view>;

// Threads: one at a time; interrupt() any.
class ZeroMqSocket {
  public:
    // `secret_key`: "" for no encryption.
    static std::unique_ptr<ZeroMqSocket> make(const ZeroMqOptions& options, std::string secret_key,
                                              const base::Clock& clock);
    virtual ~ZeroMqSocket() = default;

    // Idempotent. Errors: Unavailable (the address is taken), Invalid (it is none).
    virtual base::Status open() = 0;

    enum class Sent { Yes, Full, Gone };
    // Never blocks. Gone: PUSH, that peer is not connected. Requires: open.
    virtual base::Result<Sent> send(const Frames& frames) = 0;

    // The next message that has come; nullopt: none.
    virtual std::optional<std::vector<std::string>> receive() = 0;

    enum class Wait { ForMessage, ForRoomToo };
    // Errors: DeadlineExceeded, Cancelled (interrupt()).
    virtual base::Status wait(Wait what, base::Instant deadline) = 0;

    // Ends the wait that runs, and all later ones.
    virtual void interrupt() = 0;
};

}  // namespace millbeck::sinks
