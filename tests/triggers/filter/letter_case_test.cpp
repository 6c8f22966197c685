#include "triggers/filter/letter_case.hpp"

#include <string_view>

#include <gtest/gtest.h>

#include "triggers/filter/letter_case_table.hpp"

namespace millbeck::triggers::filter {
namespace {

struct Row {
    std::string_view letter, lower, upper;
};

// If it fails, names outside of ASCII match by their spelling only.
TEST(LetterCase, FollowsUnicode) {
    constexpr Row kRows[] = {
        {"a", "a", "A"},          {"Z", "z", "Z"},    {"1", "1", "1"}, {"é", "é", "É"},
        {"Ñ", "ñ", "Ñ"},          {"ÿ", "ÿ", "Ÿ"},    {"µ", "µ", "Μ"}, {"ß", "ß", "SS"},
        {"ı", "ı", "I"},          {"İ", "i̇", "İ"},    {"ſ", "ſ", "S"}, {"K", "k", "K"},
        {"Ж", "ж", "Ж"},          {"ё", "ё", "Ё"},    {"σ", "σ", "Σ"}, {"ς", "ς", "Σ"},
        {"ǅ", "ǆ", "Ǆ"},          {"ﬁ", "ﬁ", "FI"},   {"ⱥ", "ⱥ", "Ⱥ"}, {"ა", "ა", "Ა"},
        {"ẞ", "ß", "ẞ"},          {"漢", "漢", "漢"}, {"𐐨", "𐐨", "𐐨"}, {"€", "€", "€"},
        {"\xff", "\xff", "\xff"},
    };
    for (const Row& row : kRows) {
        EXPECT_EQ(to_lower(row.letter), row.lower) << row.letter;
        EXPECT_EQ(to_upper(row.letter), row.upper) << row.letter;
    }
}

// FoldedText takes the first form that fits: one must not be the beginning or the end of the other.
TEST(LetterCase, HasNoFormWithinTheOther) {
    for (const SpecialCase& special : kSpecialCases) {
        if (special.lower != special.upper) {
            EXPECT_FALSE(special.upper.starts_with(special.lower)) << special.letter;
            EXPECT_FALSE(special.upper.ends_with(special.lower)) << special.letter;
            EXPECT_FALSE(special.lower.starts_with(special.upper)) << special.letter;
            EXPECT_FALSE(special.lower.ends_with(special.upper)) << special.letter;
        }
    }
}

}  // namespace
}  // namespace millbeck::triggers::filter
