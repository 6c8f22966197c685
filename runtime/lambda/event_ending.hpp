// How a call of type Event came to its end: the record that its destination gets, kept on disk
// until it is taken. Pure.
#pragma once

#include <string>

#include "base/result.hpp"
#include "runtime/lambda/event_retry.hpp"
#include "runtime/lambda/event_store.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::runtime::lambda {

struct EventEnding {
    std::string destination;  // an ARN; "" is the dead-letter store
    triggers::FinishedCall call;
};

// Who is told of this fate: "" is the dead-letter store for a failure, nobody for a success.
const std::string& destination_of(const EventInvokeConfig& config, EventFate fate);

// Of the attempt that was the last.
triggers::FinishedCall finished_call(const QueuedEvent& event, EventFate fate,
                                     const FunctionCallResult& answer, base::WallTime now);

// What is kept as QueuedEvent::ending, and back with what the event itself keeps. Corrupt.
std::string write_ending(const EventEnding& ending);
base::Result<EventEnding> read_ending(const QueuedEvent& event);

}  // namespace millbeck::runtime::lambda
