// SHA-256, as packages of code are named by.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace millbeck::base {

// The 32 bytes of the digest. Not for secrets: takes no care of timing.
// Source: FIPS 180-4, section 6.2.
std::string sha256(std::string_view bytes);

}  // namespace millbeck::base
