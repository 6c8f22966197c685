// The names of the log's files: `<first position, 20 digits>.seg`, its indexes `.idx` and `.past`,
// spares.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::shardlog {

inline constexpr std::string_view kSegmentSuffix = ".seg";
inline constexpr std::string_view kIndexSuffix = ".idx";
inline constexpr std::string_view kPastSuffix = ".past";  // the other index of a segment
// What base::write_atomically leaves of an index file when it is cut short.
inline constexpr std::string_view kUnfinishedIndexSuffix = ".idx.tmp";
inline constexpr std::string_view kUnfinishedPastSuffix = ".past.tmp";
inline constexpr std::string_view kArchiveFolder = "archive";
inline constexpr std::string_view kArchiveSuffix =
    ".arc";  // a segment there, by its first position
inline constexpr std::string_view kUnfinishedArchiveSuffix = ".arc.tmp";
inline constexpr std::string_view kSpareSuffix = ".spare";     // whole, waits to become a segment
inline constexpr std::string_view kUnfinishedSuffix = ".new";  // removed at the next open
inline constexpr std::string_view kShardsDatabase = "shards.db";

// "00000000000000000042" + suffix.
std::string numbered_name(std::uint64_t number, std::string_view suffix);

// The number of a name that numbered_name() made with this suffix. Absent: another name.
std::optional<std::uint64_t> parse_numbered_name(std::string_view name, std::string_view suffix);

// The positions of all names in a folder with this suffix, increasing. Errors: Io, NotFound.
base::Result<std::vector<SequenceNumber>> list_numbered(base::FileSystem& files,
                                                        const base::Path& folder,
                                                        std::string_view suffix);

inline base::Path segment_path(const base::Path& folder, SequenceNumber first) {
    return folder / numbered_name(first.position(), kSegmentSuffix);
}
inline base::Path index_path(const base::Path& folder, SequenceNumber first) {
    return folder / numbered_name(first.position(), kIndexSuffix);
}

inline base::Path past_path(const base::Path& folder, SequenceNumber first) {
    return folder / numbered_name(first.position(), kPastSuffix);
}

}  // namespace millbeck::shardlog
