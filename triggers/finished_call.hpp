// A call of type Event that came to its end (AWS: the record of an asynchronous invocation), and
// where such records go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"
#include "triggers/failed_batch.hpp"

namespace millbeck::triggers {

// Owned by itself.
struct FinishedCall {
    // What the function answered last.
    struct Response {
        std::string version{};  // that was called
        bool failed = false;
        std::string payload{};  // one JSON value
    };

    std::string function;     // its name
    std::string qualifier{};  // as it was called; "" for none
    std::string request_id;
    std::string condition;               // the service's word: "Success", "RetriesExhausted", ...
    std::uint32_t invoke_count = 0;      // how often the function was asked
    std::string payload;                 // one JSON value
    std::optional<Response> response{};  // none: the last attempt did not reach the function
    std::string error{};                 // of the last attempt, for people; "" when there was none
    base::WallTime ended_at{};
};

// The document that a destination gets, byte for byte the service's.
// Source: Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations"; recorded
// documents.
std::string call_document(const FinishedCall& call, const shardlog::Identity& identity);

// Takes records of calls. What it took is durable there at return.
// Threads: any. Errors: nothing was taken; whoever asks does so again later.
class CallDestination {
  public:
    virtual ~CallDestination() = default;
    virtual base::Status take(const FinishedCall& call) = 0;
};

// Takes batches and calls alike.
class Destination : public FailureDestination, public CallDestination {
  public:
    using CallDestination::take;
    using FailureDestination::take;
};

}  // namespace millbeck::triggers
