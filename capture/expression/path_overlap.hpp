// The paths of an update or projection must not meet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "capture/expression/bindings.hpp"

namespace millbeck::capture::expression {

// The order in which paths stand in an item: names in byte order, indexes by number, a path before
// those that go on from it.
bool stands_before(const Steps& a, const Steps& b);

// `Two document paths overlap with each other; ...` or `... conflict ...` (`a.b` and `a[1]`) of the
// first two of `paths` that do; nullopt when none do.
std::optional<std::string> find_overlap(const std::vector<Steps>& paths);

}  // namespace millbeck::capture::expression
