// Durations and sizes as people write them: 500ms, 10s, 5m, 24h, 7d; 512B, 64KB, 16MB, 1GB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millbeck::runtime {

// A whole number and a unit, nothing between them; 0 needs no unit. Invalid: anything else.
base::Result<base::Milliseconds> parse_duration(std::string_view text);

// The shortest exact form: 90s, 24h, 1500ms, 0s.
std::string format_duration(base::Milliseconds duration);

// Units are powers of 1024: 1KB = 1024 bytes. A number without a unit counts bytes.
base::Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// Digits only. Invalid: anything else, or above what 64 bits hold.
base::Result<std::uint64_t> parse_count(std::string_view text);

}  // namespace millbeck::runtime
