// Base64 as it stands in headers. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millbeck::sinks {

// Standard alphabet, padding may be missing; nullopt when `text` is something else.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace millbeck::sinks
