// What follows a delivery that did not succeed: how long to wait, what to send again, what to give
// up. Pure functions of state and time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "shardlog/ids.hpp"
#include "sinks/sink.hpp"
#include "triggers/trigger_spec.hpp"

namespace millbeck::triggers {

// Of the batch in hand; a new batch starts with zeros.
struct RetryState {
    std::uint32_t failures = 0;  // attempts that were made and failed
    std::uint32_t refusals = 0;  // in a row, in which the target was never asked

    friend bool operator==(const RetryState&, const RetryState&) = default;
};

// What becomes of a batch that was not delivered.
struct Ruling {
    enum class Kind {
        Rest,    // the records before `accepted` are durable; those from it on are a new batch
        Halves,  // each half is a new batch
        Again,   // the same batch
        GiveUp,  // it failed as often as the trigger allows
    };
    Kind kind = Kind::Again;
    std::size_t accepted = 0;
    bool is_reported = false;  // by a reply that names records, not by a function that failed
};

// Of `batch` (under `spec`) after an outcome, with the failures that includes. Requires: not
// Delivered. A reply that names records of the batch says where the trouble is: such a batch is not
// halved. A refusal changes nothing.
Ruling rule_on(const TriggerSpec& spec, const sinks::Batch& batch, const sinks::Outcome& outcome,
               const RetryState& after);

// The state after an outcome. Requires: not Delivered. A refusal uses no attempt.
RetryState after_outcome(RetryState state, sinks::Outcome::Kind kind);

// How long to wait before the batch is sent again: refusals and failures wait alike, each by its
// own count. Requires: at least one of the two.
base::Milliseconds retry_wait(const base::BackoffOptions& options, const RetryState& state);

// A record of the batch in hand, as far as retrying needs it.
struct RecordMark {
    shardlog::SequenceNumber sequence;
    base::WallTime time{};
    std::uint64_t hash = 0;  // of its partition key
};

// How many records at the front are at least `retention` old at `now`: a stream keeps records no
// longer, so their delivery is given up. Only a prefix, so that order holds.
std::size_t expired_prefix(std::span<const RecordMark> records, base::Milliseconds retention,
                           base::WallTime now);

// How many records at the front a partial failure leaves acknowledged: those below the lowest
// failed id, since what follows it must come after it again. nullopt when an id is not one of the
// batch, or there is none: then nothing may be assumed. Source: Lambda Developer Guide, "Reporting
// batch item failures": retried from the lowest failed sequence number on.
std::optional<std::size_t> delivered_prefix(const sinks::Batch& batch,
                                            const sinks::Outcome& outcome);

}  // namespace millbeck::triggers
