// Notices what idle handler processes do: write to stderr, end.
#pragma once

#include <memory>
#include <stop_token>

#include "base/result.hpp"

namespace millbeck::sinks {

// Something with a file that becomes readable.
class PumpTarget {
  public:
    virtual ~PumpTarget() = default;
    [[nodiscard]] virtual int fd() const = 0;
    // Called by the pump's thread, must not wait. False: watch it no longer.
    virtual bool on_readable() = 0;
};

// One for all handlers of a node. Rooms own no threads: the node gives it one, as
//     std::jthread thread([&](std::stop_token stop) { pump->run(stop); });
// Without work it sleeps; it costs no wake-ups.
// Threads: any; run() by one.
class OutputPump {
  public:
    // Io when the system gives no epoll or eventfd.
    static base::Result<std::unique_ptr<OutputPump>> create();
    virtual ~OutputPump() = default;

    // Watches until `stop` is requested.
    virtual void run(std::stop_token stop) = 0;

    // From now on calls `target` when its file is readable. The file stays open until remove(), or
    // until on_readable() said false. One target a file.
    virtual void add(std::shared_ptr<PumpTarget> target) = 0;
    // A call that runs already may still end after this returned: it holds the target, not its
    // file.
    virtual void remove(const PumpTarget& target) = 0;
};

}  // namespace millbeck::sinks
