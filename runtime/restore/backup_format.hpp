// The fixed parts of a backup's file, for the two sources that write and read it. See
// backup_file.hpp. Little-endian machines only, as shardlog.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <xxhash.h>

namespace millbeck::runtime::backup_format {

static_assert(std::endian::native == std::endian::little, "files are read without conversion");

inline constexpr std::uint64_t kMagic = 0x5350'554B'4341'424DULL;  // "MBACKUPS"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kBlockBytes = 1U << 20U;      // of rows, uncompressed, at least
inline constexpr std::size_t kBlockBytesMax = 64U << 20U;  // what a reader takes for a block
inline constexpr std::size_t kIndexBytesMax = 1U << 30U;   // and for the index

struct Header {
    std::uint64_t magic = kMagic;
    std::uint32_t version = kVersion;
    std::uint32_t zero = 0;
};

struct BlockHeader {
    std::uint32_t bytes = 0;
    std::uint32_t raw_bytes = 0;
    std::uint64_t checksum = 0;
};

struct RowHeader {
    std::uint32_t key_bytes = 0;
    std::uint32_t keys_bytes = 0;
    std::uint32_t item_bytes = 0;
    std::uint32_t keys_size = 0;
    std::uint32_t item_size = 0;
};

struct Trailer {
    std::uint64_t index_offset = 0;
    std::uint64_t rows = 0;
    std::uint64_t as_of = 0;
    std::uint64_t zero = 0;
    std::uint64_t checksum = 0;
    std::uint64_t magic = kMagic;
};

template <typename T>
void append(std::string& out, const T& value) {
    std::array<char, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof(T));
    out.append(bytes.data(), bytes.size());
}

// Requires: at least sizeof(T) bytes.
template <typename T>
T get(std::string_view bytes) {
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

inline std::uint64_t checksum_of(std::uint32_t raw_bytes, std::string_view packed) {
    const std::uint64_t lengths =
        (std::uint64_t{raw_bytes} << 32U) | static_cast<std::uint32_t>(packed.size());
    return XXH3_64bits_withSeed(packed.data(), packed.size(), lengths);
}

inline std::uint64_t checksum_of(const Trailer& trailer) {
    return XXH3_64bits(&trailer, offsetof(Trailer, checksum));
}

}  // namespace millbeck::runtime::backup_format
