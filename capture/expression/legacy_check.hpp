// The rules for one comparison of the legacy parameters. Internal to this folder.
#pragma once

#include "base/result.hpp"
#include "capture/expression/legacy.hpp"

namespace millbeck::capture::expression {

// Number of arguments, their types, the order of BETWEEN's. Invalid.
base::Status check_legacy_condition(const LegacyCondition& condition);

}  // namespace millbeck::capture::expression
