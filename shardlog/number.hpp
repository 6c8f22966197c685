// DynamoDB's number: up to 38 significant digits, magnitude 1E-130 to 9.99...E+125, exact.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::shardlog {

// Appends the canonical text (plain decimal, no exponent, no redundant zeros) of `text`.
// Errors: Invalid with the service's message (not a number, overflow, underflow, too many digits).
base::Status append_canonical_number(std::string& out, std::string_view text);

// Bytes the service counts for a canonical number: ceil(significant digits / 2) + 1, one more when
// negative; see the room's README for the alignment rule.
std::uint32_t number_size_bytes(std::string_view canonical);

// Appends bytes whose unsigned order is the numbers' order; equal numbers give equal bytes.
// Requires: canonical. Self-delimiting: no encoding is a prefix of another.
void append_sortable_number(std::string& out, std::string_view canonical);

// <0, 0, >0 by value. Requires: both canonical.
int compare_numbers(std::string_view a, std::string_view b);

}  // namespace millbeck::shardlog
