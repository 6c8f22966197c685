// When an item is over, as an attribute of it says.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "sinks/row.hpp"

namespace millbeck::sinks {

// The value as a number. nullopt: there is none, or it is of another type.
std::optional<double> number_of(const Value* value);

// Seconds since 1970, perhaps over already. nullopt: never, as DynamoDB's time to live reads it: no
// number, one of more than five years ago, or one beyond the year 9999.
// Source: DynamoDB developer guide, "How it works: DynamoDB Time to Live".
std::optional<std::int64_t> expiry_of(const Value* value, base::WallTime now);

// The same unit.
std::int64_t seconds_of(base::WallTime time);

}  // namespace millbeck::sinks
