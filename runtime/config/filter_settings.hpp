// What a configuration says of a trigger's filters.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "runtime/config/value.hpp"
#include "triggers/filter/filter_criteria.hpp"

namespace millbeck::runtime {

// A list of event patterns, each as a map or as JSON text. Invalid: one sentence that says which is
// wrong and why.
base::Result<std::shared_ptr<const triggers::filter::FilterCriteria>> filters_of_value(
    const Value& value);

// JSON as YAML means it: plain numbers, true, false and null are those, all else is text.
std::string json_of_value(const Value& value);

}  // namespace millbeck::runtime
