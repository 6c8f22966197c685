// KeyConditionExpression and KeyConditions: from a condition to one partition and a range of sort
// keys, or to the service's word on why not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "capture/expression/condition.hpp"
#include "capture/table.hpp"

namespace millbeck::capture::expression {

enum class KeyOperator : std::uint8_t {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Between,
    BeginsWith,
    NotIndexable  // legacy operators that no key can answer
};

// One condition on one attribute; values are canonical texts `{"S":"x"}`.
struct KeyTerm {
    std::string attribute;
    KeyOperator op = KeyOperator::Equal;
    std::string first;
    std::string second;  // of Between
};

// What can be said before the table is known: terms, each of an attribute of its own.
// Errors: Invalid, with the service's text.
base::Result<std::vector<KeyTerm>> key_terms(const Condition& condition);

struct KeyBound {
    std::string value;  // canonical text
    bool inclusive = true;
};

// An interval of sort keys; an equality has both bounds.
struct SortRange {
    std::optional<KeyBound> low;
    std::optional<KeyBound> high;
    std::string prefix;  // canonical text of begins_with, or ""

    // Whether a canonical value of the sort key's type lies in it.
    [[nodiscard]] bool contains(std::string_view value) const;
};

struct KeyCondition {
    std::vector<std::string> hashes;  // canonical values of all HASH attributes, in their order
    std::vector<std::string> equals;  // of the RANGE attributes before the one that `range` is of
    std::optional<SortRange> range;   // absent: the whole partition
};

// Fits the terms to the keys of the table or index that is asked.
// Errors: Invalid, the first of: more terms than key attributes, no equality on a HASH attribute, a
// term on no key attribute, a RANGE attribute without an equality before another one; then values
// of wrong types, empty or oversized ones.
base::Result<KeyCondition> fit_to_keys(const std::vector<KeyTerm>& terms, const KeySchema& keys);

}  // namespace millbeck::capture::expression
