// A whole Millbeck in one object: opens the rooms from the back of the house to the front door,
// runs their threads, and closes them from the front door to the back.
//   data folder (lock) - log - tables - checkpoints - functions - triggers - API
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/config/config.hpp"
#include "runtime/scheduler/delivery_note.hpp"
#include "sinks/handler/handler.hpp"

namespace millbeck::runtime {

// Who wants to see what happens; each may be empty and is called on the node's threads.
struct NodeHooks {
    sinks::StderrLine on_stderr = {};  // without it lines go to the log
    DeliveryObserver on_delivery = {};
    // The committer has failed: nothing is answered any more, what is on disk is unknown, and only
    // a new start may decide. Called once; without it the process ends with exit code 3.
    std::function<void(const base::Error&)> on_fatal = {};
};

// Invariants: nothing is half started: open() gives a node that serves, or an error and no thread.
// Threads:    open(), stop() and the destructor by one thread.
class Node {
  public:
    // Serves when it returns. Errors, each one sentence for a person:
    //   Invalid  what is configured contradicts itself or what the data folder holds
    //   InUse    another process holds the folder or the port
    //   NoSpace, Io, Corrupt  as the folder gives them
    static base::Result<std::unique_ptr<Node>> open(const Config& config, NodeHooks hooks);
    virtual ~Node() = default;

    // `http://127.0.0.1:8000`, with the port that was taken.
    [[nodiscard]] virtual std::string endpoint() const = 0;

    // Refuses requests, answers those it has, commits what waits, lets deliveries in flight end and
    // checkpoint, stops handlers: within the configured stop_deadline, then without mercy.
    // Idempotent; the destructor calls it.
    virtual void stop() = 0;
};

}  // namespace millbeck::runtime
