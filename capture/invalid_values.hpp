// What the service says of values that are out of place or do not go together.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace millbeck::capture {

inline constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";

inline tl::unexpected<base::Error> invalid_values(std::string_view text) {
    return base::fail(base::Code::Invalid, std::string(kInvalidValues).append(text));
}

}  // namespace millbeck::capture
