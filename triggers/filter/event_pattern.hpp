// One event pattern: which events somebody asks for, in EventBridge's language.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "triggers/filter/value_test_parser.hpp"

namespace millbeck::triggers::filter {

// The whole of what the service says about a pattern that it cannot take.
// Source: recorded from CreateEventSourceMapping, whatever is wrong with the pattern.
inline constexpr std::string_view kInvalidPattern = "Invalid filter pattern definition.";

inline constexpr std::size_t kPatternCharactersMax = 4'096;  // lambda API_Filter, Pattern
inline constexpr std::size_t kAlternativesMax = 1'000;       // that $or makes of one pattern
inline constexpr std::size_t kFieldsMax = 256;               // of one alternative

// What one alternative asks of an event: every field meets its condition. A field is the names on
// the way to it, joined with dots; {"a":{"b":1}} and {"a.b":1} have the same.
using Alternative = std::map<std::string, std::shared_ptr<const FieldCondition>>;

// Threads: any, after construction.
class EventPattern {
  public:
    // Invalid: one sentence that says what is wrong, for people. An API that mirrors the service
    // says kInvalidPattern instead.
    static base::Result<EventPattern> parse(std::string_view json);

    [[nodiscard]] const std::string& text() const { return text_; }  // as it was given

    // An event matches when one of them does. What $or means is multiplied out.
    [[nodiscard]] const std::vector<Alternative>& alternatives() const { return alternatives_; }

  private:
    EventPattern(std::string text, std::vector<Alternative> alternatives)
        : text_(std::move(text)), alternatives_(std::move(alternatives)) {}

    std::string text_;
    std::vector<Alternative> alternatives_;
};

}  // namespace millbeck::triggers::filter
