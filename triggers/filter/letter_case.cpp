#include "triggers/filter/letter_case.hpp"

#include <algorithm>
#include <optional>

#include "triggers/filter/letter_case_table.hpp"

namespace millbeck::triggers::filter {

namespace {

// Of a character of two or three bytes; nullopt: another, or broken.
std::optional<std::int32_t> decode(std::string_view letter) {
    const auto bits = [&](std::size_t at, unsigned mask) {
        return static_cast<std::int32_t>(static_cast<unsigned char>(letter[at]) & mask);
    };
    if (letter.size() == 2) {
        return bits(0, 0x1F) << 6 | bits(1, 0x3F);
    }
    if (letter.size() == 3) {
        return bits(0, 0x0F) << 12 | bits(1, 0x3F) << 6 | bits(2, 0x3F);
    }
    return std::nullopt;
}

std::string encode(std::int32_t point) {
    const auto byte = [](std::int32_t value) { return static_cast<char>(value); };
    if (point < 0x80) {
        return {byte(point)};
    }
    if (point < 0x800) {
        return {byte(0xC0 | point >> 6), byte(0x80 | (point & 0x3F))};
    }
    return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 0x3F)),
            byte(0x80 | (point & 0x3F))};
}

const CaseRange* find_range(std::int32_t point) {
    const auto* const found =
        std::find_if(kCaseRanges.begin(), kCaseRanges.end(), [&](const CaseRange& range) {
            return range.first <= point && point <= range.last &&
                   (point - range.first) % range.step == 0;
        });
    return found == kCaseRanges.end() ? nullptr : found;
}

const SpecialCase* find_special(std::string_view letter) {
    const auto* const found =
        std::find_if(kSpecialCases.begin(), kSpecialCases.end(),
                     [&](const SpecialCase& special) { return special.letter == letter; });
    return found == kSpecialCases.end() ? nullptr : found;
}

// The letter moved by one of the two distances of its range.
std::string moved(std::string_view letter, std::int32_t CaseRange::*distance) {
    const std::optional<std::int32_t> point = decode(letter);
    const CaseRange* const range = point ? find_range(*point) : nullptr;
    return range != nullptr ? encode(*point + range->*distance) : std::string(letter);
}

bool is_between(std::string_view letter, char first, char last) {
    return letter.size() == 1 && letter[0] >= first && letter[0] <= last;
}

}  // namespace

std::string to_lower(std::string_view letter) {
    if (is_between(letter, 'A', 'Z')) {
        return {static_cast<char>(letter[0] - 'A' + 'a')};
    }
    const SpecialCase* const special = find_special(letter);
    return special != nullptr ? std::string(special->lower) : moved(letter, &CaseRange::to_lower);
}

std::string to_upper(std::string_view letter) {
    if (is_between(letter, 'a', 'z')) {
        return {static_cast<char>(letter[0] - 'a' + 'A')};
    }
    const SpecialCase* const special = find_special(letter);
    return special != nullptr ? std::string(special->upper) : moved(letter, &CaseRange::to_upper);
}

}  // namespace millbeck::triggers::filter
