#include "shardlog/number.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace millbeck::shardlog {
namespace {

constexpr int kDigitsMax = 38;
constexpr std::int64_t kExponentMax = 125;
constexpr std::int64_t kExponentMin = -130;
// Written exponents saturate here: far outside what is accepted, far inside what can be added up.
constexpr std::int64_t kExponentClamp = 1'000'000'000'000;
// The service reads an exponent as a signed 64-bit integer, and what does not fit as no number.
constexpr std::string_view kExponentMost = "9223372036854775807";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A number taken apart: 0.d1d2d3... with `exponent` the power of ten of d1.
struct Decimal {
    bool negative = false;
    std::array<char, kDigitsMax> digits{};  // significant ones, first and last not zero
    std::int64_t count = 0;                 // may exceed kDigitsMax: then digits are not all kept
    std::int64_t exponent = 0;
};

// Collects digits and drops the zeros that carry no significance.
class DigitReader {
  public:
    explicit DigitReader(Decimal& decimal) : decimal_(decimal) {}

    // Reads digits with at most one point; returns where it stopped.
    std::size_t read(std::string_view text, std::size_t at) {
        for (; at < text.size(); ++at) {
            if (text[at] == '.' && !point_) {
                point_ = true;
            } else if (is_digit(text[at])) {
                any_ = true;
                scale_ += point_ ? 1 : 0;
                add(text[at]);
            } else {
                break;
            }
        }
        return at;
    }

    [[nodiscard]] bool any() const { return any_; }

    // Zero keeps the exponent it was written with: the service holds that to the range as well.
    void finish(std::int64_t written_exponent) {
        const std::int64_t digits = decimal_.count > 0 ? decimal_.count - 1 + zeros_ : 0;
        decimal_.exponent = digits + written_exponent - scale_;
    }

  private:
    void add(char digit) {
        if (digit == '0') {
            zeros_ += decimal_.count > 0 ? 1 : 0;
            return;
        }
        for (; zeros_ > 0; --zeros_) {
            store('0');
        }
        store(digit);
    }

    void store(char digit) {
        if (decimal_.count < kDigitsMax) {
            decimal_.digits.at(static_cast<std::size_t>(decimal_.count)) = digit;
        }
        ++decimal_.count;
    }

    Decimal& decimal_;
    bool point_ = false;
    bool any_ = false;
    std::int64_t zeros_ = 0;  // after the last significant digit so far
    std::int64_t scale_ = 0;  // digits after the point
};

bool fits_exponent(std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return digits.size() < kExponentMost.size() ||
           (digits.size() == kExponentMost.size() && digits <= kExponentMost);
}

// `e`, optional sign, digits to the end of the text. False: not an exponent.
bool read_exponent(std::string_view text, std::size_t at, std::int64_t& exponent) {
    exponent = 0;
    if (at == text.size()) {
        return true;
    }
    if (text[at] != 'e' && text[at] != 'E') {
        return false;
    }
    ++at;
    const bool negative = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
        ++at;
    }
    if (at == text.size() || !fits_exponent(text.substr(at))) {
        return false;
    }
    for (; at < text.size(); ++at) {
        if (!is_digit(text[at])) {
            return false;
        }
        exponent = std::min(exponent * 10 + (text[at] - '0'), kExponentClamp);
    }
    exponent = negative ? -exponent : exponent;
    return true;
}

bool read_decimal(std::string_view text, Decimal& decimal) {
    std::size_t at = 0;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        decimal.negative = text[0] == '-';
        at = 1;
    }
    DigitReader reader(decimal);
    at = reader.read(text, at);
    std::int64_t exponent = 0;
    if (!reader.any() || !read_exponent(text, at, exponent)) {
        return false;
    }
    reader.finish(exponent);
    return true;
}

NumberFault check_range(const Decimal& decimal) {
    if (decimal.exponent > kExponentMax) {
        return NumberFault::Overflow;
    }
    if (decimal.exponent < kExponentMin) {
        return NumberFault::Underflow;
    }
    return decimal.count > kDigitsMax ? NumberFault::TooManyDigits : NumberFault::None;
}

char* put_zeros(char* out, std::int64_t count) {
    std::memset(out, '0', static_cast<std::size_t>(count));
    return out + count;
}

char* put_digits(char* out, const Decimal& decimal, std::int64_t from, std::int64_t to) {
    std::memcpy(out, decimal.digits.data() + from, static_cast<std::size_t>(to - from));
    return out + (to - from);
}

std::size_t write_plain(char* const out, const Decimal& decimal) {
    if (decimal.count == 0) {
        *out = '0';
        return 1;
    }
    char* end = out;
    if (decimal.negative) {
        *end++ = '-';
    }
    const std::int64_t integer_digits = decimal.exponent + 1;
    if (integer_digits <= 0) {
        *end++ = '0';
        *end++ = '.';
        end = put_zeros(end, -integer_digits);
        end = put_digits(end, decimal, 0, decimal.count);
    } else if (integer_digits >= decimal.count) {
        end = put_digits(end, decimal, 0, decimal.count);
        end = put_zeros(end, integer_digits - decimal.count);
    } else {
        end = put_digits(end, decimal, 0, integer_digits);
        *end++ = '.';
        end = put_digits(end, decimal, integer_digits, decimal.count);
    }
    return static_cast<std::size_t>(end - out);
}

// Most numbers in the world: an integer that is canonical already.
bool is_plain_integer(std::string_view text) {
    const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
    if (text.size() <= sign || text.size() - sign > kDigitsMax) {
        return false;
    }
    if (text[sign] == '0') {
        return text.size() == 1;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign), text.end(), is_digit);
}

}  // namespace

std::size_t write_canonical_number(char* out, std::string_view text, NumberFault& fault) {
    fault = NumberFault::None;
    if (is_plain_integer(text)) {
        std::memcpy(out, text.data(), text.size());
        return text.size();
    }
    Decimal decimal;
    if (!read_decimal(text, decimal)) {
        fault = NumberFault::NotNumeric;
        return 0;
    }
    fault = check_range(decimal);
    return fault == NumberFault::None ? write_plain(out, decimal) : 0;
}

std::string number_fault_message(NumberFault fault, std::string_view text, Wording wording) {
    switch (fault) {
        case NumberFault::Overflow:
            return "Number overflow. Attempting to store a number with magnitude larger than "
                   "supported range";
        case NumberFault::Underflow:
            return "Number underflow. Attempting to store a number with magnitude smaller than "
                   "supported range";
        case NumberFault::TooManyDigits:
            return "Attempting to store more than 38 significant digits in a Number";
        case NumberFault::None:
        case NumberFault::NotNumeric:
            break;
    }
    std::string message = "The parameter cannot be converted to a numeric value";
    if (!text.empty() || wording == Wording::Newer) {
        message.append(": ").append(text);
    }
    return message;
}

base::Status append_canonical_number(std::string& out, std::string_view text) {
    std::array<char, kNumberTextBytesMax> canonical{};
    NumberFault fault = NumberFault::None;
    const std::size_t size = write_canonical_number(canonical.data(), text, fault);
    if (fault != NumberFault::None) {
        return base::fail(base::Code::Invalid, number_fault_message(fault, text));
    }
    out.append(canonical.data(), size);
    return {};
}

}  // namespace millbeck::shardlog
