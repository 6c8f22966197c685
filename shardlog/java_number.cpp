#include "shardlog/java_number.hpp"

#include <cstdint>
#include <limits>

namespace millbeck::shardlog {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();

struct JavaNumber {
    std::int64_t precision = 0;  // digits but for leading zeros, at least 1
    std::int64_t exponent = 0;   // as written, or beyond 32 bits
    std::int64_t scale = 0;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Requires: it is written as a number.
JavaNumber read(std::string_view text) {
    JavaNumber number;
    bool fraction = false;
    std::size_t at = 0;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        fraction = fraction || text[at] == '.';
        if (is_digit(text[at])) {
            number.precision += number.precision > 0 || text[at] != '0' ? 1 : 0;
            number.scale += fraction ? 1 : 0;
        }
    }
    const bool negative = at + 1 < text.size() && text[at + 1] == '-';
    for (; at < text.size(); ++at) {
        if (is_digit(text[at]) && number.exponent <= kMost + 1) {
            number.exponent = number.exponent * 10 + (text[at] - '0');
        }
    }
    number.exponent = negative ? -number.exponent : number.exponent;
    number.scale -= number.exponent;
    number.precision = number.precision == 0 ? 1 : number.precision;
    return number;
}

bool fits(std::int64_t value) {
    return value >= kLeast && value <= kMost;
}

}  // namespace

NumberFault java_number_fault(std::string_view text, NumberFault fault) {
    if (fault == NumberFault::None || fault == NumberFault::NotNumeric) {
        return fault;
    }
    const JavaNumber number = read(text);
    if (!fits(number.exponent) || !fits(number.scale)) {
        return NumberFault::NotNumeric;
    }
    return number.precision - number.scale >= kMost ? NumberFault::Underflow : fault;
}

}  // namespace millbeck::shardlog
