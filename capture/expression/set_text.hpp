// Sets as canonical text: what ADD and DELETE make of two of them.
#pragma once

#include <string>

#include "capture/expression/item_text.hpp"

namespace millbeck::capture::expression {

// Canonical text of all members of both. Requires: sets of one type.
std::string unite_sets(const ValueView& a, const ValueView& b);

// Canonical text of the members of `a` that `b` does not have; "" when none are left, for a set is
// never empty. Requires: sets of one type.
std::string subtract_sets(const ValueView& a, const ValueView& b);

}  // namespace millbeck::capture::expression
