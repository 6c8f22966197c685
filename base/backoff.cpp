#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace millbeck::base {

Milliseconds backoff_after(const BackoffOptions& options, std::uint32_t failures) {
    if (failures == 0) {
        return Milliseconds{0};
    }
    // In double, where too large becomes infinity instead of wrapping; the bound brings it back.
    const double wait = static_cast<double>(options.first.count()) *
                        std::pow(options.factor, static_cast<double>(failures - 1));
    const double bounded = std::min(wait, static_cast<double>(options.longest.count()));
    return Milliseconds{static_cast<Milliseconds::rep>(bounded)};
}

}  // namespace millbeck::base
