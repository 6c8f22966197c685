// Where one process of a function fetches its events: a loopback port of its own, served by the
// thread that delivers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "sinks/handler/call.hpp"
#include "sinks/handler/handler_process.hpp"
#include "sinks/handler/runtime_api.hpp"
#include "sinks/sink.hpp"

struct pollfd;

namespace millbeck::sinks {

class RuntimeConnection;

// An event for a function. Borrows the call.
struct Invocation {
    const Call& call;
    base::WallTime deadline;
};

enum class ServeEnd {
    Reached,   // what was waited for has come
    Exited,    // the process has ended first
    TimedOut,  // the deadline came first
};

// Between two calls nobody serves the port: what the process asks then waits in its socket, which
// is all an idle process does. A new process gets a new port, so that nothing a dead one left
// behind can fetch an event.
// Threads: one at a time.
class RuntimeServer {
  public:
    // Io when the system gives no port. All outlive it.
    static base::Result<std::unique_ptr<RuntimeServer>> open(const HandlerOptions& options,
                                                             const base::Clock& clock,
                                                             base::Random& random);
    RuntimeServer(const RuntimeServer&) = delete;
    RuntimeServer& operator=(const RuntimeServer&) = delete;
    ~RuntimeServer();

    // "127.0.0.1:41234", as AWS_LAMBDA_RUNTIME_API has it.
    [[nodiscard]] std::string address() const;

    // Serves until the process asks for its first event, or says that it cannot start.
    ServeEnd start(HandlerProcess& process, base::Instant deadline);

    // Gives the process the event and serves until it has answered: api().verdict().
    ServeEnd invoke(HandlerProcess& process, const Invocation& invocation, base::Instant deadline);

    RuntimeApi& api() { return api_; }

  private:
    RuntimeServer(base::UniqueFd listener, std::uint16_t port, const HandlerOptions& options,
                  const base::Clock& clock, base::Random& random);

    template <typename Reached>
    ServeEnd serve(HandlerProcess& process, base::Instant deadline, Reached reached);
    void wait(HandlerProcess& process, int timeout_ms);
    void read_all();
    void accept_all();
    void give_event();
    void bury_dead();

    base::UniqueFd listener_;
    const std::uint16_t port_;
    const HandlerOptions& options_;
    const base::Clock& clock_;
    base::Random& random_;
    RuntimeApi api_;
    std::vector<std::unique_ptr<RuntimeConnection>> connections_;
    std::vector<pollfd> files_;
    std::vector<char> buffer_;
    const Invocation* invocation_ = nullptr;  // in hand
    std::string head_;                        // of its event
    bool exited_ = false;
};

}  // namespace millbeck::sinks
