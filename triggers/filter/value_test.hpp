// The tests of a pattern on one value of an event: equals, prefix, numeric and so on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "triggers/filter/folded_text.hpp"
#include "triggers/filter/ip_address.hpp"
#include "triggers/filter/wildcard.hpp"

namespace millbeck::triggers::filter {

enum class ValueKind : std::uint8_t { Text, Number, True, False, Null };

// A leaf of an event. Borrowed. Text: without quotes, unescaped; Number: as it was written.
struct EventValue {
    ValueKind kind = ValueKind::Null;
    std::string_view text;
};

// The number as a double; nullopt when a double cannot hold one so large.
std::optional<double> parse_double(std::string_view number);

// true, false, null: the same word.
struct IsLiteral {
    ValueKind kind;
};
// The same characters. Text that is an IP address equals the same address written otherwise.
struct IsText {
    std::string text;
    std::optional<IpAddress> address;
};
// The same number, as doubles compare.
struct IsNumber {
    double number;
};
struct HasPrefix {
    std::string prefix;
};
struct HasSuffix {
    std::string suffix;
};
enum class FoldedPart : std::uint8_t { Whole, Prefix, Suffix };
struct IsFolded {
    FoldedText text;
    FoldedPart part;
};
struct Bound {
    double value;
    bool included;
};
// A JSON number between the bounds. Text that looks like a number is none.
struct InRange {
    std::optional<Bound> low;
    std::optional<Bound> high;
};
struct InNetwork {
    IpNetwork network;
};
struct IsLike {
    Wildcard wildcard;
};
// Any value, null included.
struct IsPresent {};

class ValueTest;
// No test of these matches. A value of a kind that they do not look at is therefore one.
struct NoneOf {
    std::vector<ValueTest> tests;
};

// Threads: any, after construction.
class ValueTest {
  public:
    using Kind = std::variant<IsLiteral, IsText, IsNumber, HasPrefix, HasSuffix, IsFolded, InRange,
                              InNetwork, IsLike, IsPresent, NoneOf>;

    // Made in its place: GCC takes a moved variant for one that may not be initialised.
    // The names of checks left out stand in the line before, which the formatter would break.
    // clang-format off
    template <typename Test>
    requires(!std::is_same_v<std::remove_cvref_t<Test>, ValueTest>)
    // Each kind is a test.
    // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
    ValueTest(Test&& test)
        : kind_(std::in_place_type<std::remove_cvref_t<Test>>, std::forward<Test>(test)) {}
    // clang-format on

    [[nodiscard]] bool matches(const EventValue& value) const;

  private:
    Kind kind_;
};

}  // namespace millbeck::triggers::filter
