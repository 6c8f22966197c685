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

class PositionKeeper;
class CopyReader;

enum class Event : std::uint8_t { Insert, Modify, Remove };
std::string_view to_string(Event event);  // "INSERT", "MODIFY", "REMOVE"

// A record as a sink sees it. Views live as long as the batch.
struct Message {
    // Its sequence number: digits, unique and increasing in its shard, and as an integer (never as
    // text) newer than that of an older change of the same key in any shard. Of a row: the position
    // that it was read at, the same for many.
    std::string_view id;
    std::string_view key;     // canonical JSON of the key attributes: order holds per key
    std::string_view record;  // the record as a Lambda event carries it, one JSON object, one line
    // ---- parts of the record, so that nobody has to parse it for them
    // Canonical DynamoDB JSON, `{"id":{"S":"a"},"n":{"N":"1"}}`. "" where the record has none: a
    // REMOVE has no new one; the old one depends on the stream's view.
    std::string_view new_image{};
    std::string_view old_image{};
    std::int64_t milliseconds = 0;  // when the change was made, since 1970
    Event event = Event::Insert;
    bool is_expiry = false;  // time to live removed it
};

enum class Content : std::uint8_t {
    Changes,
    // Rows that a table holds already, each as an INSERT of its present item; sent before the first
    // change, again from where they were after a crash, each key once. They fail together.
    Rows,
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
    Content content = Content::Changes;
    // ---- for sinks that keep a copy; "" for functions
    std::string table{};       // its name
    std::string generation{};  // see position_keeper.hpp
    // Where the shard stands when this batch is durable; opaque, at most 64 KB. A position keeper
    // stores it with the data.
    std::string position{};
};

// What became of a batch.
struct Outcome {
    enum class Kind {
        Delivered,     // every message is durable at the target
        PartlyFailed,  // `failed` were not taken; the others are durable
        Failed,        // nothing may be assumed; `error` says why
        NotInvoked,    // the target was never asked (throttled, starting, missing): no attempt used
        PositionLost,  // nothing was written: the target does not hold this generation any more
    };
    Kind kind = Kind::Delivered;
    std::vector<std::string> failed;  // message ids, for PartlyFailed, as the target reported them
    base::Error error;                // for Failed and NotInvoked
    std::string reply;                // what a handler answered; at most 6 MB
    // The target asked to be left alone for so long (Retry-After); 0: it did not.
    base::Milliseconds retry_after{0};
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

    // Does what is due without a batch (a file is old enough to be complete). Its owner calls it
    // about once a second, beside deliver(). What fails is tried again, and shows in a delivery.
    virtual void tend([[maybe_unused]] base::Instant deadline) {}

    // Its other doors, if it has them; as old as the sink.
    virtual PositionKeeper* position_keeper() { return nullptr; }
    virtual CopyReader* copy_reader() { return nullptr; }
};

}  // namespace millbeck::sinks
