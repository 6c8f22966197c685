// Sums of DynamoDB's numbers: exact, never through a double.
#pragma once

#include <cstddef>
#include <string_view>

#include "shardlog/number.hpp"

namespace millbeck::shardlog {

// Writes the canonical text of a + b or a - b into a buffer of at least kNumberTextBytesMax bytes
// and returns how many bytes it wrote. Requires: both canonical.
// With a fault nothing is written and 0 returned: Overflow, also for a sum that needs more than 38
// digits (the service says the same of both); Underflow when what is left is below 1E-130.
std::size_t add_numbers(char* out, std::string_view a, std::string_view b, NumberFault& fault);
std::size_t subtract_numbers(char* out, std::string_view a, std::string_view b, NumberFault& fault);

}  // namespace millbeck::shardlog
