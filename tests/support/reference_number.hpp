// Decimal numbers the slow and obvious way, to judge the fast ones by: text with its point moved,
// order by padded text.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace millbeck::tests {

struct SpelledNumber {
    std::string spelled;    // as a careless client may write it
    std::string canonical;  // as the service answers
};

// `digits` with the point before or inside or after them: point_at digits stand left of it.
inline std::string with_point(const std::string& digits, int point_at) {
    const int count = static_cast<int>(digits.size());
    if (point_at <= 0) {
        return "0." + std::string(static_cast<std::size_t>(-point_at), '0') + digits;
    }
    if (point_at >= count) {
        return digits + std::string(static_cast<std::size_t>(point_at - count), '0');
    }
    const auto at = static_cast<std::size_t>(point_at);
    return digits.substr(0, at) + "." + digits.substr(at);
}

// Sign, then the magnitude in fixed width; of a negative number every digit is taken from nine.
// Text order is number order.
inline std::string reference_order(std::string_view canonical) {
    const bool negative = canonical[0] == '-';
    canonical.remove_prefix(negative ? 1 : 0);
    const std::size_t point = std::min(canonical.find('.'), canonical.size());
    const std::string integer(canonical.substr(0, point));
    std::string fraction(point < canonical.size() ? canonical.substr(point + 1) : "");
    fraction.resize(180, '0');
    std::string text = std::string(130 - integer.size(), '0') + integer + fraction;
    if (negative) {
        for (char& c : text) {
            c = static_cast<char>('9' - c + '0');
        }
    }
    return (negative ? "0" : "1") + text;
}

// Pairs of digits aligned at the point, those of zeros at both ends left out, plus one, plus one
// when negative.
inline std::uint32_t reference_number_size(std::string_view canonical) {
    if (canonical == "0") {
        return 1;
    }
    const bool negative = canonical[0] == '-';
    canonical.remove_prefix(negative ? 1 : 0);
    const std::size_t point = std::min(canonical.find('.'), canonical.size());
    std::string integer(canonical.substr(0, point));
    std::string fraction(point < canonical.size() ? canonical.substr(point + 1) : "");
    integer.insert(0, integer.size() % 2, '0');
    fraction.append(fraction.size() % 2, '0');
    std::string pairs = integer + fraction;
    while (pairs.starts_with("00")) {
        pairs.erase(0, 2);
    }
    while (pairs.ends_with("00")) {
        pairs.resize(pairs.size() - 2);
    }
    return static_cast<std::uint32_t>(pairs.size() / 2 + 1 + (negative ? 1 : 0));
}

class NumberGenerator {
  public:
    explicit NumberGenerator(std::mt19937_64& random) : random_(random) {}

    SpelledNumber next() {
        if (up_to(19) == 0) {
            static constexpr std::array<std::string_view, 6> kZeros{"0",   "-0", "+0.00",
                                                                    "0e5", ".0", "000"};
            return {std::string(kZeros[static_cast<std::size_t>(up_to(5))]), "0"};
        }
        const std::string digits = random_digits();
        const int exponent = up_to(3) == 0 ? up_to(255) - 130 : up_to(8) - 4;  // of the first digit
        const std::string sign = up_to(2) == 0 ? "-" : "";
        return {spell(sign, digits, exponent), sign + with_point(digits, exponent + 1)};
    }

  private:
    int up_to(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }

    // 1..38 digits, neither the first nor the last of them zero.
    std::string random_digits() {
        const int count = up_to(2) == 0 ? 1 + up_to(37) : 1 + up_to(4);
        std::string digits;
        for (int i = 0; i < count; ++i) {
            digits.push_back(static_cast<char>('0' + up_to(9)));
        }
        digits.front() = static_cast<char>('1' + up_to(8));
        digits.back() = static_cast<char>('1' + up_to(8));
        return digits;
    }

    std::string spell(const std::string& sign, const std::string& digits, int exponent) {
        const int written = up_to(1) == 0 ? 0 : up_to(280) - 140;
        std::string text = with_point(digits, exponent + 1 - written);
        if (up_to(3) == 0 && text.starts_with("0.")) {
            text.erase(0, 1);
        }
        if (up_to(3) == 0) {
            text.insert(0, static_cast<std::size_t>(up_to(3)), '0');
        }
        if (up_to(3) == 0) {
            text += text.find('.') == std::string::npos ? ".00" : "000";
        }
        if (written != 0) {
            text += up_to(1) == 0 ? "e" : "E";
            text += written > 0 && up_to(1) == 0 ? "+" : "";
            text += std::to_string(written);
        }
        return (sign.empty() && up_to(3) == 0 ? "+" : sign) + text;
    }

    std::mt19937_64& random_;
};

}  // namespace millbeck::tests
