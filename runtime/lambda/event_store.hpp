// Calls of type Event that are still to be made, or to be made again: on disk before the caller is
// answered.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/result.hpp"

namespace millbeck::runtime::lambda {

struct QueuedEvent {
    std::int64_t number = 0;  // given by the store
    std::string function;     // its name
    std::string qualifier;    // as it was called; "" for none
    std::string request_id;   // the same for every attempt
    std::string payload;
    std::string client_context;
    std::string trace_id;
    std::uint32_t failures = 0;  // attempts that ended in a function error
    std::uint32_t refusals = 0;  // times nobody took it, in a row
    base::WallTime accepted{};
    base::WallTime due{};
    // Set once the call has come to its end: what is still to be told, and to whom. It is not
    // called any more; only its destination has not taken the record yet.
    std::string ending{};
};

struct EventStoreOptions {
    // Of payloads and endings that wait; then calls are refused.
    std::uint64_t bytes_max = 256U << 20U;
};

// Threads: any (one lock; a call is one small transaction, synced to disk).
// Errors:  LimitExceeded (full), NoSpace, Io, Corrupt.
class EventStore {
  public:
    static base::Result<std::unique_ptr<EventStore>> open(const base::Path& file,
                                                          EventStoreOptions options);
    virtual ~EventStore() = default;

    // Its number is the return value.
    virtual base::Result<std::int64_t> add(const QueuedEvent& event) = 0;
    // The first `limit` that are due at `now` and whose number is not in `busy`, by time.
    [[nodiscard]] virtual base::Result<std::vector<QueuedEvent>> due(
        base::WallTime now, const std::vector<std::int64_t>& busy, std::size_t limit) = 0;
    // The earliest time above `now`; nullopt when nothing waits for one.
    [[nodiscard]] virtual base::Result<std::optional<base::WallTime>> next_due(
        base::WallTime now) = 0;
    // Failures, refusals and due time of `event` are kept.
    virtual base::Status postpone(const QueuedEvent& event) = 0;
    // Its ending is kept. Requires: it had none.
    virtual base::Status end(const QueuedEvent& event) = 0;
    virtual base::Status remove(std::int64_t number) = 0;
};

}  // namespace millbeck::runtime::lambda
