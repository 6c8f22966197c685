// What UpdateItem counts of an UpdateExpression towards the 400 KB: what the request writes with,
// whatever the item holds.
#pragma once

#include <cstdint>

#include "capture/expression/bindings.hpp"

namespace millbeck::capture::expression {

// In bytes. Paths, operators and functions have prices of their own, a value costs its size each
// time it stands there. Source: recorded of UpdateItem, byte by byte, of nearly a hundred updates.
std::uint64_t update_charge(const Bindings& update);

}  // namespace millbeck::capture::expression
