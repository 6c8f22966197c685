#include "triggers/filter/unescape.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace millbeck::triggers::filter {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

void append_utf8(std::string& out, std::uint32_t point) {
    const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        push(point);
    } else if (point < 0x800) {
        push(0xC0 | point >> 6);
        push(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        push(0xE0 | point >> 12);
        push(0x80 | (point >> 6 & 0x3F));
        push(0x80 | (point & 0x3F));
    } else {
        push(0xF0 | point >> 18);
        push(0x80 | (point >> 12 & 0x3F));
        push(0x80 | (point >> 6 & 0x3F));
        push(0x80 | (point & 0x3F));
    }
}

// Of `\uXXXX` at the front.
std::uint32_t unit_of(std::string_view text) {
    std::uint32_t unit = 0;
    std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
    return unit;
}

bool is_high(std::uint32_t unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low(std::uint32_t unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

// `text` begins with `\u`. Returns how many characters were read.
std::size_t append_unit(std::string& out, std::string_view text) {
    const std::uint32_t unit = unit_of(text);
    if (is_high(unit) && text.size() >= 12 && text.substr(6, 2) == "\\u" &&
        is_low(unit_of(text.substr(6)))) {
        append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (unit_of(text.substr(6)) - 0xDC00));
        return 12;
    }
    append_utf8(out, is_high(unit) || is_low(unit) ? kReplacement : unit);
    return 6;
}

}  // namespace

void append_unescaped(std::string& out, std::string_view escaped) {
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    while (true) {
        const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
        out.append(escaped.substr(0, plain));
        escaped.remove_prefix(plain);
        if (escaped.empty()) {
            return;
        }
        const char letter = escaped[1];
        if (letter == 'u') {
            escaped.remove_prefix(append_unit(out, escaped));
            continue;
        }
        const std::size_t known = kLetters.find(letter);
        out.push_back(known == std::string_view::npos ? letter : kMeanings[known]);
        escaped.remove_prefix(2);
    }
}

}  // namespace millbeck::triggers::filter
