// Hands over what idle handler processes write to stderr, as they write it.
#pragma once

#include <memory>
#include <stop_token>

#include "base/result.hpp"

namespace millbeck::sinks {

class StderrReader;

// One for all handlers of a node. Rooms own no threads: the node gives it one, as
//     std::jthread thread([&](std::stop_token stop) { pump->run(stop); });
// Without work it sleeps; it costs no wake-ups.
// Threads: any; run() by one.
class OutputPump {
  public:
    // Io when the system gives no epoll or eventfd.
    static base::Result<std::unique_ptr<OutputPump>> create();
    virtual ~OutputPump() = default;

    // Reads until `stop` is requested.
    virtual void run(std::stop_token stop) = 0;

    // From now on reads `reader` whenever its file has something, until its end or remove().
    virtual void add(std::shared_ptr<StderrReader> reader) = 0;
    virtual void remove(const StderrReader& reader) = 0;
};

}  // namespace millbeck::sinks
