// The service checks values in two layers that say the same rules in different words; which layer
// serves a call is a property of the call.
#pragma once

#include <cstdint>

namespace millbeck::shardlog {

// Newer: PutItem, UpdateItem, DeleteItem, GetItem, BatchGetItem, Query, Scan. Older: all others.
enum class Wording : std::uint8_t { Older, Newer };

}  // namespace millbeck::shardlog
