// How long to wait before trying again: doubling, bounded, without randomness of its own.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace millbeck::base {

struct BackoffOptions {
    Milliseconds first{500};       // wait after the first failure; range 1 ms .. 1 h
    Milliseconds longest{60'000};  // upper bound of any wait; range first .. 24 h
    double factor = 2.0;           // range 1 .. 10
};

// The wait after `failures` failures in a row. Pure. failures == 0 gives 0.
Milliseconds backoff_after(const BackoffOptions& options, std::uint32_t failures);

}  // namespace millbeck::base
