// From the members of a pattern's array to tests on values.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "triggers/filter/pattern_tree.hpp"
#include "triggers/filter/value_test.hpp"

namespace millbeck::triggers::filter {

// What a pattern asks of one field: any of these.
struct FieldCondition {
    std::vector<ValueTest> tests;
    bool or_absent = false;  // {"exists": false} is among them
};

// Requires: a List. Invalid: one sentence, in EventBridge's words where those are known.
// Source: EventBridge User Guide, "Comparison operators for use in event patterns"; the rules of
// each operator as aws/event-ruler documents them.
base::Result<FieldCondition> parse_condition(const PatternTree& list);

}  // namespace millbeck::triggers::filter
