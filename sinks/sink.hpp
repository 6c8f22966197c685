// The contract of everything that takes records: deliver a batch, say what became of it. Sinks
// report; triggers decide what to do next.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/strong_type.hpp"

namespace millbeck::sinks {

// A record as a sink sees it. Views live as long as the batch.
struct Message {
    std::string_view id;      // its sequence number, unique and increasing in its shard
    std::string_view key;     // canonical JSON of the key attributes: order holds per key
    std::string_view record;  // the record as a Lambda event carries it, one JSON object, one line
};

// One shard's records in order. Immutable; owns what the views point to. One without messages and
// members is never sent.
struct Batch {
    std::string request_id;  // the same for every retry of the same batch
    std::string trigger;     // its name, for logs
    std::string shard_id;
    std::vector<Message> messages;
    std::shared_ptr<const void> memory;
    std::size_t payload_bytes = 0;  // sum of record sizes
    // JSON members that follow `Records` in an event, `"a":1,"b":{}`; "" for none. With members
    // there may be no messages: the call is about something else than records.
    std::string members{};
};

// What became of a batch.
struct Outcome {
    enum class Kind {
        Delivered,     // every message is durable at the target
        PartlyFailed,  // `failed` were not taken; the others are durable
        Failed,        // nothing may be assumed; `error` says why
        NotInvoked,    // the target was never asked (throttled, starting, missing): no attempt used
    };
    Kind kind = Kind::Delivered;
    std::vector<std::string> failed;  // message ids, for PartlyFailed, as the target reported them
    base::Error error;                // for Failed and NotInvoked
    std::string reply;                // what a handler answered; at most 6 MB
};

// Invariants: Delivered means durable at the target; a sink never reorders messages of one key.
// Threads:    deliver() by as many threads as concurrency() says, each with its own batch.
// Errors:     in the Outcome, never thrown.
class Sink {
  public:
    virtual ~Sink() = default;

    // Blocks until the batch is delivered or has failed, at most until `deadline` (then Failed with
    // DeadlineExceeded). A batch without messages and members is not sent.
    virtual Outcome deliver(const Batch& batch, base::Instant deadline) = 0;

    // How many deliver() calls may run at once. 1..1000.
    [[nodiscard]] virtual unsigned concurrency() const = 0;

    // Ends what runs: finishes deliveries in flight until `deadline`, then cuts them off. Later
    // deliver() calls answer NotInvoked with Cancelled. Idempotent.
    virtual void stop(base::Instant deadline) = 0;
};

}  // namespace millbeck::sinks
