#include "sinks/expiry.hpp"

#include <charconv>
#include <cmath>

namespace millbeck::sinks {

namespace {

constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kFiveYears = 5LL * 365 * 24 * 3'600;
constexpr std::int64_t kLatest = 253'402'300'799;  // the last second of the year 9999

}  // namespace

std::optional<double> number_of(const Value* value) {
    double number = 0;
    if (value == nullptr || value->kind != Value::Kind::Number) {
        return std::nullopt;
    }
    const auto* end = value->text.data() + value->text.size();
    const auto [stopped, error] = std::from_chars(value->text.data(), end, number);
    return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> expiry_of(const Value* value, base::WallTime now) {
    const std::optional<double> seconds = number_of(value);
    if (!seconds || *seconds < static_cast<double>(seconds_of(now) - kFiveYears) ||
        *seconds > static_cast<double>(kLatest)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(std::floor(*seconds));
}

std::int64_t seconds_of(base::WallTime time) {
    return base::to_millis(time) / kSecond;
}

}  // namespace millbeck::sinks
