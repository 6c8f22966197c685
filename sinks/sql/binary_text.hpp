// Bytes as base64, as DynamoDB's JSON has them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::sinks::sql {

// Standard alphabet, padded.
std::string encode_base64(std::string_view bytes);

}  // namespace millbeck::sinks::sql
