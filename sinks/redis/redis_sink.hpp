// Items of a table as keys of a Redis or Valkey server, with the exactly-once effect: data and
// position of a batch are one transaction.
//
// A batch is one round trip: WATCH, a guard in Lua, MULTI, the rows, the position, EXEC. The guard
// looks whether the server still holds this generation and whether the batch may be older than what
// is there; then EXEC writes nothing. Possibly older batches are written key by key, only where the
// stored version is older, in a transaction that watches those keys. So neither a late writer nor a
// repeated batch ever puts older data over newer, and data that is gone (FLUSHALL, a restart
// without persistence) is noticed by the next batch: PositionLost. Keys: README.md of this folder.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "sinks/redis/redis_options.hpp"
#include "sinks/sink.hpp"
#include "sinks/sink_context.hpp"

namespace millbeck::sinks {

// Promises: Delivered means that EXEC has answered; how durable that is, is up to the server's
//           persistence, which loses data and position together.
// Doors:    position_keeper() and copy_reader(), both always.
// Errors:   Invalid, when an option or a template is no good. The server is not asked: one that is
//           down makes deliver() answer NotInvoked with Unavailable. Names are resolved with the
//           system's own time-outs.
base::Result<std::unique_ptr<Sink>> open_redis(RedisOptions options, const SinkContext& context);

}  // namespace millbeck::sinks
