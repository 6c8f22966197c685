// DynamoDB's number: up to 38 significant digits, magnitude 1E-130 to 9.99...E+125, exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "shardlog/wording.hpp"

namespace millbeck::shardlog {

// Longest canonical text: sign, `0.`, 129 zeros and 38 digits, rounded up.
inline constexpr std::size_t kNumberTextBytesMax = 176;

// Appends the canonical text (plain decimal, no exponent, no redundant zeros) of `text`.
// Errors: Invalid with the service's message (not a number, overflow, underflow, too many digits).
base::Status append_canonical_number(std::string& out, std::string_view text);

enum class NumberFault : std::uint8_t { None, NotNumeric, Overflow, Underflow, TooManyDigits };

// The same into a buffer of at least kNumberTextBytesMax bytes, without an allocation; returns how
// many bytes it wrote, 0 with a fault.
std::size_t write_canonical_number(char* out, std::string_view text, NumberFault& fault);

// The service's message for a fault in `text`. Requires: a fault.
std::string number_fault_message(NumberFault fault, std::string_view text,
                                 Wording wording = Wording::Older);

// Bytes the service counts for a canonical number: ceil(significant digits / 2) + 1, one more when
// negative; see the room's README for the alignment rule.
std::uint32_t number_size_bytes(std::string_view canonical);

// Appends bytes whose unsigned order is the numbers' order; equal numbers give equal bytes.
// Requires: canonical. Self-delimiting: no encoding is a prefix of another.
void append_sortable_number(std::string& out, std::string_view canonical);

// <0, 0, >0 by value. Requires: both canonical.
int compare_numbers(std::string_view a, std::string_view b);

}  // namespace millbeck::shardlog
