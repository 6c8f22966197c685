// The names of the log's files: `<first position, 20 digits>.seg`, its index `.idx`, spares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

inline constexpr std::string_view kSegmentSuffix = ".seg";
inline constexpr std::string_view kIndexSuffix = ".idx";
// What base::write_atomically leaves of an index file when it is cut short.
inline constexpr std::string_view kUnfinishedIndexSuffix = ".idx.tmp";
inline constexpr std::string_view kSpareSuffix = ".spare";     // whole, waits to become a segment
inline constexpr std::string_view kUnfinishedSuffix = ".new";  // removed at the next open
inline constexpr std::string_view kShardsDatabase = "shards.db";

// "00000000000000000042" + suffix.
std::string numbered_name(std::uint64_t number, std::string_view suffix);

// The number of a name that numbered_name() made with this suffix. Absent: another name.
std::optional<std::uint64_t> parse_numbered_name(std::string_view name, std::string_view suffix);

inline base::Path segment_path(const base::Path& folder, SequenceNumber first) {
    return folder / numbered_name(first.position(), kSegmentSuffix);
}
inline base::Path index_path(const base::Path& folder, SequenceNumber first) {
    return folder / numbered_name(first.position(), kIndexSuffix);
}

}  // namespace millbeck::shardlog
