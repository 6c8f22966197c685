// Text with `*` for any run of characters, also none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace millbeck::triggers::filter {

// What one wildcard may cost. EventBridge counts how many beginnings of the wildcard some text
// could have matched at the same time, and refuses too many; its limit is not published. This is
// that count for the one refusal on record, `*:*:*:*:*:event-bus/*`, less one.
inline constexpr std::size_t kWildcardComplexityMax = 6;

class Wildcard {
  public:
    // `\*` is the character, and `\\` a backslash. Invalid: `**`, another escape, too complex; one
    // sentence.
    static base::Result<Wildcard> parse(std::string_view text);

    [[nodiscard]] bool matches(std::string_view text) const;

    // Each `*` is one beginning that stays possible for ever; added to them are as many beginnings
    // of the pieces after one as can end at the same character.
    [[nodiscard]] std::size_t complexity() const;

  private:
    explicit Wildcard(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

    std::vector<std::string> pieces_;  // between the `*`, so one more than there are of those
};

}  // namespace millbeck::triggers::filter
