// Proof that who wrote a text knows a secret.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::base {

// The 32 bytes of HMAC-SHA256. Source: RFC 2104; test vectors: RFC 4231.
std::string hmac_sha256(std::string_view key, std::string_view text);

// Two lower-case hexadecimal characters for each byte.
std::string to_hex(std::string_view bytes);

}  // namespace millbeck::base
