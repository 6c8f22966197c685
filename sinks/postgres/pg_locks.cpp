#include "sinks/postgres/pg_locks.hpp"

#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "base/sha256.hpp"

namespace millbeck::sinks {

std::int64_t lock_number(const std::string& sink, const std::string& shard) {
    // No sink's name holds a slash.
    const std::string digest = base::sha256(fmt::format("millbeck/{}/{}", sink, shard));
    std::int64_t number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    return number;
}

std::string take_lock(const std::string& sink, const std::string& shard) {
    return fmt::format("SELECT pg_advisory_xact_lock({})", lock_number(sink, shard));
}

}  // namespace millbeck::sinks
