// Invoke and InvokeAsync.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "runtime/lambda/event_queue.hpp"
#include "runtime/lambda/function_registry.hpp"
#include "runtime/lambda/route_table.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime::lambda {

// Source: Lambda quotas (6 MB synchronous, 1 MB asynchronous since 2025).
inline constexpr std::size_t kInvokeBytesMax = 6'291'456;
inline constexpr std::size_t kEventBytesMax = 1'048'576;

struct InvokeContext {
    FunctionRegistry& registry;
    const base::Clock& clock;  // the machine's
    base::FileSystem& files;
    base::Metrics& metrics;
    shardlog::Identity identity = {};
    base::Path data;  // function-events.db lies there, from the first call of type Event on
    base::Random& random;
    HandOver hand_over;  // of calls of type Event that came to their end
};

// Owns the threads that calls run on, and the queue of calls of type Event.
// Lifetime: the functions of the registry are stopped before it goes, so that calls come to an end.
class InvokeCalls {
  public:
    static std::unique_ptr<InvokeCalls> create(const InvokeContext& context);
    virtual ~InvokeCalls() = default;

    // Takes up the calls of type Event that were left. Errors: those of their store, if there is
    // one from before.
    virtual base::Status start() = 0;

    // A call of type Event that nobody sent over HTTP; on disk when it returns. Errors: those of
    // the store of events. Threads: any.
    virtual base::Status call_later(const FunctionReference& function, std::string payload) = 0;

    virtual void add_to(RouteTable& table) = 0;
};

}  // namespace millbeck::runtime::lambda
