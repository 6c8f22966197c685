// What becomes of a call of type Event after an attempt. Pure.
// Source: Lambda developer guide, "Asynchronous invocation": two more attempts after a function
// error, one and two minutes later; for throttles and errors of the system the interval grows from
// one second to five minutes, up to six hours after it was accepted; with a reserved concurrency of
// zero it goes to its failure destination without a retry.
#pragma once

#include "runtime/lambda/event_store.hpp"
#include "runtime/lambda/function_record.hpp"

namespace millbeck::runtime::lambda {

enum class EventAttempt {
    Succeeded,
    Failed,   // a function error
    Refused,  // nobody took it: throttled, or cannot be started
    Barred,   // throttled, as its reserved concurrency is 0
    Gone,     // there is no such function any more
};

enum class EventFate {
    Done,
    Again,             // at event.due
    RetriesExhausted,  // the service's words for its failure destination
    AgeExceeded,
    ZeroConcurrency,
    Deleted,  // with its function
};

// Counts the attempt in `event`, and sets when the next one is due.
EventFate after_attempt(QueuedEvent& event, EventAttempt attempt, const EventInvokeConfig& config,
                        base::WallTime now);

// "RetriesExhausted" and so on: the condition of a record, and for metrics.
const char* to_string(EventFate fate);

}  // namespace millbeck::runtime::lambda
