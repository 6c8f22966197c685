// "Did you mean": the known word that is closest to what was written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millbeck::runtime {

// Letters to change, add, drop or swap with a neighbour to get from one to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The closest of `known`, the first of equals; "" when none is nearer than a third of its length
// plus one, which would be a guess.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// `; did you mean "region"?`, or "" when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace millbeck::runtime
