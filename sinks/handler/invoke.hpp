// Calling a function with any payload: the door of sinks/handler beside Sink::deliver(), which is
// the same with a batch.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sinks/sink.hpp"

namespace millbeck::sinks {

// Borrowed for the call. Either `batch` is set, or `payload` is what the function gets.
struct InvokeRequest {
    const Batch* batch = nullptr;
    std::string_view payload = {};         // one JSON value; at most 6 MB by the caller's care
    std::string_view request_id = {};      // a batch brings its own
    std::string_view invoked_arn = {};     // with its qualifier; "" is the function's own
    std::string_view client_context = {};  // JSON; "" is none
    std::string_view trace_id = {};        // an X-Amzn-Trace-Id; "" is one made up
    bool wants_log = false;                // fills InvokeResult::log_tail
};

// `outcome` reads as of a delivery: Delivered (the reply is what the function answered), Failed (a
// function error: the reply is Lambda's document of it; with Cancelled it was cut off by a stop),
// NotInvoked (the platform's refusal: nothing was asked).
struct InvokeResult {
    Outcome outcome;
    std::string log_tail = {};  // at most kLogTailBytesMax: START, what it wrote, END, REPORT
};

// The part of a log that Invoke returns. Source: Lambda API reference, Invoke, LogType.
inline constexpr std::size_t kLogTailBytesMax = 4u << 10;

// A sink that is a function.
// Threads: as Sink; invoke() counts as a delivery.
class Handler : public Sink {
  public:
    // Blocks as deliver() does.
    virtual InvokeResult invoke(const InvokeRequest& request, base::Instant deadline) = 0;

    // No new calls from now on (NotInvoked with Cancelled), and the processes that are not asked
    // leave, politely until `deadline`; those that are asked finish. Idempotent.
    virtual void retire(base::Instant deadline) = 0;

    // Ends the processes that nobody has asked since `last_used`.
    virtual void end_unused(base::Instant last_used) = 0;
};

}  // namespace millbeck::sinks
