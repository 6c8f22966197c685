// Checksums and gzip of message bodies (libdeflate inside: its CRC-32 runs at memory speed, which
// a page of stream records needs).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::runtime {

// CRC-32 as in gzip, of the whole body: the x-amz-crc32 header.
std::uint32_t body_crc32(std::string_view body);

// The content of one gzip member. Errors: Corrupt (not gzip, damaged, bytes left over),
// LimitExceeded (more than `bytes_max` inside).
base::Result<std::string> gunzip(std::string_view gzip, std::size_t bytes_max);

}  // namespace millbeck::runtime
