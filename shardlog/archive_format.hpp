// The fixed parts of an archive file, for the two sources that write and read it. See
// archive_file.hpp. Includes xxhash: for .cpp files only.
#pragma once

#include <cstddef>
#include <cstdint>

#include <xxhash.h>

namespace millbeck::shardlog {

inline constexpr std::uint64_t kArchiveMagic = 0x435241'2d4b424d4dull;  // "MMBK-ARC"
inline constexpr std::uint16_t kArchiveVersion = 1;
inline constexpr std::uint16_t kArchiveSmall = 1;  // flag: Compression::Small

struct ArchiveFileHeader {
    std::uint64_t magic = kArchiveMagic;
    std::uint16_t version = kArchiveVersion;
    std::uint16_t flags = 0;
    std::uint32_t blocks = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::int64_t newest_time_ms = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t dictionary_bytes = 0;
    std::uint64_t blocks_bytes = 0;
    std::uint64_t index_bytes = 0;
    std::uint64_t table_checksum = 0;
    std::uint64_t header_checksum = 0;
};
static_assert(sizeof(ArchiveFileHeader) == 88);

struct ArchiveBlock {
    std::uint64_t begin = 0;   // in the segment
    std::uint64_t offset = 0;  // behind the dictionary
    std::uint32_t bytes = 0;
    std::uint32_t raw_bytes = 0;
};
static_assert(sizeof(ArchiveBlock) == 24);

inline std::uint64_t header_checksum(const ArchiveFileHeader& header) {
    return XXH3_64bits(&header, sizeof(header) - sizeof(header.header_checksum));
}

inline std::size_t padding_behind(std::size_t bytes) {
    return (8 - bytes % 8) % 8;
}

}  // namespace millbeck::shardlog
