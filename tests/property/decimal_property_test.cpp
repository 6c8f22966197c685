// Sums of random numbers against sums done by hand, digit under digit.
// If this fails, a counter loses or gains something on some pair of numbers.
#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "shardlog/decimal.hpp"
#include "tests/support/reference_number.hpp"
#include "tests/support/seed.hpp"

namespace millbeck::shardlog {
namespace {

constexpr std::size_t kFractionDigits = 170;

struct Signed {
    bool negative = false;
    std::string digits;  // in units of 1E-170, no zeros in front; "" is zero
};

std::string without_zeros(const std::string& digits) {
    const std::size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? "" : digits.substr(first);
}

Signed scaled(std::string canonical) {
    Signed number;
    number.negative = canonical[0] == '-';
    canonical.erase(0, number.negative ? 1 : 0);
    const std::size_t point = std::min(canonical.find('.'), canonical.size());
    std::string fraction = point < canonical.size() ? canonical.substr(point + 1) : "";
    fraction.resize(kFractionDigits, '0');
    number.digits = without_zeros(canonical.substr(0, point) + fraction);
    return number;
}

bool smaller(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string sum_of(std::string a, std::string b) {
    const std::size_t width = std::max(a.size(), b.size()) + 1;
    a.insert(0, width - a.size(), '0');
    b.insert(0, width - b.size(), '0');
    int carry = 0;
    for (std::size_t i = width; i-- > 0;) {
        const int total = (a[i] - '0') + (b[i] - '0') + carry;
        a[i] = static_cast<char>('0' + total % 10);
        carry = total / 10;
    }
    return without_zeros(a);
}

// Requires: b not larger.
std::string difference_of(std::string a, std::string b) {
    b.insert(0, a.size() - b.size(), '0');
    int borrow = 0;
    for (std::size_t i = a.size(); i-- > 0;) {
        const int total = (a[i] - '0') - (b[i] - '0') - borrow;
        borrow = total < 0 ? 1 : 0;
        a[i] = static_cast<char>('0' + total + borrow * 10);
    }
    return without_zeros(a);
}

Signed added(const Signed& a, const Signed& b) {
    if (a.negative == b.negative) {
        return {a.negative, sum_of(a.digits, b.digits)};
    }
    return smaller(a.digits, b.digits) ? Signed{b.negative, difference_of(b.digits, a.digits)}
                                       : Signed{a.negative, difference_of(a.digits, b.digits)};
}

// Canonical text, or what is wrong with it.
std::string written(const Signed& number) {
    if (number.digits.empty()) {
        return "0";
    }
    const std::string significant =
        number.digits.substr(0, number.digits.find_last_not_of('0') + 1);
    const int point_at = static_cast<int>(number.digits.size()) - static_cast<int>(kFractionDigits);
    if (significant.size() > 38 || point_at > 126) {
        return "overflow";
    }
    if (point_at < -129) {
        return "underflow";
    }
    return (number.negative ? "-" : "") + tests::with_point(significant, point_at);
}

std::string combined(bool subtract, const std::string& a, const std::string& b) {
    std::array<char, kNumberTextBytesMax> out{};
    NumberFault fault = NumberFault::None;
    const std::size_t size = (subtract ? subtract_numbers : add_numbers)(out.data(), a, b, fault);
    if (fault != NumberFault::None) {
        return fault == NumberFault::Overflow ? "overflow" : "underflow";
    }
    return {out.data(), size};
}

TEST(DecimalProperty, SumsAreThoseDoneByHand) {
    const std::uint64_t seed = tests::test_seed(20'250'304);
    std::mt19937_64 random(seed);
    tests::NumberGenerator numbers(random);
    int exact = 0;
    for (int round = 0; round < 50'000; ++round) {
        const std::string a = numbers.next().canonical;
        const std::string b = numbers.next().canonical;
        SCOPED_TRACE("MB_SEED=" + std::to_string(seed) + " " + a + " and " + b);
        Signed other = scaled(b);
        const std::string sum = written(added(scaled(a), other));
        other.negative = !other.negative;
        const std::string difference = written(added(scaled(a), other));
        ASSERT_EQ(combined(false, a, b), sum);
        ASSERT_EQ(combined(true, a, b), difference);
        // What was added comes off again, when both steps fit.
        if (sum != "overflow" && sum != "underflow") {
            ++exact;
            ASSERT_EQ(combined(true, sum, b), a);
        }
    }
    EXPECT_GT(exact, 5'000);
}

}  // namespace
}  // namespace millbeck::shardlog
