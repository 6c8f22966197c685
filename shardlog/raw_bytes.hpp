// Bytes of index files as they stand in memory. Little-endian machines only, as all of this room.
#pragma once

#include <string>
#include <type_traits>

namespace millbeck::shardlog {

template <typename T>
void append_raw(std::string& out, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace millbeck::shardlog
