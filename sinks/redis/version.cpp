#include "sinks/redis/version.hpp"

#include <algorithm>

namespace millbeck::sinks::redis {

namespace {

constexpr std::size_t kLengthDigits = 2;
constexpr std::size_t kTen = 10;

}  // namespace

std::string version_of(std::string_view sequence) {
    const auto begin = std::min(sequence.find_first_not_of('0'), sequence.size());
    const std::string_view digits = sequence.substr(begin);
    std::string text;
    text.reserve(kLengthDigits + digits.size());
    text += static_cast<char>('0' + digits.size() / kTen % kTen);
    text += static_cast<char>('0' + digits.size() % kTen);
    text += digits;
    return text;
}

std::string write_mark(const Mark& mark) {
    std::string text(mark.version);
    if (!mark.is_tombstone()) {
        text.append(" ").append(mark.sink).append(" ").append(mark.key);
    }
    return text;
}

Mark read_mark(std::string_view text) {
    const std::size_t first = text.find(' ');
    const std::string_view version = text.substr(0, first);
    const bool is_version =
        version.size() >= kLengthDigits &&
        std::all_of(version.begin(), version.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_version) {
        return {};
    }
    if (first == std::string_view::npos) {
        return {.version = version};
    }
    const std::size_t second = text.find(' ', first + 1);
    if (second == std::string_view::npos) {
        return {};
    }
    return {.version = version,
            .sink = text.substr(first + 1, second - first - 1),
            .key = text.substr(second + 1)};
}

}  // namespace millbeck::sinks::redis
