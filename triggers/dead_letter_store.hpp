// Batches that triggers gave up, and calls of type Event, whole: the on-failure destination that is
// always there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"
#include "triggers/finished_call.hpp"

namespace millbeck::triggers {

// A batch or a call as it is kept; a call has no trigger, stream, shard, sequences and records.
// Numbers go up and are never used again.
struct DeadLetter {
    std::int64_t number = 0;
    std::string trigger;   // its name; "" of a call
    std::string function;  // its name; of a call with its qualifier, if it had one
    std::string stream_arn;
    std::string shard_id;
    std::string request_id;
    std::string first_sequence;  // "" of the last call of a window, which has no records
    std::string last_sequence;
    std::uint32_t records = 0;
    std::uint32_t invoke_count = 0;
    std::string condition;  // the service's word
    std::string error;      // of the last attempt; "" when there was none
    base::WallTime failed_at{};
    std::uint64_t event_bytes = 0;
    std::string event;  // as the function was given it; "" in a list
    // What the function wrote to stderr around the last failure, in lines; "" in a list, and of
    // what has no stderr.
    std::string output{};
};

struct DeadLetterQuery {
    std::string trigger{};      // "" is any
    std::int64_t above = 0;     // numbers above this: how to go on
    std::uint32_t limit = 100;  // 1..1000
};

struct DeadLetterOptions {
    // Of events kept, with what functions wrote. When they are full nothing more is taken, and the
    // triggers concerned wait: what failed is not thrown away to make room.
    std::uint64_t bytes_max = 1u << 30;
};

// The last lines that a function (`name` or `name:qualifier`) wrote to stderr; asked when something
// is given up. Threads: any.
using OutputOf = std::function<std::string(std::string_view function)>;

// Threads: any (one lock; a call is one small transaction, synced to disk).
// Errors:  LimitExceeded (full: says what to do), NoSpace, Io, Corrupt.
class DeadLetterStore : public Destination {
  public:
    // Without `output_of` nothing is known of what functions wrote.
    static base::Result<std::unique_ptr<DeadLetterStore>> open(const base::Path& file,
                                                               DeadLetterOptions options,
                                                               OutputOf output_of = {});

    // In the order in which they were taken, without their events.
    [[nodiscard]] virtual base::Result<std::vector<DeadLetter>> list(
        const DeadLetterQuery& query) = 0;

    // Whole. nullopt: there is none of this number.
    [[nodiscard]] virtual base::Result<std::optional<DeadLetter>> find(std::int64_t number) = 0;

    // It was tried once more and failed: one attempt more, this error, what its function wrote, at
    // this time. False: there is none of this number.
    virtual base::Result<bool> failed_again(std::int64_t number, const std::string& error,
                                            base::WallTime at) = 0;

    // False: there was none of this number.
    virtual base::Result<bool> remove(std::int64_t number) = 0;
};

}  // namespace millbeck::triggers
