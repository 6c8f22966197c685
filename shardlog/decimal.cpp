#include "shardlog/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace millbeck::shardlog {
namespace {

constexpr int kDigitsMax = 38;
// Numbers whose digits lie further apart than this have a sum that is too long, whatever they are.
constexpr int kWindow = kDigitsMax + 2;
// Integers of so many characters, and their sums, fit into 64 bits.
constexpr std::size_t kSmallBytesMax = 18;

// A number taken apart; digits from power `last` to power `first`.
struct Parts {
    bool negative = false;
    std::string_view integer;
    std::string_view fraction;
    int first = 0;
    int last = 0;

    [[nodiscard]] int digit(int power) const {
        if (power > first || power < last) {
            return 0;
        }
        const std::string_view digits = power >= 0 ? integer : fraction;
        const int at = power >= 0 ? static_cast<int>(integer.size()) - 1 - power : -1 - power;
        return digits[static_cast<std::size_t>(at)] - '0';
    }
};

// Requires: not zero.
Parts take_apart(std::string_view canonical) {
    Parts parts;
    parts.negative = canonical[0] == '-';
    canonical.remove_prefix(parts.negative ? 1 : 0);
    const std::size_t point = std::min(canonical.find('.'), canonical.size());
    parts.integer = canonical.substr(0, point);
    parts.fraction = canonical.substr(std::min(point + 1, canonical.size()));
    const auto integer_digits = static_cast<int>(parts.integer.size());
    parts.first = parts.integer[0] != '0'
                      ? integer_digits - 1
                      : -1 - static_cast<int>(parts.fraction.find_first_not_of('0'));
    parts.last = !parts.fraction.empty()
                     ? -static_cast<int>(parts.fraction.size())
                     : integer_digits - 1 - static_cast<int>(parts.integer.find_last_not_of('0'));
    return parts;
}

std::optional<std::int64_t> small_integer(std::string_view canonical) {
    std::int64_t value = 0;
    if (canonical.size() > kSmallBytesMax) {
        return std::nullopt;
    }
    const char* const end = canonical.data() + canonical.size();
    const auto read = std::from_chars(canonical.data(), end, value);
    return read.ptr == end ? std::optional(value) : std::nullopt;
}

// Digits of the sum, the one of the lowest power first.
struct Digits {
    std::array<int, kWindow + 2> digits{};
    int lowest = 0;  // power of digits[0]
    int count = 0;
};

// Adds with the signs of both, digit by digit; leaves a total that is not negative.
Digits add_parts(const Parts& a, const Parts& b, bool& negative) {
    Digits sum;
    sum.lowest = std::min(a.last, b.last);
    sum.count = std::max(a.first, b.first) - sum.lowest + 2;
    int carry = 0;
    const int sign_a = a.negative ? -1 : 1;
    const int sign_b = b.negative ? -1 : 1;
    const auto run = [&](int factor) {
        carry = 0;
        for (int i = 0; i < sum.count; ++i) {
            const int power = sum.lowest + i;
            const int total = factor * (sign_a * a.digit(power) + sign_b * b.digit(power)) + carry;
            const int digit = ((total % 10) + 10) % 10;
            carry = (total - digit) / 10;
            sum.digits.at(static_cast<std::size_t>(i)) = digit;
        }
    };
    run(1);
    negative = carry < 0;
    if (negative) {
        run(-1);
    }
    return sum;
}

std::size_t write_sum(char* out, const Digits& sum, bool negative, NumberFault& fault) {
    int high = sum.count - 1;
    while (high >= 0 && sum.digits.at(static_cast<std::size_t>(high)) == 0) {
        --high;
    }
    if (high < 0) {
        *out = '0';
        return 1;
    }
    int low = 0;
    while (sum.digits.at(static_cast<std::size_t>(low)) == 0) {
        ++low;
    }
    if (high - low + 1 > kDigitsMax) {
        fault = NumberFault::Overflow;
        return 0;
    }
    // Digits and an exponent, for the one writer there is.
    std::array<char, kDigitsMax + 16> text{};
    char* end = text.data();
    if (negative) {
        *end++ = '-';
    }
    for (int i = high; i >= low; --i) {
        *end++ = static_cast<char>('0' + sum.digits.at(static_cast<std::size_t>(i)));
    }
    *end++ = 'e';
    end = std::to_chars(end, text.data() + text.size(), sum.lowest + low).ptr;
    const std::string_view written(text.data(), static_cast<std::size_t>(end - text.data()));
    return write_canonical_number(out, written, fault);
}

std::size_t copy_number(char* out, std::string_view number, bool negate) {
    char* end = out;
    if (negate && number != "0") {
        if (number[0] == '-') {
            number.remove_prefix(1);
        } else {
            *end++ = '-';
        }
    }
    end = std::copy(number.begin(), number.end(), end);
    return static_cast<std::size_t>(end - out);
}

std::size_t combine(char* out, std::string_view a, std::string_view b, bool subtract,
                    NumberFault& fault) {
    fault = NumberFault::None;
    const std::optional<std::int64_t> small_a = small_integer(a);
    const std::optional<std::int64_t> small_b = small_integer(b);
    if (small_a && small_b) {
        const std::int64_t sum = subtract ? *small_a - *small_b : *small_a + *small_b;
        return static_cast<std::size_t>(std::to_chars(out, out + kNumberTextBytesMax, sum).ptr -
                                        out);
    }
    if (b == "0") {
        return copy_number(out, a, false);
    }
    if (a == "0") {
        return copy_number(out, b, subtract);
    }
    const Parts parts_a = take_apart(a);
    Parts parts_b = take_apart(b);
    parts_b.negative = parts_b.negative != subtract;
    const int span = std::max(parts_a.first, parts_b.first) - std::min(parts_a.last, parts_b.last);
    if (span >= kWindow) {
        fault = NumberFault::Overflow;
        return 0;
    }
    bool negative = false;
    const Digits sum = add_parts(parts_a, parts_b, negative);
    return write_sum(out, sum, negative, fault);
}

}  // namespace

std::size_t add_numbers(char* out, std::string_view a, std::string_view b, NumberFault& fault) {
    return combine(out, a, b, false, fault);
}

std::size_t subtract_numbers(char* out, std::string_view a, std::string_view b,
                             NumberFault& fault) {
    return combine(out, a, b, true, fault);
}

}  // namespace millbeck::shardlog
