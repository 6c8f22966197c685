// Canonical numbers by value: their size, their order, their order as bytes.
#include "shardlog/number.hpp"

namespace millbeck::shardlog {
namespace {

// The power of ten of the smallest number: exponents are stored as their distance from it.
constexpr int kSmallestPower = -130;

// A canonical number seen as magnitude: `12`, `34` of `-12.34`.
struct Magnitude {
    std::string_view integer;
    std::string_view fraction;
};

Magnitude magnitude_of(std::string_view canonical) {
    canonical.remove_prefix(canonical[0] == '-' ? 1 : 0);
    const std::size_t point = canonical.find('.');
    if (point == std::string_view::npos) {
        return {canonical, {}};
    }
    return {canonical.substr(0, point), canonical.substr(point + 1)};
}

int sign_of(std::string_view canonical) {
    if (canonical[0] == '-') {
        return -1;
    }
    return canonical == "0" ? 0 : 1;
}

int compare_magnitudes(const Magnitude& a, const Magnitude& b) {
    if (a.integer.size() != b.integer.size()) {
        return a.integer.size() < b.integer.size() ? -1 : 1;
    }
    const int integers = a.integer.compare(b.integer);
    return integers != 0 ? integers : a.fraction.compare(b.fraction);
}

// Powers of ten of the first and the last significant digit. Requires: not zero.
struct Span {
    int first = 0;
    int last = 0;
};

Span significant_span(const Magnitude& magnitude) {
    const auto integer_digits = static_cast<int>(magnitude.integer.size());
    Span span;
    if (magnitude.integer[0] != '0') {
        span.first = integer_digits - 1;
    } else {
        span.first = -1 - static_cast<int>(magnitude.fraction.find_first_not_of('0'));
    }
    if (!magnitude.fraction.empty()) {
        span.last = -static_cast<int>(magnitude.fraction.size());
    } else {
        span.last = integer_digits - 1 - static_cast<int>(magnitude.integer.find_last_not_of('0'));
    }
    return span;
}

}  // namespace

std::uint32_t number_size_bytes(std::string_view canonical) {
    const int sign = sign_of(canonical);
    if (sign == 0) {
        return 1;
    }
    // Digits are stored in pairs aligned at the decimal point. An arithmetic shift is floor(x / 2).
    const Span span = significant_span(magnitude_of(canonical));
    const int pairs = (span.first >> 1) - (span.last >> 1) + 1;
    return static_cast<std::uint32_t>(pairs + 1 + (sign < 0 ? 1 : 0));
}

// Class byte (1 negative, 2 zero, 3 positive), then for a positive number: exponent + 130 in one
// byte, pairs of digits + 1, and 0 as the end. A negative number has all bytes after its class
// inverted, so larger magnitudes come first.
void append_sortable_number(std::string& out, std::string_view canonical) {
    const int sign = sign_of(canonical);
    out.push_back(static_cast<char>(sign + 2));
    if (sign == 0) {
        return;
    }
    const Magnitude magnitude = magnitude_of(canonical);
    const Span span = significant_span(magnitude);
    const auto integer_digits = static_cast<int>(magnitude.integer.size());
    const auto digit_at = [&](int power) {
        if (power < span.last) {
            return 0;
        }
        const int index = integer_digits - 1 - power;
        return index < integer_digits
                   ? magnitude.integer[static_cast<std::size_t>(index)] - '0'
                   : magnitude.fraction[static_cast<std::size_t>(index - integer_digits)] - '0';
    };
    const int flip = sign < 0 ? 0xFF : 0;
    const auto put = [&](int byte) { out.push_back(static_cast<char>(byte ^ flip)); };
    put(span.first - kSmallestPower);
    for (int power = span.first; power >= span.last; power -= 2) {
        put(digit_at(power) * 10 + digit_at(power - 1) + 1);
    }
    put(0);
}

int compare_numbers(std::string_view a, std::string_view b) {
    const int sign_a = sign_of(a);
    const int sign_b = sign_of(b);
    if (sign_a != sign_b) {
        return sign_a < sign_b ? -1 : 1;
    }
    return sign_a * compare_magnitudes(magnitude_of(a), magnitude_of(b));
}

}  // namespace millbeck::shardlog
