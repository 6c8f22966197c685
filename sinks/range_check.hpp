// Numbers of options, where a target is opened.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "base/result.hpp"

namespace millbeck::sinks {

// `target`: "files", "a webhook". Invalid: the value is not in [least, most].
template <std::integral Number>
base::Status check_range(std::string_view target, std::string_view name, Number value,
                         std::type_identity_t<Number> least, std::type_identity_t<Number> most) {
    if (value >= least && value <= most) {
        return {};
    }
    return base::fail(base::Code::Invalid,
                      fmt::format("{} of {} is {}: {} to {}", name, target, value, least, most));
}

}  // namespace millbeck::sinks
