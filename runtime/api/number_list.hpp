// `{"numbers":[1,2]}`: what a call of the command line is about.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::runtime {

inline constexpr std::size_t kNumbersMax = 1'000;  // in one request

// `of`: "dead letters", for the sentence. Invalid: no such list, or a longer one.
base::Result<std::vector<std::int64_t>> parse_numbers(std::string_view body, std::string_view of);

}  // namespace millbeck::runtime
