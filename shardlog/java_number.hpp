// How the service's older layer, and its PartiQL, read numbers: as Java's BigDecimal does, whose
// exponents and scales have 32 bits.
#pragma once

#include <string_view>

#include "shardlog/number.hpp"

namespace millbeck::shardlog {

// What that layer finds wrong with `text`, in which the newer one finds `fault`. An exponent or a
// scale (digits behind the point less the exponent) beyond 32 bits is no number; where digits and
// exponent add up to 2^31 - 1 or more the sum turns negative, and the number counts as too small.
// Source: recorded of BatchWriteItem, TransactWriteItems and PartiQL.
NumberFault java_number_fault(std::string_view text, NumberFault fault);

}  // namespace millbeck::shardlog
