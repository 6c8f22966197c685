// Base64 as the service reads it: standard alphabet, padded, nothing else between. Such text is
// canonical: two of them are equal exactly if their bytes are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::shardlog {

// Decoded length in bytes. Errors: Malformed with the service's message.
base::Result<std::size_t> check_base64(std::string_view text);

// <0, 0, >0 by the decoded bytes, unsigned, a prefix first. Requires: both pass check_base64.
int compare_base64(std::string_view a, std::string_view b);

// Requires: text passes check_base64.
void append_base64_decoded(std::string& out, std::string_view text);
void append_base64(std::string& out, std::string_view bytes);

// The URL alphabet (`-`, `_`), without padding.
void append_base64url(std::string& out, std::string_view bytes);
// False, and `out` unchanged: not base64url, or bits are set that no byte owns.
bool append_base64url_decoded(std::string& out, std::string_view text);

}  // namespace millbeck::shardlog
