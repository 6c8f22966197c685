// Advisory locks of a sink, by name. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace millbeck::sinks {

// The number that stands for a sink's lock, or for one of its shards' ("": the sink's own).
std::int64_t lock_number(const std::string& sink, const std::string& shard);

// SELECT pg_advisory_xact_lock(...): until the transaction ends, alone.
std::string take_lock(const std::string& sink, const std::string& shard);

}  // namespace millbeck::sinks
