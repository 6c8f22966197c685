// A place in the past as people write it: a sequence number, how long ago, or an instant.
#pragma once

#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "shardlog/ids.hpp"

namespace millbeck::runtime {

// An instant with its zone: `2026-02-28T13:45:10.250Z`, `2026-02-28T14:45:10+01:00`. What is below
// a millisecond is cut off; a leap second is the second after it. Invalid: anything else.
// Source: RFC 3339 section 5.6
base::Result<base::WallTime> parse_instant(std::string_view text);

using Moment = std::variant<shardlog::SequenceNumber, base::WallTime>;

// 21 to 40 digits: a sequence number; a duration (parse_duration), also with " ago" behind it: so
// long before `now`; else an instant. Invalid: none of them, or before the year 1970.
base::Result<Moment> parse_moment(std::string_view text, base::WallTime now);

}  // namespace millbeck::runtime
