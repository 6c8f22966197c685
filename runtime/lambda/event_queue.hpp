// Makes the calls of type Event: when they are due, as many at once as the desk has room for, and
// again as the service does; how they end is told to who is to be told.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "runtime/lambda/event_store.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/invoke_desk.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::runtime::lambda {

// Takes the record of a finished call for this ARN ("" is the dead-letter store); durable there at
// return. Errors: nothing was taken; asked again later.
using HandOver =
    std::function<base::Status(const std::string& destination, const triggers::FinishedCall&)>;

struct EventQueueContext {
    FunctionRegistry& registry;
    InvokeDesk& desk;
    EventStore& store;
    const base::Clock& clock;
    base::Metrics& metrics;
    HandOver hand_over;
};

// Invariants: a call that is given up is forgotten when its record is taken, not before; it is not
//             made again meanwhile. Each end is counted:
//             millbeck_runtime_events_total{function, outcome}.
// Threads: any. The clock must be the machine's: waits are real.
class EventQueue {
  public:
    static constexpr std::size_t kAtOnce = 32;  // attempts

    // Takes up what the store holds. All of `context` outlives the desk's last task.
    static std::shared_ptr<EventQueue> create(const EventQueueContext& context);
    virtual ~EventQueue() = default;

    // On disk when it returns; waits for that.
    virtual base::Status add(QueuedEvent event) = 0;
};

}  // namespace millbeck::runtime::lambda
