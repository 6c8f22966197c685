// Shards for people.
#pragma once

#include <string>
#include <string_view>

namespace millbeck::runtime::cli {

// Columns, a line each, of an answer to `GET shards`.
std::string shards_text(std::string_view answer);

}  // namespace millbeck::runtime::cli
