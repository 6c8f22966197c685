// The JSON of a pattern as a tree; of two members with one name it keeps the last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millbeck::triggers::filter {

// Levels of objects and arrays in a pattern: items nest 32 maps, and each is two of them.
inline constexpr std::size_t kPatternDepthMax = 100;

struct PatternTree {
    enum class Kind : std::uint8_t { Null, True, False, Number, Text, List, Map };

    Kind kind = Kind::Null;
    std::string text = {};                                          // of a Text, unescaped
    double number = 0;                                              // of a Number
    std::vector<PatternTree> items = {};                            // of a List
    std::vector<std::pair<std::string, PatternTree>> members = {};  // of a Map
};

// Invalid: not JSON, a number that no double holds, or deeper than kPatternDepthMax; one sentence.
base::Result<PatternTree> parse_tree(std::string_view json);

}  // namespace millbeck::triggers::filter
