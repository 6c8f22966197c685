// The value of {"numeric": [">", 0, "<=", 5]}.
#pragma once

#include "base/result.hpp"
#include "triggers/filter/pattern_tree.hpp"
#include "triggers/filter/value_test.hpp"

namespace millbeck::triggers::filter {

// `["=", 5]`, `["<", 10]`, `[">=", 0]`, `[">", 0, "<=", 5]`: an upper bound stands alone or after a
// lower one. Invalid: one sentence, in EventBridge's words where those are known.
base::Result<ValueTest> parse_numeric_range(const PatternTree& list);

}  // namespace millbeck::triggers::filter
